"""The example sites: their tests pass, and for each alarm they show that it comes and that it does not."""
import os
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from stage import BRINK, TOP  # noqa: E402

SITES = ["store", "rig", "school"]


def read(site, ending):
    with open(os.path.join(TOP, "configs", site, f"{site}.{ending}"), encoding="utf8") as f:
        return f.read()


def alarms(site):
    """(name, group or None) of each alarm."""
    return re.findall(r"^alarm (\S+)(?: like \S+)?(?: on (\S+))?", read(site, "rules"), re.M)


def written_tests(site):
    return re.split(r"^test ", read(site, "test"), flags=re.M)[1:]


def not_shown(site, lines_of_tests):
    """What is missing: alarms that never come, and alarms without a test in which they could come and do not."""
    missing = []
    for name, group in alarms(site):
        expected = [bool(re.search(rf"expect (critical|warning|notice|log) {name}\b", test)) for test in lines_of_tests]
        could = [bool(re.search(rf"sensor {group or ''}", test)) for test in lines_of_tests]
        if not any(expected):
            missing.append(f"{name} never comes")
        if not any(c and not e for c, e in zip(could, expected)):
            missing.append(f"{name} always comes")
    return missing


@pytest.mark.parametrize("site", SITES)
def test_the_tests_of_the_site_pass(site):
    done = subprocess.run([BRINK, "test", os.path.join(TOP, "configs", site)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d{2,} passed, 0 failed", done.stdout, re.M)


@pytest.mark.parametrize("site", SITES)
def test_each_alarm_of_the_site_is_shown_to_come_and_not_to_come(site):
    assert not_shown(site, written_tests(site)) == []


def test_an_alarm_without_a_test_is_found():
    some = [test for test in written_tests("store") if "no-power" not in test]
    assert not_shown("store", some) == ["no-power never comes"]
