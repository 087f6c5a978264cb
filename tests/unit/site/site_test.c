/* site.json: what is taken, and what is said about what is not. */
#include "site/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct site_settings settings;
static struct site_message messages[SITE_MESSAGES_MAX];
static size_t errors, count;

static void read_site(const char *json)
{
    memset(messages, 0, sizeof messages);
    count = site_read(text_of(json), &settings, messages, &errors);
}

/* One message, an error unless said otherwise, on that line, with these words in it. */
static void assert_only_message(const char *json, bool is_warning, int line, const char *words)
{
    read_site(json);
    if (count != 1 || errors != (is_warning ? 0 : 1) || messages[0].line != line ||
        !strstr(messages[0].text, words)) {
        for (size_t i = 0; i < count; i++)
            print_message("line %d: %s\n", messages[i].line, messages[i].text);
        fail_msg("expected line %d: %s", line, words);
    }
}

#define UPSTREAM "\"upstream\": {\"url\": \"mqtt://10.0.2.2\"}"
#define assert_error(json, line, words) assert_only_message(json, false, line, words)
#define assert_warning(json, line, words) assert_only_message(json, true, line, words)
/* A site with one more line, the second. */
#define WITH(line) "{\"name\": \"s\", " UPSTREAM ",\n" line "}"
#define WITH_UPSTREAM(line)                                                                        \
    "{\"name\": \"s\", \"upstream\": {\"url\": \"mqtts://10.0.2.2\", \"ca\": "                     \
    "\"tls/ca.pem\",\n" line "}, \"clock\": \"readings\"}"

static void a_whole_site_is_read(void **state)
{
    (void)state;
    read_site(
        "// a store\n"
        "{\"name\": \"store-14\", /* two\nlines */\n"
        "\"network\": {\"address\": \"10.0.2.15/24\", \"gateway\": \"10.0.2.2\", \"dns\": "
        "[\"10.0.2.3\"],"
        " \"ipv6\": {\"address\": \"fd00::15/64\", \"gateway\": \"fd00::1\"}},\n"
        "\"time\": {\"servers\": [\"pool.ntp.org\", \"10.0.2.2\"]}, \"clock\": \"utc\",\n"
        "\"listener\": {\"port\": 1884, \"connections\": 32,"
        " \"users\": [{\"name\": \"a\", \"password\": \"//not a comment\"}]},\n"
        "\"broker\": {\"url\": \"mqtt://broker.local\"},\n"
        "\"upstream\": {\"url\": \"mqtts://[fd00::9]:8884\", \"user\": \"u\", \"password\": \"p\","
        " \"client_id\": \"c\", \"keepalive_s\": 30, \"ca\": \"tls/ca.pem\","
        " \"certificate\": \"tls/site.pem\", \"key\": \"tls/site.key\","
        " \"server_name\": \"hq.example\", \"prefix\": \"devices/14/\"},\n"
        "\"limits\": {\"devices\": 500},"
        "\"machine\": {\"memory_mib\": 16, \"disk\": \"required\", \"entropy\": \"optional\"}}");
    assert_int_equal(count, 0);
    assert_string_equal(settings.name, "store-14");
    assert_int_equal(settings.network.address_kind, SITE_ADDRESS_STATIC);
    assert_string_equal(settings.network.address, "10.0.2.15");
    assert_int_equal(settings.network.prefix_length, 24);
    assert_string_equal(settings.network.dns[0], "10.0.2.3");
    assert_int_equal(settings.network.ipv6_kind, SITE_IPV6_STATIC);
    assert_string_equal(settings.network.ipv6_address, "fd00::15");
    assert_int_equal(settings.network.ipv6_prefix_length, 64);
    assert_string_equal(settings.time_servers[1], "10.0.2.2");
    assert_int_equal(settings.listener.port, 1884);
    assert_int_equal(settings.listener.connections, 32);
    assert_int_equal(settings.listener.users, 1);
    assert_string_equal(settings.listener.user[0].password, "//not a comment");
    assert_int_equal(settings.broker.port, 1883);
    assert_false(settings.broker.uses_tls);
    assert_string_equal(settings.broker.client_id, "store-14");
    assert_string_equal(settings.upstream.host, "fd00::9");
    assert_int_equal(settings.upstream.port, 8884);
    assert_int_equal(settings.upstream.keepalive_s, 30);
    assert_string_equal(settings.upstream.prefix, "devices/14/");
    assert_int_equal(settings.devices, 500);
    assert_int_equal(settings.memory_mib, 16);
    assert_true(settings.needs_disk);
    assert_false(settings.needs_entropy);
}

static void what_is_left_out_has_a_default(void **state)
{
    (void)state;
    read_site("{\"name\": \"s\", \"upstream\": {\"url\": \"mqtts://10.0.2.2\", \"ca\": \"ca.pem\"},"
              "\"time\": {\"servers\": [\"10.0.2.2\"]}}");
    assert_int_equal(count, 0);
    assert_int_equal(settings.network.address_kind, SITE_ADDRESS_DHCP);
    assert_int_equal(settings.network.ipv6_kind, SITE_IPV6_AUTO);
    assert_int_equal(settings.clock, SITE_CLOCK_UTC);
    assert_int_equal(settings.listener.port, 0); /* nothing listens that was not asked for */
    assert_false(settings.broker.is_used);
    assert_int_equal(settings.upstream.port, 8883);
    assert_string_equal(settings.upstream.client_id, "s");
    assert_int_equal(settings.devices, 64);
    assert_int_equal(settings.memory_mib, 8);
    assert_true(settings.needs_entropy); /* TLS needs it */
    assert_false(settings.needs_disk);
}

static void a_misspelt_key_is_an_error_with_the_nearest_one(void **state)
{
    (void)state;
    assert_error(WITH("\"listner\": {}"), 2, "did you mean \"listener\"?");
    assert_error(WITH("\"network\": {\n\"adress\": \"dhcp\"}"), 3, "did you mean \"address\"?");
    assert_error(WITH("\"listener\": {\"users\": [\n{\"nmae\": \"a\", \"name\": \"a\", "
                      "\"password\": \"b\"}]}"),
                 3, "did you mean \"name\"?");
    assert_error(WITH("\"telephone\": 1"), 2, "Possible are name, network, time");
    assert_error(WITH("\"broker\": {\"url\": \"mqtt://10.0.0.1\", \"prefix\": \"a/\"}"), 2,
                 "\"prefix\"");
}

static void wrong_kinds_of_values_are_errors(void **state)
{
    (void)state;
    assert_error(WITH("\"limits\": {\"devices\": \"64\"}"), 2, "without quote marks");
    assert_error(WITH("\"limits\": {\"devices\": 0}"), 2, "from 1 to 10000");
    assert_error(WITH("\"limits\": {\"devices\": 1.5}"), 2, "whole number");
    assert_error(WITH("\"limits\": 64"), 2, "write { ... }");
    assert_error(WITH("\"clock\": true"), 2, "\"utc\" or \"readings\"");
    assert_error(WITH("\"clock\": \"sundial\""), 2, "\"utc\" or \"readings\"");
    assert_error(WITH("\"time\": {\"servers\": \"10.0.0.1\"}"), 2, "is a list");
    assert_error(WITH("\"time\": {\"servers\": [\"a\", \"b\", \"c\",\n\"d\"]}, \"network\": "
                      "{\"address\": \"dhcp\"}"),
                 3, "at most 3");
    assert_error(WITH("\"listener\": {\"port\": 70000}"), 2, "from 1 to 65535");
    assert_error(WITH("\"listener\": {\"connections\": 257}"), 2, "from 1 to 256");
    assert_error(WITH("\"listener\": {\"users\": [{\"name\": \"a\"}]}"), 2, "no \"password\"");
    assert_error(WITH("\"listener\": {\"users\": [7]}"), 2, "is a list: [{");
    assert_error(WITH("\"machine\": {\"disk\": \"yes\"}"), 2, "\"none\" or \"required\"");
    assert_error("{\"name\": 7, " UPSTREAM "}", 1, "quote marks");
    assert_error("{\"name\": \"a/b\", " UPSTREAM "}", 1, "+ # or /");
    assert_error("{" UPSTREAM "}", 0, "lacks its \"name\"");
    assert_error("[]", 1, "in braces");
}

static void addresses_are_checked(void **state)
{
    (void)state;
    assert_error(WITH("\"network\": {\"address\": \"10.0.2.15\"}"), 2, "\"10.0.2.15/24\"");
    assert_error(WITH("\"network\": {\"address\": \"10.0.2.256/24\"}"), 2, "not an address");
    assert_error(WITH("\"network\": {\"address\": \"10.0.2.15/33\"}"), 2, "1 to 32");
    assert_error(WITH("\"network\": {\"address\": \"10.0.2.15/24\", \"gateway\": \"10.0.3.2\"}"), 2,
                 "not in the network");
    assert_error(WITH("\"network\": {\"address\": \"dhcp\", \"gateway\": \"10.0.3.2\"}"), 2,
                 "DHCP gives");
    assert_error(WITH("\"network\": {\"ipv6\": {\"address\": \"10.0.2.15/24\"}}"), 2,
                 "not an IPv6 address");
    assert_error(WITH("\"network\": {\"ipv6\": \"on\"}"), 2, "\"auto\", \"off\"");
    assert_warning(WITH("\"network\": {\"address\": \"10.0.2.15/24\"}"), 2,
                   "without a \"gateway\"");
    assert_error("{\"name\": \"s\", \"upstream\": {\"url\": \"mqtt://hq.example\"},\n\"network\": "
                 "{\"address\": \"10.0.2.15/24\", \"gateway\": \"10.0.2.2\"}}",
                 1, "\"dns\" server");
}

static void urls_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *url, *words;
    } wrong[] = {
        {"10.0.0.1:1883", "write mqtt://host:port"},
        {"tcp://10.0.0.1", "mqtt:// instead of tcp://"},
        {"ssl://10.0.0.1", "mqtts:// instead of ssl://"},
        {"https://10.0.0.1", "not a web server"},
        {"mqtt://", "the host is missing"},
        {"mqtt://:1883", "the host is missing"},
        {"mqtt://host:0", "1 to 65535"},
        {"mqtt://host:99999", "1 to 65535"},
        {"mqtt://host:", "1 to 65535"},
        {"mqtt://u:p@host", "under \"user\" and \"password\""},
        {"mqtt://host/a/b", "\"prefix\""},
        {"mqtt://fd00::1", "in brackets"},
        {"mqtt://[host]:1883", "only an IPv6 address"},
        {"mqtt://ho st", "letters, digits"},
        {"mqtt://10.0.0.300", "0 to 255"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char json[200];
        snprintf(json, sizeof json, "{\"name\": \"s\",\n\"upstream\": {\n\"url\": \"%s\"}}",
                 wrong[i].url);
        assert_error(json, 3, wrong[i].words);
    }
}

static void tls_lacks_nothing(void **state)
{
    (void)state;
    assert_error("{\"name\": \"s\", \"upstream\":\n{\"url\": \"mqtts://10.0.0.1\"}}", 2,
                 "needs \"ca\"");
    assert_error(WITH_UPSTREAM("\"certificate\": \"tls/site.pem\""), 2, "needs its \"key\"");
    assert_error(WITH_UPSTREAM("\"key\": \"tls/site.key\""), 2, "needs its \"certificate\"");
    assert_error(
        "{\"name\": \"s\", \"upstream\":{\"url\": \"mqtt://10.0.0.1\",\n\"ca\": \"tls/ca.pem\"}}",
        2, "write mqtts://");
    assert_error(WITH_UPSTREAM("\"password\": \"p\""), 2, "needs its \"user\"");
    read_site("{\"name\": \"s\", \"upstream\": {\"url\": \"mqtt://10.0.0.1\", \"user\": \"u\", "
              "\"password\": \"p\"}}");
    assert_int_equal(count, 0); /* a password without TLS is the site's own business */
    assert_warning(
        "{\"name\": \"s\", \"upstream\": {\"url\": \"mqtts://10.0.0.1\", \"ca\": \"ca.pem\"}}", 0,
        "machine's own clock");
}

static void files_lie_inside_the_sites_folder(void **state)
{
    (void)state;
    assert_error(WITH_UPSTREAM("\"certificate\": \"/etc/site.pem\", \"key\": \"k\""), 2,
                 "from the site's folder");
    assert_error(WITH_UPSTREAM("\"certificate\": \"../site.pem\", \"key\": \"k\""), 2,
                 "inside the site's folder");
    assert_error(WITH_UPSTREAM("\"certificate\": \"tls/../../x\", \"key\": \"k\""), 2,
                 "inside the site's folder");
}

static void a_key_twice_is_an_error(void **state)
{
    (void)state;
    assert_error(WITH("\"name\": \"t\""), 2, "the first is in line 1");
    assert_error(WITH("\"listener\": {\"users\": [{\"name\": \"a\", \"password\": \"b\"},\n"
                      "{\"name\": \"a\", \"password\": \"c\"}]}"),
                 3, "already");
}

static void what_is_risky_is_a_warning(void **state)
{
    (void)state;
    assert_warning(WITH("\"clock\": \"readings\""), 2, "for replays and demos only");
    assert_warning("{\"name\": \"s\"}", 0, "alerts stay in the appliance");
    assert_warning(
        "{\"name\": \"s\", \"upstream\": {\"url\": \"mqtt://10.0.2.2\",\n\"prefix\": \"a\"}}", 2,
        "write \"a/\"");
}

static void text_that_is_not_json_names_the_line(void **state)
{
    (void)state;
    assert_error("{\"name\": \"s\",\n}", 2, "comma too many");
    assert_error("{\"name\": \"s\"\n\"clock\": \"utc\"}", 2, "comma is missing");
    assert_error("{\"name\": \"s\"", 1, "ends too early");
    assert_error("", 1, "ends too early");
    assert_error("{'name': 1}", 1, "instead of '");
    assert_error("{\"name\":\n/* no end", 2, "has no end");
    assert_error("{\"name\": \"s\"} x", 1, "can't be read");
    read_site("\xEF\xBB\xBF{\"name\":\n \"s\",\n\"x y z\": {}}"); /* with a byte order mark */
    assert_int_equal(messages[0].line, 3);
}

static void any_bytes_are_safe(void **state)
{
    (void)state;
    static const char site[] = WITH_UPSTREAM("\"user\": \"u\", \"prefix\": \"a/\"");
    char copy[sizeof site];
    for (size_t at = 0; at < sizeof site - 1; at++) {
        static const char odd[] = "{}[]\",:/*\\0\n\xff";
        for (size_t i = 0; i < sizeof odd; i++) {
            memcpy(copy, site, sizeof site);
            copy[at] = odd[i];
            count = site_read((struct text){copy, sizeof site - 1}, &settings, messages, &errors);
            assert_true(count <= SITE_MESSAGES_MAX);
        }
        count = site_read((struct text){site, at}, &settings, messages, &errors);
        assert_true(errors > 0);
    }
}

static void more_than_twenty_messages_are_counted(void **state)
{
    (void)state;
    char json[2000] = "{\"name\": \"s\"";
    for (int i = 0; i < 30; i++)
        snprintf(json + strlen(json), sizeof json - strlen(json), ",\n\"unknown%d\": 1", i);
    strcat(json, "}");
    read_site(json);
    assert_int_equal(count, SITE_MESSAGES_MAX);
    assert_int_equal(errors, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_site_is_read),
        cmocka_unit_test(what_is_left_out_has_a_default),
        cmocka_unit_test(a_misspelt_key_is_an_error_with_the_nearest_one),
        cmocka_unit_test(wrong_kinds_of_values_are_errors),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(urls_are_checked),
        cmocka_unit_test(tls_lacks_nothing),
        cmocka_unit_test(files_lie_inside_the_sites_folder),
        cmocka_unit_test(a_key_twice_is_an_error),
        cmocka_unit_test(what_is_risky_is_a_warning),
        cmocka_unit_test(text_that_is_not_json_names_the_line),
        cmocka_unit_test(any_bytes_are_safe),
        cmocka_unit_test(more_than_twenty_messages_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
