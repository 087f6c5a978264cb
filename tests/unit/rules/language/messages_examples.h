/* The 27 messages of RULES section 13.2, word for word. Included by messages_test.c alone. */
#ifndef TESTS_UNIT_RULES_LANGUAGE_MESSAGES_EXAMPLES_H
#define TESTS_UNIT_RULES_LANGUAGE_MESSAGES_EXAMPLES_H

#include "tests/unit/rules/language/compile.h"

/* All begin with the same five lines of a sensors block. */
struct example {
    int number; /* in section 13.2 */
    const char *sentence;
    const char *rules, *expected;
};

static const struct example examples[] = {
    {1, "a misspelt comparison is shown with the right one",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature abvoe 5 °C for 10 minutes\n",
     "store.rules line 7: I expected a comparison here, not \"abvoe\".  [R162]\n"
     "  7 |   critical when temperature abvoe 5 °C for 10 minutes\n"
     "    |                             ^^^^^ did you mean \"above\"?\n"
     "  You can write: above, below, at least, at most, inside, outside, is, rises, falls, changes "
     "or differs.\n"},
    {2, "a number without its unit is asked for it",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 for 10 minutes\n",
     "store.rules line 7: 5 what? This reading is in °C.  [R153]\n"
     "  7 |   critical when temperature above 5 for 10 minutes\n"
     "    |                                   ^ write \"5 °C\"\n"},
    {3, "a duration without its unit is asked for it",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 °C for 10\n",
     "store.rules line 7: 10 what? A length of time needs a unit.  [R120]\n"
     "  7 |   critical when temperature above 5 °C for 10\n"
     "    |                                            ^^ write \"10 minutes\" or \"10 "
     "seconds\"\n"},
    {4, "a unit of another kind is refused",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 bar for 10 minutes\n",
     "store.rules line 7: 5 bar is a pressure, but this reading is a temperature, in °C.  [R155]\n"
     "  7 |   critical when temperature above 5 bar for 10 minutes\n"
     "    |                                   ^^^^^ write the limit in °C\n"},
    {5, "a symbol is answered with its word",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature > 5 °C\n",
     "store.rules line 7: Brink uses words, not \">\".  [R102]\n"
     "  7 |   critical when temperature > 5 °C\n"
     "    |                             ^ write \"above\"\n"},
    {6, "a decimal comma is answered with the point",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 °C until below 4,5 °C\n",
     "store.rules line 7: Write decimals with a point, not a comma.  [R103]\n"
     "  7 |   critical when temperature above 5 °C until below 4,5 °C\n"
     "    |                                                    ^^^ write 4.5\n"},
    {7, "an unknown reading is answered with the ones there are",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temprature above 5 °C\n",
     "store.rules line 7: coolers has no reading called \"temprature\".  [R151]\n"
     "  7 |   critical when temprature above 5 °C\n"
     "    |                 ^^^^^^^^^^ did you mean \"temperature\"?\n"
     "  coolers has: temperature and door.\n"},
    {8, "an unknown group is answered with the ones there are",
     COOLERS "alarm too-warm on cooler\n",
     "store.rules line 6: There is no group of sensors called \"cooler\".  [R130]\n"
     "  6 | alarm too-warm on cooler\n"
     "    |                   ^^^^^^ did you mean \"coolers\"?\n"
     "  Groups in this file: coolers.\n"},
    {9, "an end on the wrong side of the start is refused",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 °C for 10 minutes until below 5.5 °C\n",
     "store.rules line 7: This alarm could never clear sensibly: its end is on the wrong side of "
     "its start.  [R167]\n"
     "  7 |   critical when temperature above 5 °C for 10 minutes until below 5.5 °C\n"
     "    |                                                             ^^^^^^^^^^^^ after "
     "\"above\" write \"until below\" and a value that is lower\n"},
    {10, "a critical limit before the warning limit is refused",
     COOLERS "alarm too-warm on coolers\n"
             "  warning when temperature above 8 °C for 10 minutes\n"
             "  critical when temperature above 5 °C for 10 minutes\n",
     "store.rules line 8: critical starts before warning here, so warning would never be seen.  "
     "[R168]\n"
     "  8 |   critical when temperature above 5 °C for 10 minutes\n"
     "    |                 ^^^^^^^^^^^ swap the two limits (see line 7)\n"},
    {11, "a line without severity is asked for it",
     COOLERS "alarm too-warm on coolers\n"
             "  when temperature above 5 °C for 10 minutes\n",
     "store.rules line 7: Say first how serious this is.  [R107]\n"
     "  7 |   when temperature above 5 °C for 10 minutes\n"
     "    |   ^^^^ write \"critical when\", \"warning when\", \"notice when\" or \"log when\"\n"},
    {12, "and cannot be mixed with or",
     COOLERS
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C and door is closed or temperature above 8 °C\n",
     "store.rules line 7: One line can join tests with \"and\" or with \"or\", not both.  [R160]\n"
     "  7 |   critical when temperature above 5 °C and door is closed or temperature above 8 °C\n"
     "    |                                                           ^^ write two lines with the "
     "same severity: either one raises the alarm\n"},
    {13, "a state that never happens is refused",
     COOLERS "alarm too-warm on coolers\n"
             "  notice when door is opened for 3 minutes\n",
     "store.rules line 7: door is never \"opened\".  [R163]\n"
     "  7 |   notice when door is opened for 3 minutes\n"
     "    |                       ^^^^^^ did you mean \"open\"?\n"
     "  door is read as: open or closed.\n"},
    {14, "a wildcard in a topic is answered with a name",
     "sensors coolers\n"
     "  from mqtt store/+/cooler/+/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n",
     "store.rules line 2: Brink topics use names, not \"+\".  [R141]\n"
     "  2 |   from mqtt store/+/cooler/+/telemetry\n"
     "    |                   ^ write a name such as {cooler} for this part of the topic\n"
     "  A last part of {rest...} stands for any number of levels.\n"},
    {15, "a colon is refused",
     COOLERS "alarm too-warm on coolers\n"
             "  severity: critical\n",
     "store.rules line 7: Brink lines have no colon.  [R104]\n"
     "  7 |   severity: critical\n"
     "    |   ^^^^^^^^^ start the line with critical, warning or notice\n"},
    {16, "an unknown placeholder is answered with all that are known",
     COOLERS "alarm too-warm on coolers\n"
             "  warning when temperature above 8 °C for 10 minutes\n"
             "  say \"Cooler {coler} is at {temperature}\"\n",
     "store.rules line 8: Nothing here is called {coler}.  [R170]\n"
     "  8 |   say \"Cooler {coler} is at {temperature}\"\n"
     "    |               ^^^^^^^ did you mean {cooler}?\n"
     "  You can use: {alarm}, {cooler}, {device}, {door}, {duration}, {limit}, {severity}, "
     "{since}, {site}, {store}, {temperature}, {time}, {usual} or {worst}.\n"},
    {17, "a text without its end is shown whole",
     COOLERS "alarm too-warm on coolers\n"
             "  say \"Cooler {cooler} is warm\n",
     "store.rules line 7: This text has no closing quote mark.  [R101]\n"
     "  7 |   say \"Cooler {cooler} is warm\n"
     "    |       ^^^^^^^^^^^^^^^^^^^^^^^^ add \" at the end of the text\n"},
    {18, "silent is asked for a length of time",
     COOLERS "alarm too-warm on coolers\n"
             "  warning when silent\n",
     "store.rules line 7: \"silent\" needs a length of time.  [R165]\n"
     "  7 |   warning when silent\n"
     "    |                ^^^^^^ for example \"silent for 15 minutes\"\n"},
    {19, "a hold shorter than the interval of the sensors is warned of",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 °C for 30 seconds\n",
     "store.rules line 7: warning: These sensors report every 1 minute, so after 30 seconds there "
     "is still only one reading.  [W201]\n"
     "  7 |   critical when temperature above 5 °C for 30 seconds\n"
     "    |                                            ^^ hold for 1 minute or longer, or leave "
     "\"for\" out\n"},
    {20, "hours that do not exist are answered with the ones there are",
     COOLERS "hours opening\n"
             "  monday to saturday 07:00 to 22:00\n"
             "alarm too-warm on coolers\n"
             "  warning when temperature above 8 °C for 10 minutes\n"
             "  only during openning\n",
     "store.rules line 10: There are no hours called \"openning\".  [R134]\n"
     "  10 |   only during openning\n"
     "     |               ^^^^^^^^ did you mean \"opening\"?\n"
     "  Hours in this file: opening.\n"},
    {21, "a row that is too short is answered with the columns",
     COOLERS "table cooler-limits for coolers\n"
             "  | cooler | warm | cold |\n"
             "  | dairy-1 | 5 °C |\n",
     "store.rules line 8: This row has 2 cells, but the table has 3 columns.  [R183]\n"
     "  8 |   | dairy-1 | 5 °C |\n"
     "    |   ^^^^^^^^^^^^^^^^^^ the columns are: cooler, warm, cold\n"},
    {22, "a misspelt block word is shown with the right one", COOLERS "alram too-warm on coolers\n",
     "store.rules line 6: I don't know the word \"alram\" at the start of a block.  [R105]\n"
     "  6 | alram too-warm on coolers\n"
     "    | ^^^^^ did you mean \"alarm\"?\n"},
    {23, "an unknown unit of time is shown with the right one",
     COOLERS "alarm too-warm on coolers\n"
             "  critical when temperature above 5 °C for 10 mintues\n",
     "store.rules line 7: I don't know the time unit \"mintues\".  [R121]\n"
     "  7 |   critical when temperature above 5 °C for 10 mintues\n"
     "    |                                               ^^^^^^^ did you mean \"minutes\"?\n"
     "  Time units: seconds, minutes, hours, days, weeks.\n"},
    {24, "a second alarm of one name is refused",
     COOLERS "alarm too-warm on coolers\n"
             "  warning when temperature above 8 °C for 10 minutes\n"
             "alarm too-warm on coolers\n",
     "store.rules line 8: There is already an alarm called \"too-warm\", on line 6.  [R133]\n"
     "  8 | alarm too-warm on coolers\n"
     "    |       ^^^^^^^^ give this one another name\n"},
    {25, "between is answered with inside",
     COOLERS "alarm too-warm on coolers\n"
             "  warning when temperature between 2 °C and 8 °C\n",
     "store.rules line 7: I expected a comparison here, not \"between\".  [R162]\n"
     "  7 |   warning when temperature between 2 °C and 8 °C\n"
     "    |                            ^^^^^^^ did you mean \"inside\"?\n"
     "  You can write: above, below, at least, at most, inside, outside, is, rises, falls, changes "
     "or differs.\n"},
    {26, "a sentence is answered with a line that works",
     COOLERS "alarm too-warm on coolers\n"
             "  please warn me when it gets too hot\n",
     "store.rules line 7: I can't follow this line: an alarm has no instruction called \"please\". "
     " [R106]\n"
     "  7 |   please warn me when it gets too hot\n"
     "    |   ^^^^^^\n"
     "  An alarm line looks like:  critical when temperature above 5 °C for 10 minutes until below "
     "4.5 °C\n"},
    {27, "an unknown limit is answered with a value and the columns there are",
     COOLERS "table cooler-limits for coolers\n"
             "  | cooler | warm |\n"
             "  | others | 5 °C |\n"
             "alarm too-warm on coolers\n"
             "  critical when temperature above wram for 10 minutes\n",
     "store.rules line 10: I expected a value here, not \"wram\".  [R156]\n"
     "  10 |   critical when temperature above wram for 10 minutes\n"
     "     |                                   ^^^^ did you mean \"warm\"?\n"
     "  A value is a number and its unit, for example \"5 °C\", or a column of a table (warm).\n"},
};

#endif
