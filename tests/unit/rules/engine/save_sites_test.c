/* Stopping anywhere, for each of the complete sites in configs/: recordings of everything that its
 * sensors send go through pipeline, engine and alerts, as in the appliance. Stopped, saved,
 * restored in a fresh engine and gone on, the site sends upstream, byte for byte, what it sends
 * without a stop; and what is no state of it is refused. What a restart means for time:
 * save_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/language/compiler.h"
#include "rules/testing/trial.h"

#define START_MS INT64_C(1773036000000) /* 2026-03-09T06:00:00Z, a Monday */
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DEVICES 40
#define FIELDS_MOST 4

/* ---- what the sensors of a site send ------------------------------------------------------- */

struct field { /* a number that wanders between two ends, or one of two words */
    double low, high;
    const char *one, *other;
};

/* In topic and payload stand for what changes: $d the device, $s $m seconds and milliseconds,
 * $t the time as text, $n a counter, $0 to $3 the fields. */
struct sensor {
    const char *topic; /* NULL: a datagram to port 5005 */
    const char *payload;
    int64_t every_ms;
    const char *devices[4];
    struct field fields[FIELDS_MOST];
};

struct recorded {
    const char *path;
    int64_t for_ms;
    const struct sensor *sensors;
    size_t sensors_count;
    const char *expected[5]; /* words that must stand in what is sent: it is no idle day */
};

static const struct sensor store[] = {
    {"store/14/cooler/$d/telemetry",
     "{\"ts\":$s,\"temp\":$0,\"rh\":$1,\"status\":{\"defrost\":\"$2\"}}",
     MINUTE,
     {"dairy-1", "meat-1", "drinks-1", "deli-1"},
     {{-3, 11, NULL, NULL}, {60, 90, NULL, NULL}, {0, 0, "off", "on"}}},
    {"store/14/freezer/$d/telemetry",
     "{\"ts\":$s,\"temp\":$0,\"rh\":$1,\"status\":{\"defrost\":\"$2\"}}",
     MINUTE,
     {"ice-1", "ready-1"},
     {{-24, -11, NULL, NULL}, {60, 90, NULL, NULL}, {0, 0, "off", "on"}}},
    {NULL,
     "{\"ts\":$s,\"id\":\"$d\",\"open\":\"$0\"}",
     MINUTE,
     {"dairy-1", "meat-1", "deli-1"},
     {{0, 0, "closed", "open"}}},
    {"store/14/mains", "{\"ts\":$s,\"ok\":\"$0\"}", MINUTE, {"-"}, {{0, 0, "on", "off"}}},
};

static const struct sensor rig[] = {
    {"rig/np/sep/v-101/pt/$d",
     "{\"t\":$m,\"n\":$n,\"v\":$0,\"q\":$1}",
     1000,
     {"a", "b"},
     {{1.5, 16, NULL, NULL}, {191, 240, NULL, NULL}}},
    {"rig/np/sep/v-102/pt/$d",
     "{\"t\":$m,\"n\":$n,\"v\":$0,\"q\":192}",
     1000,
     {"a", "b"},
     {{6, 8.6, NULL, NULL}}},
    {NULL,
     "{\"samples\":[{\"id\":\"$d\",\"ts\":\"$t\",\"lvl\":$0,\"sp\":$1,\"esd\":\"$2\"}]}",
     5000,
     {"v-101", "v-102"},
     {{5, 95, NULL, NULL}, {45, 55, NULL, NULL}, {0, 0, "normal", "active-esd"}}},
    {"rig/np/pump/$d/state",
     "{\"run\":\"$0\",\"vib_rms\":$1,\"brg_temp\":$2,\"amps\":$3,\"hrs\":8001}",
     2000,
     {"p-1", "p-3", "p-4"},
     {{0, 0, "on", "off"}, {1, 8, NULL, NULL}, {150, 215, NULL, NULL}, {3, 20, NULL, NULL}}},
};

static const struct sensor school[] = {
    {"hillside/room/$d/air",
     "{\"co2\":$0,\"temp_f\":$1,\"humidity\":$2}",
     5 * MINUTE,
     {"r1", "r2", "r3", "r4"},
     {{400, 2400, NULL, NULL}, {58, 74, NULL, NULL}, {20, 60, NULL, NULL}}},
    {"hillside/boiler/$d",
     "{\"flow\":$0,\"pressure\":$1,\"burner\":\"$2\"}",
     MINUTE,
     {"main"},
     {{3, 70, NULL, NULL}, {0.6, 1.8, NULL, NULL}, {0, 0, "on", "off"}}},
    {"hillside/kitchen/$d/temp", "$0", 2 * MINUTE, {"fridge"}, {{36, 45, NULL, NULL}}},
};

static const struct recorded sites[] = {
    {"configs/store/store.rules",
     26 * HOUR,
     store,
     sizeof store / sizeof *store,
     {"alert.raised", "alert.cleared", "cooler-day", "four-hour-rule", "\"acknowledged\":true"}},
    {"configs/rig/rig.rules",
     HOUR,
     rig,
     sizeof rig / sizeof *rig,
     {"alert.raised", "alert.cleared", "vessels-10s", "pump-vibration", "transmitters-disagree"}},
    {"configs/school/school.rules",
     5 * 24 * HOUR,
     school,
     sizeof school / sizeof *school,
     {"alert.raised", "alert.cleared", "school-day", "stuffy-room", "boiler-odd"}},
};
#define SITES (sizeof sites / sizeof *sites)

/* ---- a site -------------------------------------------------------------------------------- */

struct text_room {
    char *bytes;
    size_t used, size;
};

static void add(struct text_room *room, const char *bytes, size_t count)
{
    if (room->used + count + 1 > room->size) {
        room->size = 2 * (room->used + count + 1);
        room->bytes = realloc(room->bytes, room->size);
        assert_non_null(room->bytes);
    }
    memcpy(room->bytes + room->used, bytes, count);
    room->used += count;
    room->bytes[room->used] = '\0';
}

static struct rules_compiled compiled[SITES];

static int compile_all(void **state)
{
    (void)state;
    static char text[65536];
    for (size_t i = 0; i < SITES; i++) {
        FILE *file = fopen(sites[i].path, "r");
        if (file == NULL)
            return -1;
        size_t length = fread(text, 1, sizeof text, file);
        fclose(file);
        const struct rules_source_file source = {sites[i].path, {text, length}};
        rules_compile(&source, 1, &compiled[i]);
        if (compiled[i].block == NULL)
            return -1;
    }
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < SITES; i++)
        rules_compiled_free(&compiled[i]);
    return 0;
}

static void keep_published(void *context, const char *topic, struct text payload, int qos,
                           bool retained)
{
    char rest[16];
    add(context, topic, strlen(topic));
    add(context, rest, (size_t)snprintf(rest, sizeof rest, " %d %d ", qos, retained));
    add(context, payload.bytes, payload.length);
    add(context, "\n", 1);
}

/* ---- playing a recording ------------------------------------------------------------------- */

struct play { /* of one recording: the same seed, the same bytes */
    struct trial trial;
    struct text_room sent;
    uint64_t random;
    unsigned count; /* of messages */
    struct {
        int64_t silent_until_ms;
        double level[FIELDS_MOST], goal[FIELDS_MOST];
    } devices[8][4];
};

static unsigned draw(uint64_t *random, unsigned below) /* xorshift64 */
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (unsigned)((*random >> 33) % below);
}

static double draw_between(uint64_t *random, double low, double high)
{
    return low + (high - low) * draw(random, 1000) / 999;
}

static void add_field(struct play *play, struct text_room *room, const struct field *field,
                      double *level, double *goal)
{
    char number[32];
    bool is_word = field->one != NULL;
    if (draw(&play->random, 60) == 0)
        *goal =
            is_word ? draw(&play->random, 2) : draw_between(&play->random, field->low, field->high);
    *level += is_word ? *goal - *level : (*goal - *level) / 5;
    const char *word = *level < 0.5 ? field->one : field->other;
    double noise = is_word ? 0 : draw_between(&play->random, -0.004, 0.004);
    int length = is_word ? snprintf(number, sizeof number, "%s", word)
                         : snprintf(number, sizeof number, "%.2f",
                                    *level + noise * (field->high - field->low));
    add(room, number, (size_t)length);
}

static void add_time_text(struct text_room *room, int64_t ms)
{
    char text[40];
    int64_t of_day = ms / 1000 - INT64_C(1773014400); /* all within days of March */
    int length =
        snprintf(text, sizeof text, "2026-03-%02dT%02d:%02d:%02dZ", 9 + (int)(of_day / 86400),
                 (int)(of_day / 3600 % 24), (int)(of_day / 60 % 60), (int)(of_day % 60));
    add(room, text, (size_t)length);
}

static void fill(struct play *play, struct text_room *room, const char *template,
                 const struct sensor *sensor, size_t s, size_t d)
{
    int64_t now_ms = play->trial.now_ms;
    char number[32];
    room->used = 0;
    for (const char *at = template; *at != '\0'; at++) {
        int length = 0;
        if (*at != '$') {
            add(room, at, 1);
            continue;
        }
        switch (*++at) {
        case 'd':
            add(room, sensor->devices[d], strlen(sensor->devices[d]));
            break;
        case 's':
            length = snprintf(number, sizeof number, "%lld", (long long)now_ms / 1000);
            break;
        case 'm':
            length = snprintf(number, sizeof number, "%lld", (long long)now_ms);
            break;
        case 'n':
            length = snprintf(number, sizeof number, "%u", play->count);
            break;
        case 't':
            add_time_text(room, now_ms);
            break;
        default:
            add_field(play, room, &sensor->fields[*at - '0'], &play->devices[s][d].level[*at - '0'],
                      &play->devices[s][d].goal[*at - '0']);
        }
        add(room, number, (size_t)length);
    }
}

static void send(struct play *play, const struct sensor *sensor, size_t s, size_t d)
{
    static struct text_room topic, payload;
    bool is_silent = play->trial.now_ms < play->devices[s][d].silent_until_ms;
    if (!is_silent && draw(&play->random, 400) == 0)
        play->devices[s][d].silent_until_ms =
            play->trial.now_ms + draw(&play->random, 60) * sensor->every_ms;
    fill(play, &payload, sensor->payload, sensor, s, d);
    struct text bytes = {payload.bytes, payload.used};
    play->count++;
    if (is_silent)
        return;
    if (sensor->topic == NULL) {
        trial_udp(&play->trial, 5005, bytes);
        return;
    }
    fill(play, &topic, sensor->topic, sensor, s, d);
    trial_mqtt(&play->trial, (struct text){topic.bytes, topic.used}, bytes, false);
}

/* Somebody does something about some alarm; most of it is refused, which is as good. */
static void command(struct play *play)
{
    uint32_t alarms = play->trial.rules->alarms.count;
    uint32_t device = draw(&play->random, engine_device_count(play->trial.engine));
    trial_command(&play->trial, (enum engine_command)draw(&play->random, 4),
                  draw(&play->random, alarms), device, HOUR);
}

static void stop_and_go_on(struct play *play)
{
    trial_power_off(&play->trial);
    assert_null(play->trial.engine);
    assert_true(trial_power_on(&play->trial));
}

static struct play *begin(size_t site, uint64_t seed)
{
    const struct recorded *recorded = &sites[site];
    struct play *play = calloc(1, sizeof *play);
    struct trial_site on_desk = {
        .rules = compiled[site].block, .id = "site", .name = "Site", .devices = DEVICES};
    struct trial_observer observer = {.published = keep_published, .context = &play->sent};
    play->random = seed * UINT64_C(88172645463325252) + 1;
    for (size_t s = 0; s < recorded->sensors_count; s++)
        for (size_t d = 0; d < 4; d++)
            for (size_t f = 0; f < FIELDS_MOST; f++)
                play->devices[s][d].goal[f] = play->devices[s][d].level[f] =
                    recorded->sensors[s].fields[f].low;
    assert_true(trial_begin(&play->trial, &on_desk, observer, START_MS));
    return play;
}

static void end(struct play *play)
{
    trial_end(&play->trial);
    free(play->sent.bytes);
    free(play);
}

/* What comes in this second of the recording. */
static void play_second(struct play *play, const struct recorded *recorded, unsigned second)
{
    int64_t now_ms = START_MS + second * INT64_C(1000);
    bool has_sent = false;
    for (size_t s = 0; s < recorded->sensors_count; s++) {
        const struct sensor *sensor = &recorded->sensors[s];
        for (size_t d = 0; d < 4 && sensor->devices[d] != NULL; d++) {
            if ((now_ms - START_MS - (int64_t)(1000 * (s + d))) % sensor->every_ms != 0)
                continue;
            trial_pass(&play->trial, now_ms);
            send(play, sensor, s, d);
            has_sent = true;
        }
    }
    if (has_sent && draw(&play->random, 40) == 0)
        command(play);
}

/* The whole recording; `stops`: so many, at random places, which `stops_seed` decides. Returns what
 * was sent upstream. */
static char *record(size_t site, uint64_t seed, unsigned stops, uint64_t stops_seed)
{
    const struct recorded *recorded = &sites[site];
    struct play *play = begin(site, seed);
    unsigned seconds = (unsigned)(recorded->for_ms / 1000);
    bool *stops_in = calloc(seconds, sizeof *stops_in);
    uint64_t random_stop = stops_seed * UINT64_C(6364136223846793005) + 1;
    while (stops-- > 0)
        stops_in[draw(&random_stop, seconds)] = true;
    for (unsigned second = 0; second < seconds; second++) {
        play_second(play, recorded, second);
        if (stops_in[second]) {
            trial_pass(&play->trial, START_MS + second * INT64_C(1000) + draw(&random_stop, 1000));
            stop_and_go_on(play);
        }
    }
    trial_pass(&play->trial, START_MS + recorded->for_ms + HOUR);
    char *sent = play->sent.bytes;
    play->sent.bytes = NULL;
    end(play);
    free(stops_in);
    return sent;
}

static void assert_same(const char *sent, const char *expected, const char *path)
{
    size_t line = 1, at = 0;
    for (; sent[at] != '\0' && sent[at] == expected[at]; at++)
        line += sent[at] == '\n';
    if (sent[at] != expected[at])
        fail_msg("%s, message %zu: %.200s instead of %.200s", path, line,
                 sent + (at > 80 ? at - 80 : 0), expected + (at > 80 ? at - 80 : 0));
}

static void a_site_that_stops_anywhere_sends_what_it_sends_without_a_stop(void **state)
{
    (void)state;
    static const unsigned stops[] = {1, 1, 1, 1, 3, 10, 100};
    for (size_t site = 0; site < SITES; site++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            char *expected = record(site, seed, 0, 0);
            for (size_t i = 0; i < 5 && seed == 1; i++) {
                if (strstr(expected, sites[site].expected[i]) == NULL)
                    fail_msg("%s: no %s", sites[site].path, sites[site].expected[i]);
            }
            for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
                char *sent = record(site, seed, stops[i], 10 * seed + i);
                assert_same(sent, expected, sites[site].path);
                free(sent);
            }
            free(expected);
        }
    }
}

/* ---- what is no state of the site ---------------------------------------------------------- */

/* A fresh engine takes nothing from these bytes, whatever it makes of them. */
static enum engine_restore offer(const struct ruleset *rules, const void *bytes, size_t size)
{
    size_t room = (engine_size_bytes(rules, DEVICES) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, room);
    memset(memory, 0, room);
    struct engine *engine =
        engine_create(memory, rules, DEVICES, (struct engine_sink){0}, START_MS);
    size_t own = engine_save(engine, NULL, 0);
    char *before = malloc(own), *after = malloc(own), *exact = malloc(size > 0 ? size : 1);
    engine_save(engine, before, own);
    memcpy(exact, bytes, size); /* whoever reads beyond it is caught */
    enum engine_restore result = engine_restore(engine, exact, size, START_MS + 30 * 24 * HOUR);
    if (result != ENGINE_RESTORED) {
        assert_int_equal(engine_save(engine, after, own), own);
        assert_memory_equal(before, after, own);
    }
    free(before);
    free(after);
    free(exact);
    free(memory);
    return result;
}

static void what_is_no_whole_state_of_these_rules_and_this_version_is_refused(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (size_t site = 0; site < SITES; site++) {
        struct play *play = begin(site, 1);
        unsigned seconds = (unsigned)(sites[site].for_ms / 1000);
        for (unsigned second = 0; second < seconds / 2; second++)
            play_second(play, &sites[site], second);
        trial_power_off(&play->trial);
        const struct ruleset *rules = compiled[site].block;
        char *bytes = play->trial.state;
        size_t size = play->trial.state_bytes;
        assert_int_equal(offer(rules, bytes, size), ENGINE_RESTORED);
        for (int i = 0; i < 200; i++) { /* the first 16 bytes one by one, then anywhere */
            size_t at = i < 16 ? (size_t)i : 16 + draw(&random, (unsigned)size - 16);
            char bit = (char)(1 << draw(&random, 8));
            bytes[at] ^= bit;
            assert_int_equal(offer(rules, bytes, size), at < 4   ? ENGINE_NOT_A_STATE
                                                        : at < 8 ? ENGINE_OTHER_VERSION
                                                                 : ENGINE_DAMAGED);
            bytes[at] ^= bit;
        }
        for (int i = 0; i < 50; i++) {
            size_t length = i < 2 ? (size_t)i : draw(&random, (unsigned)size);
            enum engine_restore result = offer(rules, bytes, i == 2 ? size - 1 : length);
            assert_true(result == ENGINE_NOT_A_STATE || result == ENGINE_DAMAGED);
        }
        for (size_t other = 0; other < SITES; other++) {
            if (other != site)
                assert_int_equal(offer(compiled[other].block, bytes, size), ENGINE_OTHER_RULES);
        }
        end(play);
    }
}

static void the_state_of_rules_with_another_limit_is_refused(void **state)
{
    (void)state;
    static const char rules[] = "sensors coolers\n  from mqtt cooler/{cooler}\n"
                                "  read temperature in °C\nalarm warm on coolers\n"
                                "  warning when temperature above %d °C\n";
    struct rules_compiled both[2];
    char text[256];
    for (int i = 0; i < 2; i++) {
        int length = snprintf(text, sizeof text, rules, 5 + i);
        const struct rules_source_file file = {"test.rules", {text, (size_t)length}};
        rules_compile(&file, 1, &both[i]);
        assert_non_null(both[i].block);
    }
    struct play play = {0};
    struct trial_site on_desk = {
        .rules = both[0].block, .id = "site", .name = "Site", .devices = DEVICES};
    assert_true(trial_begin(&play.trial, &on_desk, (struct trial_observer){0}, START_MS));
    trial_power_off(&play.trial);
    assert_int_equal(offer(both[0].block, play.trial.state, play.trial.state_bytes),
                     ENGINE_RESTORED);
    assert_int_equal(offer(both[1].block, play.trial.state, play.trial.state_bytes),
                     ENGINE_OTHER_RULES);
    trial_end(&play.trial);
    for (int i = 0; i < 2; i++)
        rules_compiled_free(&both[i]);
}

static void every_refusal_has_words_of_its_own(void **state)
{
    (void)state;
    for (int i = ENGINE_RESTORED; i <= ENGINE_NO_ROOM; i++) {
        assert_true(strlen(engine_restore_words((enum engine_restore)i)) > 0);
        for (int k = ENGINE_RESTORED; k < i; k++)
            assert_string_not_equal(engine_restore_words((enum engine_restore)i),
                                    engine_restore_words((enum engine_restore)k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_that_stops_anywhere_sends_what_it_sends_without_a_stop),
        cmocka_unit_test(what_is_no_whole_state_of_these_rules_and_this_version_is_refused),
        cmocka_unit_test(the_state_of_rules_with_another_limit_is_refused),
        cmocka_unit_test(every_refusal_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, compile_all, free_all);
}
