#!/usr/bin/env python3
"""What does `is unusual` find on a cooler, and how soon?

  bench/coolers.py [SEEDS]     SEEDS years (3) of each kind of cooler

A year of a simulated cooler (tests/support/cooler.py: the physics and the faults) goes through `brink score`, healthy and with each
fault from day ONSET on. Said for each sensitivity: false alarms a month, and for each fault the days from its onset to the
first alarm, beside the days until a fixed limit (above 8 degrees C for 30 minutes) would have spoken.

The healthy year and the years with faults have the same doors, weather and noise. An alarm that the healthy cooler has within six
hours too finds no fault: it is not counted.
"""
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import cooler  # noqa: E402

BRINK = os.path.join(ROOT, "build", "brink")
DAY_S = 86400
ONSET_S = cooler.START_S + cooler.ONSET * DAY_S
LIMIT, LIMIT_S = 8.0, 1800


def alarms(readings, sensitivity):
    """When `brink score` raised an alarm, seconds since 1970."""
    text = "timestamp,value\n" + "".join("%d,%.1f\n" % reading for reading in readings)
    out = subprocess.run([BRINK, "score", "--sensitivity", sensitivity], input=text, text=True, capture_output=True, check=True)
    return [int(line.split(",")[0]) for line in out.stdout.splitlines()[1:] if line.endswith(",1")]


def limit_days(readings):
    """Days from the onset until the fixed limit would have spoken, or None."""
    since = None
    for at, value in readings:
        since = (since if since is not None else at) if value > LIMIT else None
        if since is not None and at - since >= LIMIT_S:
            return (at - ONSET_S) / DAY_S
    return None


def found_days(with_fault, healthy):
    """Days from the onset to the first alarm that the healthy cooler does not have within six hours, or None."""
    own = [at for at in with_fault if at >= ONSET_S and all(abs(at - other) > DAY_S / 4 for other in healthy)]
    return (own[0] - ONSET_S) / DAY_S if own else None


def measure(seed, sensitivities, days=365):
    """For each sensitivity: false alarms a month; for each fault (days to the first alarm, days to the limit)."""
    series = cooler.years(days, seed)
    results = {}
    for sensitivity in sensitivities:
        healthy = alarms(series[None], sensitivity)
        faults = {fault: (found_days(alarms(series[fault], sensitivity), healthy), limit_days(series[fault]))
                  for fault in cooler.FAULTS}
        results[sensitivity] = (len(healthy) / days * 30, faults)
    return results


def is_before_limit(found, limit):
    return found is not None and (limit is None or found < limit)


def shown(days):
    """The median, or never when most were never."""
    known = sorted(d if d is not None else float("inf") for d in days)
    middle = statistics.median_low(known)
    return "never" if middle == float("inf") else "%.1f" % middle


def main():
    sensitivities = ("low", "normal", "high")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    years = [measure(seed, sensitivities) for seed in range(1, count + 1)]
    print("%d simulated years of each kind; days from the onset of the fault, medians" % count)
    print("  %-14s %8s" % ("", "limit") + "".join("%9s" % s for s in sensitivities))
    for fault in cooler.FAULTS:
        limits = [year["low"][1][fault][1] for year in years]
        found = ["%9s" % shown([year[s][1][fault][0] for year in years]) for s in sensitivities]
        print("  %-14s %8s" % (fault, shown(limits)) + "".join(found))
    rates = ["%9.1f" % statistics.mean(year[s][0] for year in years) for s in sensitivities]
    print("  false alarms a month   " + "".join(rates))


if __name__ == "__main__":
    main()
