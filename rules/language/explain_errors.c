/* The pages of `brink explain` for mistakes in rules, in the order of their codes. See explain.h.
 */
#include "rules/language/explain.h"

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
    {"R134", "Unknown hours",
     "Hours are declared by a block that begins with hours, above or below, in any file of the "
     "site.",
     EXPLAIN_ALARM,
     "  warning when door is open\n"
     "  only during openning\n"
     "hours opening\n"
     "  every day 07:00 to 22:00\n",
     "  warning when door is open\n"
     "  only during opening\n"
     "hours opening\n"
     "  every day 07:00 to 22:00\n"},
    {"R135", "Two reports of one name", "Each report has a name of its own.", EXPLAIN_REPORT,
     "  every 1 hour\n  send count of door\nreport summary on coolers\n  every 1 day\n",
     "  every 1 hour\n  send count of door\n"},
    {"R136", "Two set lines of one name",
     "A value has one name and a name has one value. Where two files include each other's limits, "
     "give each its own name.",
     EXPLAIN_SENSORS,
     "set warm to 5 °C\n"
     "set warm to 6 °C\n",
     "set warm to 5 °C\n"
     "set hot to 6 °C\n"},
    {"R137", "A name that is taken",
     "Readings, limits and values that are set can all stand in the same place of a line, so no "
     "two of them share a name, and none is a unit or a word of the language.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read above in °C\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read height in cm\n"},
    {"R138", "A block that says too little",
     "A group of sensors says where its messages come from, an alarm when it begins, a report how "
     "often it sends and what.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  read temperature in °C\n",
     "sensors coolers\n"
     "  from mqtt cooler/{cooler}\n"
     "  read temperature in °C\n"},
    {"R139", "Defaults that can't hold",
     "Defaults are options for the alarms below them. They stand above those alarms, and have no "
     "conditions of their own.",
     EXPLAIN_SENSORS,
     "defaults\n"
     "  warning when silent for 15 minutes\n",
     "defaults\n"
     "  remind every 1 hour\n"},
    {"R140", "A file that can't be included",
     "include names a file, starting from the folder of the file that includes it. Files are "
     "included at most four deep.",
     EXPLAIN_FILE, "include \"no such file.rules\"\n", ""},
    {"R141", "A wildcard in a topic",
     "Each changing part of a topic gets a name, so that texts, tables and reports can use it. "
     "Devices are told apart by these names.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt cooler/+\n"
     "  read temperature in °C\n",
     "sensors coolers\n"
     "  from mqtt cooler/{cooler}\n"
     "  read temperature in °C\n"},
    {"R142", "A topic that can't be one",
     "A name takes a whole part of a topic, from / to /; {rest...} stands only at the end.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt cooler-{cooler}/temp\n"
     "  read temperature in °C\n",
     "sensors coolers\n"
     "  from mqtt cooler/{cooler}/temp\n"
     "  read temperature in °C\n"},
    {"R143", "A path into the message that can't be read",
     "A path is made of keys with points between them, numbers in [ ] for places in a list, and "
     "quote marks around keys with other letters in them.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt cooler/{cooler}\n"
     "  read temperature from values[x in °C\n",
     "sensors coolers\n"
     "  from mqtt cooler/{cooler}\n"
     "  read temperature from values[0] in °C\n"},
    {"R144", "An unknown time zone",
     "Time zones have the names of the tz database: a region and a city, such as Europe/London, or "
     "utc.",
     EXPLAIN_FILE,
     "site \"Store 14\"\n"
     "  timezone Europe/Londn\n",
     "site \"Store 14\"\n"
     "  timezone Europe/London\n"},
    {"R145", "An unknown report", "A report is like another one that stands above it.",
     EXPLAIN_REPORT,
     "  every 1 hour\n"
     "  send count of door\n"
     "report other like sumary on coolers\n"
     "  every 1 day\n",
     "  every 1 hour\n"
     "  send count of door\n"
     "report other like summary on coolers\n"
     "  every 1 day\n"},
    {"R150", "An unknown unit",
     "Units are written as on the instrument; section 8.1 of the language lists them. A unit of "
     "your own stands in quote marks and is never converted.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read temperature in °X\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read temperature in °C\n"
     "  read turbidity in \"NTU\"\n"},
    {"R151", "An unknown reading",
     "Readings are declared by read in the group's block. A reading of another group is followed "
     "by of and the name of that group.",
     EXPLAIN_ALARM, "  warning when temprature above 5 °C\n",
     "  warning when temperature above 5 °C\n"},
    {"R152", "Two readings of one name", "Each reading of a group has a name of its own.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read temperature from t1 in °C\n"
     "  read temperature from t2 in °C\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read front from t1 in °C\n"
     "  read back from t2 in °C\n"},
    {"R153", "A number without its unit",
     "A number that is compared with a reading has a unit if the reading has one. It may be "
     "another unit of the same kind: Brink converts.",
     EXPLAIN_ALARM, "  warning when temperature above 5\n",
     "  warning when temperature above 41 °F\n"},
    {"R154", "A unit where there is none",
     "This reading is a plain number. Write the number alone, or give the reading a unit where it "
     "is declared.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read quality as number\n"
     "alarm bad on coolers\n"
     "  warning when quality below 5 %\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read quality as number\n"
     "alarm bad on coolers\n"
     "  warning when quality below 5\n"},
    {"R155", "A unit of another kind",
     "A temperature is never compared with a pressure. A unit of your own is never converted.",
     EXPLAIN_ALARM, "  warning when temperature above 5 bar\n",
     "  warning when temperature above 5 °C\n"},
    {"R156", "A value was due here",
     "A value is a number with its unit, another reading of the device, a column of a table, or a "
     "name that was set; plus or minus a fixed amount may follow a name.",
     EXPLAIN_ALARM, "  warning when temperature above warm\n",
     "  warning when temperature above 5 °C\n"},
    {"R157", "A number and a state confused",
     "A state is asked for with is and one of its words; a number with above, below, at least, at "
     "most, inside or outside.",
     EXPLAIN_ALARM, "  warning when door above 5\n", "  warning when door is open\n"},
    {"R158", "A range upside down",
     "A range is written from its lower to its higher end, and a change without a sign.",
     EXPLAIN_ALARM, "  warning when temperature outside 8 °C to 2 °C\n",
     "  warning when temperature outside 2 °C to 8 °C\n"},
    {"R159", "The words of a state",
     "A state has two words or more, each once. The first of two stands for true, 1 and on, so it "
     "may not be the one that means off.",
     EXPLAIN_FILE,
     "sensors doors\n"
     "  from mqtt a/{b}\n"
     "  read door as closed or open\n",
     "sensors doors\n"
     "  from mqtt a/{b}\n"
     "  read door as open or closed\n"},
    {"R160", "And mixed with or",
     "A line joins its tests with and, or with or. There are no brackets: two lines of the same "
     "severity say \"either this, or that\".",
     EXPLAIN_ALARM,
     "  warning when temperature above 5 °C and door is closed or temperature above 8 °C\n",
     "  warning when temperature above 5 °C and door is closed\n"
     "  warning when temperature above 8 °C\n"},
    {"R161", "And behind for",
     "First come all tests, then how long they have to hold: the length is that of the whole line.",
     EXPLAIN_ALARM, "  warning when temperature above 5 °C for 10 minutes and door is closed\n",
     "  warning when temperature above 5 °C and door is closed for 10 minutes\n"},
    {"R162", "A comparison was due here",
     "After a reading stands what is asked of it: above, below, at least, at most, inside, "
     "outside, is, rises, falls, changes or differs.",
     EXPLAIN_ALARM, "  warning when temperature abvoe 5 °C\n",
     "  warning when temperature above 5 °C\n"},
    {"R163", "A state that never happens",
     "A state has only the words that its read line lists; any other value counts as faulty.",
     EXPLAIN_ALARM, "  warning when door is opened\n", "  warning when door is open\n"},
    {"R164", "One device, any, or every one?",
     "A test about several devices says whether any or every one of them is meant, or asks for a "
     "summary or a number of them. A test about one device has neither.",
     EXPLAIN_SENSORS, "alarm open\n  warning when door of coolers is open\n",
     "alarm open\n  warning when any door of coolers is open\n"},
    {"R165", "A test that counts time, without a length of time",
     "A sensor is always silent between two messages; only a length of time makes it mean "
     "something. The same goes for missing and stuck.",
     EXPLAIN_ALARM, "  warning when silent\n", "  warning when silent for 15 minutes\n"},
    {"R166", "An end that does not say enough",
     "Behind until stands a comparison of the reading that began the alarm, or a whole condition "
     "of its own.",
     EXPLAIN_ALARM, "  warning when temperature above 5 °C until 4 °C\n",
     "  warning when temperature above 5 °C until below 4 °C\n"},
    {"R167", "An end on the wrong side",
     "An alarm that begins above a limit ends below it, at the same value or lower. Otherwise it "
     "would begin and end at once.",
     EXPLAIN_ALARM, "  warning when temperature above 5 °C until below 6 °C\n",
     "  warning when temperature above 5 °C until below 4 °C\n"},
    {"R168", "The worse limit comes first",
     "If critical begins at a limit that is reached before that of warning, the warning is never "
     "seen.",
     EXPLAIN_ALARM,
     "  warning when temperature above 8 °C\n"
     "  critical when temperature above 5 °C\n",
     "  warning when temperature above 5 °C\n"
     "  critical when temperature above 8 °C\n"},
    {"R169", "A total that its window can't hold",
     "A total is a length of time, shorter than the window in which it is added up. It ends by "
     "itself, so it has no until.",
     EXPLAIN_ALARM, "  warning when door is open for a total of 2 hours in any 1 hour\n",
     "  warning when door is open for a total of 1 hour in any 2 hours\n"},
    {"R170", "An unknown placeholder",
     "In texts, { and } enclose the name of a reading, a limit, a named part, or one of the words "
     "that the message lists.",
     EXPLAIN_ALARM,
     "  warning when door is open\n"
     "  say \"Cooler {coler}\"\n",
     "  warning when door is open\n"
     "  say \"Cooler {cooler}\"\n"},
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
    {"R177", "A filter that stands wrong",
     "where names each part once, with all its words joined by or.", EXPLAIN_SENSORS,
     "alarm open on coolers where cooler is a and cooler is b\n"
     "  warning when door is open\n",
     "alarm open on coolers where cooler is a or b\n"
     "  warning when door is open\n"},
    {"R178", "A hold that does not fit",
     "silent, missing and stuck count time by themselves and are held for a length of time only; "
     "so is what ends an alarm.",
     EXPLAIN_ALARM, "  warning when silent for 3 readings\n",
     "  warning when silent for 15 minutes\n"},
    {"R179", "Options that exclude each other",
     "The most that a suppression may last includes the time that it goes on after its state.",
     EXPLAIN_ALARM,
     "  warning when door is open\n"
     "  except while temperature below 0 °C and for 2 hours after at most 1 hour\n",
     "  warning when door is open\n"
     "  except while temperature below 0 °C and for 1 hour after at most 2 hours\n"},
    {"R180", "The columns of a table",
     "The first columns of a table are named parts of its group, the others are limits with names "
     "of their own.",
     EXPLAIN_SENSORS,
     "table limits for coolers\n"
     "  | shop | warm |\n"
     "  | a | 5 °C |\n",
     "table limits for coolers\n"
     "  | cooler | warm |\n"
     "  | a | 5 °C |\n"},
    {"R181", "Rows that contradict each other",
     "The row with fewest others wins for a device. Two rows that fit it equally well leave open "
     "which one counts.",
     EXPLAIN_SENSORS,
     "table limits for coolers\n"
     "  | cooler | warm |\n"
     "  | a | 5 °C |\n"
     "  | a | 6 °C |\n",
     "table limits for coolers\n"
     "  | cooler | warm |\n"
     "  | a | 5 °C |\n"
     "  | b | 6 °C |\n"},
    {"R182", "A cell that can't be used",
     "A cell of a limit holds a number and its unit. An empty one takes the value of the row of "
     "others, so there has to be one.",
     EXPLAIN_SENSORS,
     "table limits for coolers\n"
     "  | cooler | warm |\n"
     "  | a | hot |\n",
     "table limits for coolers\n"
     "  | cooler | warm |\n"
     "  | a | 5 °C |\n"},
    {"R183", "A row of another length", "Each row has a cell for every column; it may be empty.",
     EXPLAIN_SENSORS,
     "table limits for coolers\n"
     "  | cooler | warm | cold |\n"
     "  | a | 5 °C |\n",
     "table limits for coolers\n"
     "  | cooler | warm | cold |\n"
     "  | a | 5 °C | 1 °C |\n"},
    {"R185", "A time or a day that there is not",
     "Times run from 00:00 to 24:00. Days are written as 2026-04-05, or for every year as 25 "
     "december.",
     EXPLAIN_FILE,
     "hours opening\n"
     "  every day 07:00 to 25:70\n",
     "hours opening\n"
     "  every day 07:00 to 22:00\n"},
    {"R186", "A format that does not go with the readings",
     "A plain message is one value; a csv message has the columns that its format line names; "
     "lines, "
     "senml and sparkplug have names with values, and nothing inside them. accept asks only for "
     "what stands in the message itself.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  format plain\n"
     "  read t in °C\n"
     "  read u in °C\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  format csv t u\n"
     "  read t in °C\n"
     "  read u in °C\n"},
    {"R187", "A copied line that does not fit",
     "like copies the lines of another block. A line that does not fit the sensors here is "
     "replaced by one of the same severity, or written anew.",
     EXPLAIN_SENSORS,
     "sensors doors\n"
     "  from mqtt door/{door}\n"
     "  read position as open or closed\n"
     "alarm left-open on coolers\n"
     "  warning when door is open\n"
     "alarm door-left-open like left-open on doors\n",
     "sensors doors\n"
     "  from mqtt door/{door}\n"
     "  read position as open or closed\n"
     "alarm left-open on coolers\n"
     "  warning when door is open\n"
     "alarm door-left-open like left-open on doors\n"
     "  warning when position is open\n"},
    {"R190", "Not supported yet",
     "The word is kept for something that this version of Brink can't do: it does not look ahead. "
     "How fast a value moves says early where it is going.",
     EXPLAIN_ALARM, "  warning when temperature will rise above 5 °C\n",
     "  warning when temperature rises more than 2 °C in 10 minutes\n"},
    {"R191", "A file that is too long", "Rules may be 1 MiB in all.", EXPLAIN_FILE, "", ""},
    {"R192", "A line that is too long",
     "A line has at most 1000 letters. Long conditions become several lines of the same severity.",
     EXPLAIN_FILE,
     "# "
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
     "# a short comment\n"},
    {"R193", "A file that is not text",
     "Rules are UTF-8 text. A file of another kind, or in another encoding, is saved again as "
     "UTF-8.",
     EXPLAIN_FILE, "\xff\xfe\x80\n", ""},
    {"R194", "More than there may be",
     "Brink's memory is fixed before it starts, so everything has a limit; the message says which "
     "one.",
     EXPLAIN_ALARM,
     "  warning when door is open\n"
     "  tags t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 "
     "t24 t25 t26 t27 t28 t29\n",
     "  warning when door is open\n"
     "  tags haccp safety\n"},
};
const struct explanations explain_errors = {pages, sizeof pages / sizeof pages[0]};
