/* The pages of `brink explain`, one for each message. See explain.h. */
#include "rules/language/explain.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"                                        \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read door as open or closed\n"

const char *explain_above(enum explain_below below)
{
    static const char *const above[] = {
        [EXPLAIN_FILE] = "",
        [EXPLAIN_SENSORS] = COOLERS,
        [EXPLAIN_ALARM] = COOLERS "alarm too-warm on coolers\n",
        [EXPLAIN_REPORT] = COOLERS "report summary on coolers\n",
    };
    return above[below];
}

static const struct explanation pages[] = {
    {"R101", "A text without its closing quote mark",
     "Texts stand between quote marks and stay on one line. Without the second mark nobody can "
     "tell "
     "where the text ends.",
     EXPLAIN_ALARM, "  warning when door is open\n  say \"Close the door\n",
     "  warning when door is open\n  say \"Close the door\"\n"},
    {"R102", "A symbol where a word is due",
     "Rules are read aloud, so Brink uses words: above, below, at least, at most, is, is not, and, "
     "or. There is one way to write each thing.",
     EXPLAIN_ALARM, "  warning when temperature > 5 °C\n",
     "  warning when temperature above 5 °C\n"},
    {"R103", "A comma in a number",
     "Decimals are written with a point. A comma with three digits behind it may mean a thousand, "
     "so Brink asks.",
     EXPLAIN_ALARM, "  warning when temperature above 4,5 °C\n",
     "  warning when temperature above 4.5 °C\n"},
    {"R104", "A colon behind a word",
     "Brink's lines have no colons: a line is a sentence, not a key and a value.", EXPLAIN_ALARM,
     "  severity: critical\n", "  critical when temperature above 5 °C\n"},
    {"R105", "An unknown word at the start of a block",
     "A block begins with site, include, set, hours, sensors, table, defaults, alarm or report. "
     "The "
     "lines below a word that is none of these are passed over.",
     EXPLAIN_SENSORS, "alram too-warm on coolers\n  warning when door is open\n",
     "alarm too-warm on coolers\n  warning when door is open\n"},
    {"R106", "An unknown instruction",
     "Each kind of block has its own lines, and each begins with a fixed word.", EXPLAIN_ALARM,
     "  please warn me when it gets too hot\n", "  warning when temperature above 5 °C\n"},
    {"R107", "A condition without a severity",
     "Every line that raises an alarm says first how serious it is: critical (act now), warning "
     "(this shift), notice (this week) or log (record only).",
     EXPLAIN_ALARM, "  when temperature above 5 °C\n", "  warning when temperature above 5 °C\n"},
    {"R108", "A number in another form",
     "Numbers are digits with at most one point between them. Exponents, a leading plus and a bare "
     "point are not used.",
     EXPLAIN_ALARM, "  warning when temperature above 1e1 °C\n",
     "  warning when temperature above 10 °C\n"},
    {"R110", "Another word was due here",
     "At this place only certain words can stand; the message names them.", EXPLAIN_ALARM,
     "  warning when door is open\n  respond in 30 minutes\n",
     "  warning when door is open\n  respond within 30 minutes\n"},
    {"R111", "A name was due, or this can't be one",
     "A name is a letter, then letters, digits, - or _, at most 64 in all.", EXPLAIN_SENSORS,
     "alarm 2warm on coolers\n  warning when door is open\n",
     "alarm warm-2 on coolers\n  warning when door is open\n"},
    {"R112", "The line should have ended",
     "One instruction stands on one line. What is left over would have no meaning.", EXPLAIN_ALARM,
     "  warning when door is open\n  remind every 1 hour please\n",
     "  warning when door is open\n  remind every 1 hour\n"},
    {"R113", "The same line twice",
     "This line may stand only once in a block: with two of them nobody knows which one counts.",
     EXPLAIN_ALARM, "  warning when door is open\n  say \"a\"\n  say \"b\"\n",
     "  warning when door is open\n  say \"a\"\n"},
    {"R114", "A number out of its bounds",
     "A count, a port or a percentage lies outside of what can be; the message names the bounds.",
     EXPLAIN_REPORT, "  every 1 hour\n  send percentile 950 of temperature\n",
     "  every 1 hour\n  send percentile 95 of temperature\n"},
    {"R120", "A length of time without a unit",
     "10 may be seconds or hours. Every length of time says its unit.", EXPLAIN_ALARM,
     "  warning when door is open for 10\n", "  warning when door is open for 10 minutes\n"},
    {"R121", "An unknown unit of time",
     "Units of time are seconds, minutes, hours, days and weeks, and their usual short forms.",
     EXPLAIN_ALARM, "  warning when door is open for 10 mintues\n",
     "  warning when door is open for 10 minutes\n"},
    {"R122", "A length of time that is none",
     "A length of time is more than 0 and at most 3650 days.", EXPLAIN_ALARM,
     "  warning when door is open for 0 minutes\n", "  warning when door is open for 1 minute\n"},
    {"R130", "An unknown group of sensors",
     "Groups are declared by a block that begins with sensors, above the block that uses them.",
     EXPLAIN_SENSORS, "alarm too-warm on cooler\n  warning when door is open\n",
     "alarm too-warm on coolers\n  warning when door is open\n"},
    {"R131", "Two groups of one name", "Each group of sensors has a name of its own.",
     EXPLAIN_SENSORS, "sensors coolers\n  from mqtt a/{b}\n  read t in °C\n",
     "sensors freezers\n  from mqtt a/{b}\n  read t in °C\n"},
    {"R132", "An unknown alarm",
     "The alarm that is asked for stands in no file. It may stand above or below, in any file of "
     "the site.",
     EXPLAIN_SENSORS,
     "alarm open on coolers\n  warning when door is open\n"
     "alarm plant\n  warning when alarm opne is active\n",
     "alarm open on coolers\n  warning when door is open\n"
     "alarm plant\n  warning when alarm open is active\n"},
    {"R133", "Two alarms of one name",
     "The name of an alarm is part of its identity upstream, so each has its own.", EXPLAIN_ALARM,
     "  warning when door is open\nalarm too-warm on coolers\n  warning when door is closed\n",
     "  warning when door is open\nalarm shut on coolers\n  warning when door is closed\n"},
    {"R135", "Two reports of one name", "Each report has a name of its own.", EXPLAIN_REPORT,
     "  every 1 hour\n  send count of door\nreport summary on coolers\n  every 1 day\n",
     "  every 1 hour\n  send count of door\n"},
    {"R164", "One device, any, or every one?",
     "A test about several devices says whether any or every one of them is meant, or asks for a "
     "summary or a number of them. A test about one device has neither.",
     EXPLAIN_SENSORS, "alarm open\n  warning when door of coolers is open\n",
     "alarm open\n  warning when any door of coolers is open\n"},
    {"R165", "A test that counts time, without a length of time",
     "A sensor is always silent between two messages; only a length of time makes it mean "
     "something. The same goes for missing and stuck.",
     EXPLAIN_ALARM, "  warning when silent\n", "  warning when silent for 15 minutes\n"},
    {"R167", "An end on the wrong side",
     "An alarm that begins above a limit ends below it, at the same value or lower. Otherwise it "
     "would begin and end at once.",
     EXPLAIN_ALARM, "  warning when temperature above 5 °C until below 6 °C\n",
     "  warning when temperature above 5 °C until below 4 °C\n"},
    {"R169", "A total that its window can't hold",
     "A total is a length of time, shorter than the window in which it is added up. It ends by "
     "itself, so it has no until.",
     EXPLAIN_ALARM, "  warning when door is open for a total of 2 hours in any 1 hour\n",
     "  warning when door is open for a total of 1 hour in any 2 hours\n"},
    {"R171", "Alarms that ask for each other",
     "Alarms are judged in the order in which they ask for each other. In a circle there is none.",
     EXPLAIN_SENSORS,
     "alarm a\n  warning when alarm b is active\nalarm b\n  warning when alarm a is active\n",
     "alarm a on coolers\n  warning when door is open\nalarm b\n  warning when alarm a is "
     "active\n"},
    {"R172", "An alarm that can't be asked for",
     "An alarm with severity log alone is a record, and never active.", EXPLAIN_SENSORS,
     "alarm a on coolers\n  log when door is open\nalarm b\n  warning when alarm a is active\n",
     "alarm a on coolers\n  notice when door is open\nalarm b\n  warning when alarm a is "
     "active\n"},
    {"R173", "A test over time where only this moment counts",
     "Behind except, only, accept and time while stands what is so at one moment. For what takes "
     "time, make an alarm and ask whether it is active.",
     EXPLAIN_ALARM, "  warning when door is open\n  except while silent\n",
     "  warning when door is open\n  except while temperature below 0 °C at most 1 hour\n"},
    {"R174", "An unknown named part",
     "Named parts stand in the topic of a group, between { and }, or are read from the message.",
     EXPLAIN_SENSORS, "alarm open on coolers by shop\n  warning when any door is open\n",
     "alarm open on coolers by store\n  warning when any door is open\n"},
    {"R175", "A summary that can't be made",
     "A summary is made of numbers, over a length of time or over several devices.", EXPLAIN_ALARM,
     "  warning when average of temperature above 5 °C\n",
     "  warning when average of temperature over 1 hour above 5 °C\n"},
    {"R176", "A period that leaves a rest",
     "The windows of reports stand on marks of the clock, so a whole number of them makes an hour "
     "or a day.",
     EXPLAIN_REPORT, "  every 7 minutes\n  send count of door\n",
     "  every 5 minutes\n  send count of door\n"},
    {"W204", "A critical alarm that can be kept quiet for a day",
     "A suppression without at most ends after 24 hours. For a critical alarm somebody should say "
     "how long is right.",
     EXPLAIN_ALARM, "  critical when temperature above 5 °C\n  except while door is open\n",
     "  critical when temperature above 5 °C\n  except while door is open at most 15 minutes\n"},
    {"W207", "A rule that no device matched",
     "None of the devices that were seen in the last 24 hours has this rule. It needs live data, "
     "which `brink check` has not.",
     EXPLAIN_FILE, "", ""},
    {"W211", "Sensors that report at another pace than expect says",
     "expect differs by more than half from what the devices do. It needs live data, which `brink "
     "check` has not.",
     EXPLAIN_FILE, "", ""},
};
#define EXPLANATIONS (sizeof pages / sizeof pages[0])

const struct explanation *explanations(size_t *count)
{
    *count = EXPLANATIONS;
    return pages;
}

const struct explanation *explain_find(struct text code)
{
    for (size_t i = 0; i < EXPLANATIONS; i++) {
        if (text_equal_ignoring_case(code, text_of(pages[i].code)))
            return &pages[i];
    }
    return NULL;
}
