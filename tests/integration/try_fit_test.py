"""`brink try` says at its end where rules and recording do not fit each other: another pace than `expect` says (W211), alarms (W207) and
rows of tables (W206) that no device came for; devices whose clock is wrong, or whose names differ in nothing but capitals."""
import json

import pytest

from tools_test import good

RULES = """\
sensors coolers
  from mqtt c/{cooler}
  called "cooler {cooler}"
  expect every 1 minute
  read temperature from temp in °C

sensors doors
  from mqtt d/{place}
  read door as open or closed

table limits for coolers
  | cooler | warm |
  | a      | 5 °C |
  | b      | 6 °C |
  | others | 9 °C |

alarm warm on coolers
  notice when temperature above warm for 10 minutes until below 4 °C

alarm meat-warm on coolers where cooler is meat
  warning when temperature above 3 °C for 10 minutes until below 2 °C

alarm quiet on coolers
  warning when silent for 2 hours

alarm all-warm on coolers by cooler
  notice when every temperature above 30 °C

alarm ajar on doors
  notice when door is open for 5 minutes
"""
START = 1773475200


def summary(tmp_path, messages):
    rules = tmp_path / "fit.rules"
    rules.write_text(RULES, encoding="utf8")
    messages = sorted(messages, key=lambda message: message["time"])
    return good("try", rules, "-", stdin="".join(json.dumps(message) + "\n" for message in messages)).stderr


def cooler(name, times, value=3):
    return [{"topic": f"c/{name}", "time": START + time, "payload": {"temp": value}} for time in times]


def door():
    return [{"topic": "d/front", "time": START, "payload": {"door": "closed"}}]


def everything(interval=60):
    return [message for name in ("a", "b", "meat") for message in cooler(name, range(0, 1800, interval))] + door()


def test_a_recording_that_fits_is_not_spoken_of(tmp_path):
    said = summary(tmp_path, everything())
    assert "[W" not in said and "of 4 devices" in said


@pytest.mark.parametrize("interval, said", [(300, "5 min"), (95, "1 min 35 s"), (25, "25 s")])
def test_devices_at_another_pace_than_expect_says_are_counted_and_the_first_is_named(tmp_path, interval, said):
    messages = everything() + cooler("slow", range(0, 3600, interval)) + cooler("slow-too", range(5, 3600, interval))
    assert (f'  devices that report at another pace than "expect" says: 2  [W211]\n'
            f"    the first: cooler slow, every {said} instead of every 1 min\n") in summary(tmp_path, messages)


@pytest.mark.parametrize("times", [
    range(0, 3600, 88),                                       # not off by more than half
    range(0, 3600, 32),
    [time for time in range(0, 36000, 60) if time // 600 % 2],  # gaps of ten minutes
    [60 * i + (7 * i) % 11 for i in range(60)],               # a minute, more or less
    [0, 300, 600],                                            # too few to tell
])
def test_a_pace_that_is_near_enough_or_has_gaps_is_not_another_pace(tmp_path, times):
    assert "W211" not in summary(tmp_path, everything() + cooler("c", times))


def test_alarms_that_no_device_came_for_are_counted_and_the_first_is_named(tmp_path):
    said = summary(tmp_path, cooler("a", range(0, 1800, 60)) + cooler("b", range(0, 1800, 60)))
    assert "  alarms that no device came for: 2  [W207]\n    the first: meat-warm on coolers\n" in said


def test_rows_that_no_device_came_for_are_counted_but_not_that_of_the_others(tmp_path):
    said = summary(tmp_path, cooler("A", range(0, 1800, 60)) + cooler("meat", range(0, 1800, 60)) + door())
    assert "  rows of tables that no device came for: 1  [W206]\n    the first: b in a table for coolers\n" in said


def test_devices_that_differ_in_nothing_but_capitals_are_counted(tmp_path):
    said = summary(tmp_path, everything() + cooler("Meat", range(0, 1800, 60)) + cooler("mea", range(0, 1800, 60)))
    assert "  devices with names that differ in nothing but capitals: 2\n    the first: cooler meat\n" in said
    assert "nothing but capitals" not in summary(tmp_path, everything())


def test_devices_whose_clock_is_wrong_are_counted(tmp_path):
    rules = RULES.replace("  read temperature", "  time from ts in seconds\n  read temperature")

    def run(behind):
        path = tmp_path / "clock.rules"
        path.write_text(rules, encoding="utf8")
        messages = cooler("a", range(0, 1800, 60)) + cooler("b", range(0, 1800, 60))
        for message in messages:
            message["payload"]["ts"] = message["time"] - (behind if message["topic"] == "c/b" else 0)
        messages.sort(key=lambda message: message["time"])
        return good("try", path, "-", stdin="".join(json.dumps(message) + "\n" for message in messages)).stderr

    assert "  devices whose clock is wrong: 1\n    the first: cooler b\n" in run(3600)
    assert "clock is wrong" not in run(30)
