/* The pages of `brink explain` for warnings, in the order of their codes. See explain.h. */
#include "rules/language/explain.h"

static const struct explanation pages[] = {
    {"W201", "A hold shorter than the sensors' interval",
     "Between two readings nothing is known. A hold that is shorter than the interval is over at "
     "the second reading whatever its length.",
     EXPLAIN_ALARM, "  warning when door is open for 30 seconds\n",
     "  warning when door is open for 2 minutes\n"},
    {"W202", "A limit without a deadband",
     "A value that hovers at its limit crosses it with every reading. An end on the other side "
     "keeps the alarm from raising and clearing over and over.",
     EXPLAIN_FILE,
     "sensors pumps\n"
     "  from mqtt pump/{pump}\n"
     "  expect every 10 seconds\n"
     "  read vibration in mm/s\n"
     "alarm shaking on pumps\n"
     "  warning when vibration above 7 mm/s\n",
     "sensors pumps\n"
     "  from mqtt pump/{pump}\n"
     "  expect every 10 seconds\n"
     "  read vibration in mm/s\n"
     "alarm shaking on pumps\n"
     "  warning when vibration above 7 mm/s until below 6 mm/s\n"},
    {"W203", "A critical alarm without an action", "Who is woken should be told what to do.",
     EXPLAIN_ALARM, "  critical when door is open\n",
     "  critical when door is open\n"
     "  action \"Close the door.\"\n"},
    {"W204", "A critical alarm that can be kept quiet for a day",
     "A suppression without at most ends after 24 hours. For a critical alarm somebody should say "
     "how long is right.",
     EXPLAIN_ALARM, "  critical when temperature above 5 °C\n  except while door is open\n",
     "  critical when temperature above 5 °C\n  except while door is open at most 15 minutes\n"},
    {"W205", "Sensors whose silence nobody hears",
     "A broken sensor raises no alarm by itself. Each group has an alarm that asks for silence.",
     EXPLAIN_ALARM, "  warning when door is open\n",
     "  warning when door is open\n"
     "  warning when silent for 15 minutes\n"},
    {"W206", "A table that leaves devices open",
     "A device that no row names, and no row of others, has no limits: the rules that use them do "
     "nothing for it. Brink knows of a device when another table of the same sensors, or where in "
     "an alarm that uses the limits, names it: either a row is missing, or a name is misspelt. "
     "`brink try` also counts the rows that no device of a recording came for.",
     EXPLAIN_SENSORS,
     "table limits for coolers\n"
     "  | cooler  | warm |\n"
     "  | dairy-1 | 5 °C |\n"
     "alarm meat-too-warm on coolers where cooler is meat-1\n"
     "  warning when temperature above warm\n",
     "table limits for coolers\n"
     "  | cooler  | warm |\n"
     "  | dairy-1 | 5 °C |\n"
     "  | meat-1  | 3 °C |\n"
     "alarm meat-too-warm on coolers where cooler is meat-1\n"
     "  warning when temperature above warm\n"},
    {"W207", "A rule that no device matched",
     "None of the devices that were heard has this alarm: its sensors are silent, or its \"where\" "
     "names what is not there. It takes readings to see that: `brink try` says it of a recording, "
     "`--last \"1 day\"` of its last day.",
     EXPLAIN_FILE, "", ""},
    {"W208", "A critical alarm that rests on what is learned",
     "What is learned finds the unexpected. For what must wake someone there is a fixed limit.",
     EXPLAIN_ALARM, "  critical when temperature is unusual\n",
     "  warning when temperature is unusual\n"},
    {"W209", "Many critical alarms",
     "About one alarm in twenty should be critical. Where everything is urgent, nothing is. Four "
     "critical alarms may be there in any case; beyond that, at most one alarm in five.",
     EXPLAIN_SENSORS,
     "alarm a on coolers\n"
     "  critical when door is open\n"
     "alarm b like a\n"
     "alarm c like a\n"
     "alarm d like a\n"
     "alarm e like a\n",
     "alarm a on coolers\n"
     "  critical when door is open\n"
     "alarm b like a\n"
     "alarm c like a\n"
     "alarm d like a\n"
     "alarm e on coolers\n"
     "  warning when door is open\n"},
    {"W210", "A limit that is never reached",
     "A reading beyond its valid range counts as faulty, so it is never above or below a limit out "
     "there.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read t in °C\n"
     "  valid t -40 °C to 60 °C\n"
     "alarm hot on coolers\n"
     "  warning when t above 70 °C\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read t in °C\n"
     "  valid t -40 °C to 60 °C\n"
     "alarm hot on coolers\n"
     "  warning when t above 50 °C\n"},
    {"W211", "Sensors that report at another pace than expect says",
     "expect differs by more than half from what most messages of a device do, so silence and "
     "freshness are reckoned wrongly. It takes readings to see that: `brink try` says it of a "
     "recording.",
     EXPLAIN_FILE, "", ""},
    {"W212", "A long text", "Texts are read on a telephone, at night. 200 letters are much.",
     EXPLAIN_ALARM,
     "  warning when door is open\n"
     "  say \"Close the door. Close the door. Close the door. Close the door. Close the door. "
     "Close the door. Close the door. Close the door. Close the door. Close the door. Close the "
     "door. Close the door. Close the door. Close the door. \"\n",
     "  warning when door is open\n"
     "  say \"Close the door.\"\n"},
    {"W213", "A hold without a known interval",
     "Without expect nobody can tell whether a hold is longer than the interval of the sensors.",
     EXPLAIN_FILE,
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  read t in °C\n"
     "alarm hot on coolers\n"
     "  warning when t above 50 °C for 10 minutes\n",
     "sensors coolers\n"
     "  from mqtt a/{b}\n"
     "  expect every 1 minute\n"
     "  read t in °C\n"
     "alarm hot on coolers\n"
     "  warning when t above 50 °C for 10 minutes\n"},
    {"W214", "Unusual beside another test",
     "What is usual is learned from all readings, also from those during which the rest of the "
     "line is false. only while keeps them out.",
     EXPLAIN_ALARM, "  warning when temperature is unusual and door is closed\n",
     "  warning when temperature is unusual\n"
     "  only while door is closed\n"},
};
const struct explanations explain_warnings = {pages, sizeof pages / sizeof pages[0]};
