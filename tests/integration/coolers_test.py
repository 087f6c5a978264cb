"""`is unusual` on coolers that fail: 300 days of a simulated one, `brink score` as people run it (bench/coolers.py has the table)."""
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bench"))
import coolers  # noqa: E402


@pytest.fixture(scope="module")
def year():
    return coolers.measure(1, ("low",), 300)["low"]


def test_five_of_six_faults_are_found_before_the_fixed_limit_speaks(year):
    found = {fault for fault, days in year[1].items() if coolers.is_before_limit(*days)}
    assert found == set(coolers.cooler.FAULTS) - {"stuck"}, year[1]


def test_a_sensor_that_is_stuck_is_left_to_is_stuck(year):
    assert year[1]["stuck"][0] is None


def test_a_healthy_cooler_is_told_of_about_once_a_month(year):
    assert year[0] < 2
