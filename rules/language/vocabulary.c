/* Words with their meanings (see vocabulary.h). */
#include "rules/language/vocabulary.h"

#include "rules/language/parser.h"

static const struct vocabulary_word meanings[] = {
    {"Blocks", "site", "the name of the place, and what holds for all of it"},
    {"Blocks", "include", "reads another rule file in place"},
    {"Blocks", "set", "gives a value a name: set margin to 0.5 °C"},
    {"Blocks", "hours", "names times of the week, for during"},
    {"Blocks", "sensors", "a group of devices: where messages come from, what is read of them"},
    {"Blocks", "table", "limits for each device, between bars"},
    {"Blocks", "defaults", "options for every alarm of a group, or of the file"},
    {"Blocks", "alarm", "what is wrong, how serious it is, what to do"},
    {"Blocks", "report", "what goes upstream besides alerts"},
    {"Names", "on", "the group that an alarm or a report is about"},
    {"Names", "like", "copies the lines of another one"},
    {"Names", "where", "only devices whose named part is, or is not, one of these"},
    {"Names", "name", "a named part of the device, read from the message"},
    {"Names", "with", "the columns that a table from a file has"},
    {"Names", "others", "in a table: every device without a row of its own"},
    {"Site", "id", "name of the site in topics and messages"},
    {"Site", "timezone", "of hours, days and texts: Europe/London"},
    {"Site", "flood", "from how many alarms on they are collected: flood above 10 alarms in ..."},
    {"Site", "keep", "keep unsent for 7 days: how long messages wait for the link"},
    {"Site", "unsent", "see keep"},
    {"Site", "closed", "in hours: days without any: closed on 25 december"},
    {"Site", "monday", "in hours: monday to friday 07:00 to 22:00"},
    {"Site", "tuesday", "see monday"},
    {"Site", "wednesday", "see monday"},
    {"Site", "thursday", "see monday"},
    {"Site", "friday", "see monday"},
    {"Site", "saturday", "see monday"},
    {"Site", "sunday", "see monday"},
    {"Sensors", "from", "the topic, port or path that something is read from"},
    {"Sensors", "mqtt", "from mqtt store/{store}/...: messages of the local broker"},
    {"Sensors", "udp", "from udp port 5005: datagrams"},
    {"Sensors", "port", "see udp"},
    {"Sensors", "format", "json, lines, senml, sparkplug, plain or csv"},
    {"Sensors", "each", "the message holds a list: each element is a reading of its own"},
    {"Sensors", "called", "the device's name for people: called \"cooler {cooler}\""},
    {"Sensors", "expect", "expect every 1 minute: how often a device sends"},
    {"Sensors", "fresh", "fresh for 3 minutes: how long a reading stands for now"},
    {"Sensors", "forget", "forget after 30 days: drops a device that is silent so long"},
    {"Sensors", "time", "when a reading was taken: time from ts in seconds"},
    {"Sensors", "arrival", "time on arrival: messages have no time of their own"},
    {"Sensors", "sequence", "sequence from n: numbers that show what came twice"},
    {"Sensors", "allow", "allow late 2 minutes: how late or early a message may be"},
    {"Sensors", "late", "see allow"},
    {"Sensors", "early", "see allow"},
    {"Sensors", "read", "a reading: read temperature from temp in °C"},
    {"Sensors", "as", "read door as open or closed: its states; as number; as text"},
    {"Sensors", "scaled", "scaled by 0.1: the number is multiplied"},
    {"Sensors", "offset", "offset by -0.3 °C: added to what the sensor says"},
    {"Sensors", "valid", "valid temperature -40 °C to 60 °C: what lies outside is faulty"},
    {"Sensors", "ignore", "ignore temperature of 85 °C: these exact values are faulty"},
    {"Sensors", "accept", "accept when quality at least 192: else the message is faulty"},
    {"Sensors", "payload", "as a path: the whole message"},
    {"Severities", "critical", "act now; wake someone"},
    {"Severities", "warning", "act this shift"},
    {"Severities", "notice", "act this week"},
    {"Severities", "log", "record only; nobody is asked to do anything"},
    {"Conditions", "when", "begins the condition"},
    {"Conditions", "above", "more than the limit"},
    {"Conditions", "below", "less than the limit"},
    {"Conditions", "at", "at least, at most: the limit belongs to it"},
    {"Conditions", "least", "see at"},
    {"Conditions", "most", "see at"},
    {"Conditions", "inside", "inside 2 °C to 8 °C; both ends belong to it"},
    {"Conditions", "outside", "outside 2 °C to 8 °C"},
    {"Conditions", "to", "between two ends"},
    {"Conditions", "is", "door is open; temperature is missing"},
    {"Conditions", "not", "is not"},
    {"Conditions", "and", "both tests"},
    {"Conditions", "or", "one test is enough; not on one line with and"},
    {"Conditions", "silent", "no message from the device"},
    {"Conditions", "missing", "no good value of this reading, whatever the reason"},
    {"Conditions", "faulty", "values arrive and are rejected"},
    {"Conditions", "stuck", "readings arrive and none differs"},
    {"Conditions", "within", "stuck within 0.05 °C; respond within 30 minutes"},
    {"Conditions", "unusual", "far outside what this device has shown before"},
    {"Conditions", "unusually", "unusually high, unusually low"},
    {"Conditions", "rises", "rises more than 2 °C in 5 minutes"},
    {"Conditions", "falls", "falls more than 2 °C in 5 minutes"},
    {"Conditions", "changes", "highest minus lowest of that time"},
    {"Conditions", "more", "more than; 3 or more"},
    {"Conditions", "than", "more than"},
    {"Conditions", "differs", "differs from pressure-b by more than 0.3 bar"},
    {"Conditions", "across", "differs across probe: among devices that differ in that part"},
    {"Conditions", "by", "by more than; by store; by hand; offset by"},
    {"Conditions", "any", "of a group: at least one device; in any 24 hours"},
    {"Conditions", "every", "of a group: all devices; every 5 minutes"},
    {"Conditions", "of", "average of temperature; door of doors"},
    {"Conditions", "over", "average of co2 over 1 hour"},
    {"Conditions", "in", "in a unit; in a length of time"},
    {"Conditions", "active", "alarm no-power is active"},
    {"Conditions", "plus", "setpoint plus 10 %"},
    {"Conditions", "minus", "warm minus 0.5 °C"},
    {"How long", "for", "without interruption: for 10 minutes, for 3 readings"},
    {"How long", "readings", "for 3 readings: in a row"},
    {"How long", "a", "for a total of"},
    {"How long", "total", "added up: for a total of 4 hours in any 24 hours; also a summary"},
    {"How long", "times", "6 times in 1 hour: it became true so often"},
    {"How long", "until", "what ends it: until below 4.5 °C"},
    {"Options", "clear", "clear after 2 minutes; clear by hand: stays until someone resets it"},
    {"Options", "after", "behind a length of time: clear after, and for ... after"},
    {"Options", "except", "not then: except during opening, except while defrost is on"},
    {"Options", "only", "only then: only during school, only while running is on"},
    {"Options", "during", "in the times that hours names"},
    {"Options", "while", "as long as a condition is true"},
    {"Options", "say", "the text of the alarm, with {names} and {readings}"},
    {"Options", "cause", "why it may be"},
    {"Options", "risk", "what happens if nobody acts"},
    {"Options", "action", "what to do"},
    {"Options", "respond", "respond within 30 minutes: the time in which the action helps"},
    {"Options", "remind", "remind every 1 hour, while nobody has acknowledged it"},
    {"Options", "acknowledge", "acknowledge required, acknowledge optional"},
    {"Options", "shelve", "shelve never, shelve at most 8 hours"},
    {"Options", "limit", "limit 6 per hour: more raises are one chattering alarm"},
    {"Options", "per", "per minute, per hour, per day"},
    {"Options", "sensitivity", "of unusual: low, normal, high"},
    {"Options", "learn", "learn over 7 days: how fast unusual forgets"},
    {"Options", "attach", "attach last 1 hour: sends the recent readings along"},
    {"Options", "tags", "classes for those who receive it"},
    {"Options", "also", "also mqtt panel/alarm: on the local broker, too"},
    {"Options", "out", "out of service until 2026-09-30 \"reason\""},
    {"Reports", "send", "what the report has: send average of temperature"},
    {"Reports", "wait", "how long a report waits for late readings"},
    {"Reports", "raw", "each reading as it is"},
    {"Reports", "average", "arithmetic mean"},
    {"Reports", "minimum", "the lowest"},
    {"Reports", "maximum", "the highest"},
    {"Reports", "median", "half is below it"},
    {"Reports", "count", "number of good readings"},
    {"Reports", "spread", "maximum minus minimum"},
    {"Reports", "deviation", "standard deviation"},
    {"Reports", "first", "the first of the window"},
    {"Reports", "last", "the last of the window; attach last"},
    {"Reports", "change", "last minus first"},
    {"Reports", "kinetic-mean", "mean kinetic temperature"},
    {"Reports", "percentile", "percentile 95: so many of 100 are below it"},
    {"Kept for later", "will", "not used yet"},
};
#define MEANINGS (sizeof meanings / sizeof *meanings)

static bool has_meaning(const char *word)
{
    for (size_t i = 0; i < MEANINGS; i++) {
        if (strcmp(meanings[i].word, word) == 0)
            return true;
    }
    return false;
}

/* A word of one of the parser's tables; NULL behind the last. */
static const char *parser_word(size_t index)
{
    enum { TABLES = 5 };
    static const struct line_table *const tables[TABLES] = {
        &site_lines, &hours_lines, &sensors_lines, &alarm_lines, &report_lines};
    const char *word;
    size_t number = 0;
    for (; (word = name_keyword(number)) != NULL; number++) {
        if (number == index)
            return word;
    }
    index -= number;
    for (number = 0; (word = parser_block_word(number)) != NULL; number++) {
        if (number == index)
            return word;
    }
    index -= number;
    for (size_t i = 0; i < TABLES; i++) {
        if (index < tables[i]->count)
            return tables[i]->rows[index].word;
        index -= tables[i]->count;
    }
    return NULL;
}

bool vocabulary_word(size_t index, struct vocabulary_word *word)
{
    if (index < MEANINGS) {
        *word = meanings[index];
        return true;
    }
    index -= MEANINGS;
    const char *other;
    for (size_t i = 0; (other = parser_word(i)) != NULL; i++) {
        if (has_meaning(other))
            continue;
        bool is_first = true; /* of several tables */
        for (size_t j = 0; j < i && is_first; j++)
            is_first = strcmp(parser_word(j), other) != 0;
        if (is_first && index-- == 0) {
            *word = (struct vocabulary_word){"Others", other, ""};
            return true;
        }
    }
    return false;
}
