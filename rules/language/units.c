/* The table of units, and conversion within a kind. See units.h. */
#include "rules/language/units.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>

static const struct unit_kind temperature = {"temperature", "a"}, pressure = {"pressure", "a"},
                              percentage = {"percentage", "a"}, speed = {"speed", "a"},
                              acceleration = {"acceleration", "an"}, flow = {"flow", "a"},
                              distance = {"length", "a"}, voltage = {"voltage", "a"},
                              current = {"current", "a"}, power = {"power", "a"},
                              energy = {"energy", "an"}, frequency = {"frequency", "a"},
                              rotation = {"speed of rotation", "a"},
                              concentration = {"concentration", "a"},
                              brightness = {"brightness", "a"}, loudness = {"sound level", "a"},
                              time_length = {"length of time", "a"};

/* Factors as whole numbers where they are exact by definition: inch = 25.4 mm, pound-force per
 * square inch = 4.4482216152605 N / 645.16 mm², US gallon = 3.785411784 l, g = 9.80665 m/s². */
static const struct unit units[] = {
    {"°C", &temperature, 0, 1, 1},
    {"°F", &temperature, 32, 5, 9},
    {"K", &temperature, 273.15, 1, 1},
    {"bar", &pressure, 0, 100000, 1},
    {"mbar", &pressure, 0, 100, 1},
    {"Pa", &pressure, 0, 1, 1},
    {"kPa", &pressure, 0, 1000, 1},
    {"MPa", &pressure, 0, 1000000, 1},
    {"psi", &pressure, 0, 44482216152605, 6451600000},
    {"%", &percentage, 0, 1, 1},
    {"mm/s", &speed, 0, 1, 1},
    {"m/s", &speed, 0, 1000, 1},
    {"inch/s", &speed, 0, 254, 10},
    {"m/s2", &acceleration, 0, 1, 1},
    {"g", &acceleration, 0, 980665, 100000},
    {"l/min", &flow, 0, 1, 1},
    {"m3/h", &flow, 0, 1000, 60},
    {"gpm", &flow, 0, 3785411784, 1000000000},
    {"mm", &distance, 0, 1, 1},
    {"cm", &distance, 0, 10, 1},
    {"m", &distance, 0, 1000, 1},
    {"inch", &distance, 0, 254, 10},
    {"ft", &distance, 0, 3048, 10},
    {"V", &voltage, 0, 1, 1},
    {"mV", &voltage, 0, 1, 1000},
    {"A", &current, 0, 1, 1},
    {"mA", &current, 0, 1, 1000},
    {"W", &power, 0, 1, 1},
    {"mW", &power, 0, 1, 1000},
    {"kW", &power, 0, 1000, 1},
    {"MW", &power, 0, 1000000, 1},
    {"Wh", &energy, 0, 1, 1},
    {"kWh", &energy, 0, 1000, 1},
    {"Hz", &frequency, 0, 1, 1},
    {"rpm", &rotation, 0, 1, 1},
    {"ppm", &concentration, 0, 1, 1},
    {"ppb", &concentration, 0, 1, 1000},
    {"lux", &brightness, 0, 1, 1},
    {"dB", &loudness, 0, 1, 1},
    {"seconds", &time_length, 0, 1, 1},
    {"minutes", &time_length, 0, 60, 1},
    {"hours", &time_length, 0, 3600, 1},
};
#define UNITS (sizeof units / sizeof units[0])

static const struct {
    const char *alias, *name;
} aliases[] = {
    {"C", "°C"},        {"degC", "°C"},     {"celsius", "°C"},     {"\xe2\x84\x83", "°C"},
    {"F", "°F"},        {"degF", "°F"},     {"fahrenheit", "°F"},  {"\xe2\x84\x89", "°F"},
    {"kelvin", "K"},    {"percent", "%"},   {"m/s²", "m/s2"},      {"m³/h", "m3/h"},
    {"in/s", "inch/s"}, {"L/min", "l/min"}, {"second", "seconds"}, {"minute", "minutes"},
    {"min", "minutes"}, {"hour", "hours"},  {"h", "hours"},        {"s", "seconds"},
    {"sec", "seconds"},
};

static const struct unit *unit_named(const char *name)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    }
    return NULL;
}

const struct unit *unit_find(struct text written)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (text_equal(written, text_of(units[i].name)))
            return &units[i];
    }
    const struct unit *found = NULL;
    for (size_t i = 0; i < UNITS; i++) {
        if (!text_equal_ignoring_case(written, text_of(units[i].name)))
            continue;
        if (found != NULL)
            return NULL; /* mW or MW? */
        found = &units[i];
    }
    if (found != NULL)
        return found;
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (text_equal_ignoring_case(written, text_of(aliases[i].alias)))
            return unit_named(aliases[i].name);
    }
    return NULL;
}

const struct unit *unit_own(struct arena *arena, struct text written)
{
    for (size_t i = 0; i < UNITS; i++) {
        if (text_equal(written, text_of(units[i].name)))
            return &units[i];
    }
    struct unit *own = must_arena_allocate(arena, sizeof *own);
    *own = (struct unit){.name = arena_copy(arena, written).bytes, .up = 1, .down = 1};
    return own;
}

bool unit_same_kind(const struct unit *a, const struct unit *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->kind == NULL || b->kind == NULL)
        return a->kind == b->kind && strcmp(a->name, b->name) == 0;
    return a->kind == b->kind;
}

static double rounded(double number)
{
    char digits[40];
    int length = snprintf(digits, sizeof digits, "%.12g", number);
    double result = number;
    uint8_t decimals;
    if (isfinite(number) && length > 0)
        number_parse((struct text){digits, (size_t)length}, &result, &decimals);
    return result;
}

double unit_convert(double number, const struct unit *from, const struct unit *to,
                    enum unit_place place)
{
    if (from == to || from == NULL || to == NULL || from->kind == NULL)
        return number;
    bool is_point = place == UNIT_POINT;
    double first = number - (is_point ? from->shift : 0);
    double there = first * from->up * to->down / (from->down * to->up);
    return rounded(there + (is_point ? to->shift : 0));
}

const char *unit_shown(const struct unit *unit)
{
    return unit != NULL ? unit->name : "no unit";
}

/* What people say, and what stands on the instrument (appendix E.2). */
static const struct {
    const char *said, *unit;
} said_units[] = {
    {"volt", "V"},         {"volts", "V"},        {"millivolt", "mV"},   {"millivolts", "mV"},
    {"amp", "A"},          {"amps", "A"},         {"ampere", "A"},       {"amperes", "A"},
    {"milliamp", "mA"},    {"milliamps", "mA"},   {"watt", "W"},         {"watts", "W"},
    {"kilowatt", "kW"},    {"kilowatts", "kW"},   {"megawatts", "MW"},   {"hertz", "Hz"},
    {"degree", "°C"},      {"degrees", "°C"},     {"deg", "°C"},         {"centigrade", "°C"},
    {"pascal", "Pa"},      {"pascals", "Pa"},     {"kilopascal", "kPa"}, {"bars", "bar"},
    {"millibar", "mbar"},  {"millibars", "mbar"}, {"millimetres", "mm"}, {"millimeters", "mm"},
    {"centimetres", "cm"}, {"centimeters", "cm"}, {"metre", "m"},        {"metres", "m"},
    {"meter", "m"},        {"meters", "m"},       {"inches", "inch"},    {"foot", "ft"},
    {"feet", "ft"},        {"decibel", "dB"},     {"decibels", "dB"},    {"pct", "%"},
};

const char *unit_meant(struct text said)
{
    for (size_t i = 0; i < sizeof said_units / sizeof said_units[0]; i++) {
        if (text_equal_ignoring_case(said, text_of(said_units[i].said)))
            return said_units[i].unit;
    }
    return NULL;
}

const struct text *unit_names(size_t *count)
{
    static struct text names[UNITS];
    for (size_t i = 0; i < UNITS; i++)
        names[i] = text_of(units[i].name);
    *count = UNITS;
    return names;
}
