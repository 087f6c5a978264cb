#!/usr/bin/python3
"""Writes one day of the store, as its sensors would send it, as JSON lines.

    make_day.py [OUT.jsonl]        (default: standard output)

Each line is {"topic": ..., "time": ..., "payload": {...}}, or {"udp": 5005, ...} for the door contacts, in order of time.
The day is worked out, not random: the same numbers every time. What happens in it:

  02:00 on     each cooler defrosts once for 20 minutes, one after the other; the coil leaves it warm a while
  03:10-04:00  the sensor of cooler produce-1 says nothing (flat battery, changed at 04:00)
  08:30        cooler dairy-1's sensor restarts and sends 85 degrees once, as a DS18B20 does
  11:20-11:34  the door of cooler dairy-2 is left open
  14:00-17:30  cooler meat-1's compressor fails; at 17:30 it is repaired and set 1 degree colder
  21:10-21:13  the mains fail for three minutes
"""
import json
import math
import sys

START = 1773446400  # 2026-03-14T00:00:00Z
STORE = "14"
COOLERS = ["dairy-1", "dairy-2", "dairy-3", "meat-1", "meat-2", "meat-3",
           "produce-1", "produce-2", "drinks-1", "drinks-2", "deli-1", "deli-2"]
FREEZERS = ["ice-1", "ice-2", "ready-1", "ready-2"]


def clock(hours, minutes=0):
    return hours * 60 + minutes


def ripple(minute, device):
    """Compressor cycles and noise: a few sines with periods that do not divide the day."""
    return (0.35 * math.sin(2 * math.pi * (minute + 7 * device) / 17.0)
            + 0.12 * math.sin(2 * math.pi * (minute + 3 * device) / 5.3)
            + 0.08 * math.sin(minute * 12.9898 + device * 78.233))


def defrost_start(device):
    return clock(2) + 25 * device


def cooler(device, minute):
    name = COOLERS[device]
    since = minute - defrost_start(device)
    defrost = 0 <= since < 20
    temperature = 2.6 + 0.1 * (device % 3) + ripple(minute, device)
    if defrost:
        temperature += 0.28 * since
    elif 20 <= since < 45:
        temperature += 5.6 * math.exp(-(since - 20) / 5.0)
    if name == "meat-1":
        if clock(14) <= minute < clock(17, 30):
            temperature += 9.5 * (1 - math.exp(-(minute - clock(14)) / 60.0))
        elif minute >= clock(17, 30):
            temperature += 10.2 * math.exp(-(minute - clock(17, 30)) / 15.0) - 1.0
    if name == "dairy-2" and clock(11, 20) <= minute < clock(11, 50):
        temperature += 1.2 * math.sin(math.pi * (minute - clock(11, 20)) / 30)
    if name == "dairy-1" and minute == clock(8, 30):
        temperature = 85.0
    humidity = 71 + 4 * math.sin(2 * math.pi * minute / 1440.0) + device % 4
    return {"ts": START + 60 * minute, "temp": round(temperature, 1), "rh": round(humidity),
            "status": {"defrost": "on" if defrost else "off"}}


def freezer(device, minute):
    since = minute - clock(4) - 40 * device
    temperature = -21.5 + 0.4 * device + ripple(minute, device + 20)
    if 0 <= since < 20:
        temperature += 0.25 * since
    elif 20 <= since < 50:
        temperature += 5.0 * math.exp(-(since - 20) / 6.0)
    return {"ts": START + 60 * minute, "temp": round(temperature, 1)}


def door_events():
    """(second of the day, cooler, is open): each contact reports every minute, and at once when the door moves.

    Staff fill the shelves every hour; once a door is forgotten."""
    events = []
    for device, name in enumerate(COOLERS):
        spans = [(begin, begin + 30 + 2 * device) for begin in
                 (hour * 3600 + 97 * device + 13 * hour for hour in range(7, 22))]
        if name == "dairy-2":
            spans = [span for span in spans if not 40000 <= span[0] < 43000]
            spans.append((clock(11, 20) * 60, clock(11, 34) * 60))
        for begin, end in spans:
            events += [(begin, name, True), (end, name, False)]
        for second in range(device, 86400, 60):
            if not any(second in (begin, end) for begin, end in spans):
                events.append((second, name, any(begin <= second < end for begin, end in spans)))
    return sorted(events)


def day():
    lines = []

    def add(second, line):
        line["time"] = START + second
        lines.append((second, len(lines), line))

    for minute in range(1440):
        for device, name in enumerate(COOLERS):
            if name == "produce-1" and clock(3, 10) < minute < clock(4):
                continue
            add(60 * minute, {"topic": f"store/{STORE}/cooler/{name}/telemetry",
                              "payload": cooler(device, minute)})
        for device, name in enumerate(FREEZERS):
            add(60 * minute, {"topic": f"store/{STORE}/freezer/{name}/telemetry",
                              "payload": freezer(device, minute)})
        off = clock(21, 10) <= minute < clock(21, 13)
        add(60 * minute, {"topic": f"store/{STORE}/mains",
                          "payload": {"ts": START + 60 * minute, "ok": "off" if off else "on"}})
    for second, name, is_open in door_events():
        add(second, {"udp": 5005, "payload": {"id": name, "ts": START + second, "open": is_open}})
    lines.sort(key=lambda entry: entry[:2])
    return [line for _, _, line in lines]


def main():
    out = open(sys.argv[1], "w", encoding="utf8") if len(sys.argv) > 1 else sys.stdout
    for line in day():
        out.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
