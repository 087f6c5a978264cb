/* The CMOS clock at ports 0x70 and 0x71 (Motorola MC146818A data sheet, "Time, calendar and
 * alarm"). Comes in: registers in BCD or binary, 12 or 24 hours. Goes out: UTC in milliseconds.
 * QEMU, Firecracker's firmware and real boards on which KVM runs keep it in UTC. Called by the
 * kernel at boot. */
#include "drivers/rtc.h"

#include "base/calendar.h"
#include "kernel/x86_64/machine.h"

enum { CMOS_INDEX = 0x70, CMOS_DATA = 0x71 };

enum { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, CENTURY, FORMAT, FIELDS };
static const uint8_t registers[FIELDS] = {
    [SECOND] = 0x00, [MINUTE] = 0x02, [HOUR] = 0x04,    [DAY] = 0x07,
    [MONTH] = 0x08,  [YEAR] = 0x09,   [CENTURY] = 0x32, [FORMAT] = 0x0b /* register B */};
enum { FORMAT_24_HOURS = 2, FORMAT_BINARY = 4, HOUR_PM = 0x80 };

static const struct {
    uint8_t least, most;
} limits[CENTURY] = {[SECOND] = {0, 59}, [MINUTE] = {0, 59}, [HOUR] = {0, 23},
                     [DAY] = {1, 31},    [MONTH] = {1, 12},  [YEAR] = {0, 99}};

static void read_registers(uint8_t fields[FIELDS])
{
    for (unsigned i = 0; i < FIELDS; i++) {
        port_write_8(CMOS_INDEX, registers[i]);
        fields[i] = port_read_8(CMOS_DATA);
    }
}

static uint8_t from_bcd(uint8_t value)
{
    return (uint8_t)((value >> 4) * 10 + (value & 15));
}

static bool is_date(const uint8_t fields[FIELDS])
{
    for (unsigned i = 0; i < CENTURY; i++) {
        if (fields[i] < limits[i].least || fields[i] > limits[i].most)
            return false;
    }
    return true;
}

static bool to_utc(uint8_t fields[FIELDS], int64_t *utc_ms)
{
    uint8_t afternoon = fields[HOUR] & HOUR_PM;
    bool is_24_hours = fields[FORMAT] & FORMAT_24_HOURS;
    if (!is_24_hours)
        fields[HOUR] &= (uint8_t)~HOUR_PM;
    if (!(fields[FORMAT] & FORMAT_BINARY)) {
        for (unsigned i = 0; i <= CENTURY; i++)
            fields[i] = from_bcd(fields[i]);
    }
    if (!is_24_hours) /* 12 is the first hour of each half */
        fields[HOUR] = (uint8_t)(fields[HOUR] % 12 + (afternoon ? 12 : 0));
    if (!is_date(fields))
        return false;
    /* The century's place is a custom, not a rule. */
    int century = fields[CENTURY] >= 20 && fields[CENTURY] <= 21 ? fields[CENTURY] : 20;
    struct calendar_date date = {.year = century * 100 + fields[YEAR],
                                 .month = fields[MONTH],
                                 .day = fields[DAY],
                                 .hour = fields[HOUR],
                                 .minute = fields[MINUTE],
                                 .second = fields[SECOND],
                                 .millisecond = 500};
    *utc_ms = calendar_join(&date);
    return true;
}

bool rtc_read(int64_t *utc_ms)
{
    /* Two equal readings did not meet the clock in the middle of a change. */
    uint8_t fields[2][FIELDS];
    read_registers(fields[0]);
    for (unsigned i = 1; i < 5; i++) {
        read_registers(fields[i % 2]);
        if (memcmp(fields[0], fields[1], FIELDS) == 0)
            return to_utc(fields[0], utc_ms);
    }
    return false;
}
