/* The pages of `brink explain` for mistakes in tests of rules, in the order of their codes. See
 * explain.h. */
#include "rules/language/explain.h"

static const struct explanation pages[] = {
    {"R301", "A test without rules",
     "A file of tests says first which rules it tries, with the path from its own folder.",
     EXPLAIN_TESTS,
     "test \"door\"\n"
     "  10:00 restart\n"
     "  expect nothing\n",
     "rules \"store.rules\"\n"
     "test \"door\"\n"
     "  sensor coolers store 14 cooler a\n"
     "  10:00 door open\n"
     "  expect nothing\n"},
    {"R302", "A line that no test has",
     "A line of a test is a sensor, a time with readings or an event, or an expectation.",
     EXPLAIN_TEST,
     "  at ten the door opens\n"
     "  10:00 door open\n"
     "  expect nothing\n",
     "  10:00 door open\n"
     "  expect nothing\n"},
    {"R303", "A sensor that is not said rightly",
     "A sensor line names a group and, for every named part of it, the name and its value.",
     EXPLAIN_TESTS,
     "rules \"store.rules\"\n"
     "test \"door\"\n"
     "  sensor coolers cooler a\n"
     "  10:00 door open\n"
     "  expect nothing\n",
     "rules \"store.rules\"\n"
     "test \"door\"\n"
     "  sensor coolers store 14 cooler a\n"
     "  10:00 door open\n"
     "  expect nothing\n"},
    {"R304", "Which sensor?",
     "A test with several sensors says with as what each is called, and puts that name in front of "
     "its readings.",
     EXPLAIN_TEST,
     "  sensor coolers store 14 cooler b as other\n"
     "  10:00 door open\n"
     "  expect nothing\n",
     "  sensor coolers store 14 cooler b as other\n"
     "  10:00 other door open\n"
     "  expect nothing\n"},
    {"R305", "A time that there is not",
     "Times are written as 08:15 or 08:15:30, with a day in front where the test runs over "
     "midnight.",
     EXPLAIN_TEST,
     "  08:61 door open\n"
     "  expect nothing\n",
     "  08:51 door open\n"
     "  expect nothing\n"},
    {"R306", "A span that says too little",
     "Readings over a span say how often they come; a span ends behind its beginning.",
     EXPLAIN_TEST,
     "  08:00 to 08:10 door open\n"
     "  expect nothing\n",
     "  08:00 to 08:10 door open every 1 minute\n"
     "  expect nothing\n"},
    {"R307", "A value that this reading can't have",
     "Values are written as in rules: a number with its unit, or a word of the state.",
     EXPLAIN_TEST, "  08:00 temperature warm\n  expect nothing\n",
     "  08:00 temperature 4 °C\n  expect nothing\n"},
    {"R308", "An alarm or a report that is not there",
     "A test can only expect what its rules can send.", EXPLAIN_TEST,
     "  08:00 door open\n"
     "  08:00 expect warning left-opne\n",
     "  08:00 door open\n"
     "  expect nothing\n"},
    {"R309", "An expectation that contradicts another",
     "A test that expects nothing expects no alert beside it.", EXPLAIN_TEST,
     "  08:00 door open\n"
     "  08:00 expect warning left-open\n"
     "  expect nothing\n",
     "  08:00 door open\n"
     "  expect nothing\n"},
    {"R310", "Two tests of one name",
     "Each test has a name of its own, so that its failure can be found.", EXPLAIN_TESTS,
     "rules \"store.rules\"\n"
     "test \"a\"\n"
     "  08:00 restart\n"
     "  expect nothing\n"
     "test \"a\"\n"
     "  08:00 restart\n"
     "  expect nothing\n",
     "rules \"store.rules\"\n"
     "test \"a\"\n"
     "  08:00 restart\n"
     "  expect nothing\n"
     "test \"b\"\n"
     "  08:00 restart\n"
     "  expect nothing\n"},
    {"R311", "A message that can't be sent",
     "send names a topic and gives a message just as it arrives, for what readings alone can't "
     "show.",
     EXPLAIN_TEST, "  08:00 send {\"temp\": 4}\n  expect nothing\n",
     "  08:00 send store/14/cooler/a/telemetry {\"temp\": 4}\n  expect nothing\n"},
    {"R312", "A test of nothing",
     "In a test something happens, and something, or nothing, is expected.", EXPLAIN_TEST,
     "  08:00 door open\n",
     "  08:00 door open\n"
     "  expect nothing\n"},
    {"R313", "A taken time where there is none",
     "taken says when a reading was taken. The group needs a line such as time from ts in seconds "
     "for it.",
     EXPLAIN_TEST,
     "  08:00 door open taken 07:59\n"
     "  expect nothing\n",
     "  08:00 door open\n"
     "  expect nothing\n"},
    {"R314", "More tests than there may be",
     "A file of tests, a test and a span have limits; the message says which one. Several files "
     "are tried together.",
     EXPLAIN_TESTS, "", ""},
};
const struct explanations explain_tests = {pages, sizeof pages / sizeof pages[0]};
