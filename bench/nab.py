#!/usr/bin/env python3
"""How good is `is unusual`, on the Numenta Anomaly Benchmark?

  bench/nab.py FOLDER     FOLDER holds data/ (CATEGORY/NAME.csv) and windows.json or combined_windows.json

Every series goes through `brink score`, as a device's readings would: in order, once, with nothing known
in advance. The scoring is NAB's (Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms",
ICMLA 2015): a window with a label earns for the earliest score that passes the threshold in it, a score
outside costs the more the further it lies behind a window, the first 15 % of a series (750 rows at most) do
not count, one threshold serves all series.

Said at the end: the scores of NAB's three profiles, each at the best threshold for all series and at the
built-in one; a cross-validation (the threshold from a random half of the series, the score on the other half, mean of 100
halvings); and false alarms, by sensitivity, for each device and month, beside those of a simple detector
(bench/sketch.py) at the threshold at which it finds as many windows.
"""
import csv
import json
import math
import os
import random
import subprocess
import sys
from datetime import datetime, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sketch  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BRINK = os.path.join(ROOT, "build", "brink")
PROFILES = {"standard": (1.0, 0.11, 1.0), "reward low FP": (1.0, 0.22, 1.0), "reward low FN": (1.0, 0.11, 2.0)}
NORMAL = 12.7  # rules/engine/unusual.c
GRID = [4 + 0.05 * i for i in range(600)]
MONTH_S = 30 * 86400


def moment(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)


def sigmoid(x):
    return -1.0 if x > 3 else 2 / (1 + math.exp(5 * x)) - 1


class Series:
    def __init__(self, name, times, windows):
        self.name, self.times = name, times
        first = {}
        for row, time in enumerate(times):
            first.setdefault(time, row)
        self.windows = sorted((first[a.split(".")[0]], first[b.split(".")[0]]) for a, b in windows)
        self.probation = min(math.floor(0.15 * len(times)), 750)
        self.alarms = {}

    def worth(self, row):
        """(window or None, what a score in this row is worth)"""
        behind = None
        for number, (left, right) in enumerate(self.windows):
            if left <= row <= right:
                return number, sigmoid(-(right - row + 1) / (right - left + 1)) / sigmoid(-1)
            if row > right:
                behind = (right, right - left)
        return None, -1.0 if behind is None else sigmoid((row - behind[0]) / behind[1])

    def days(self):
        return (moment(self.times[-1]) - moment(self.times[self.probation])).total_seconds() / 86400

    def take(self, rows):
        self.loud = []
        for row, score in enumerate(rows):
            if row >= self.probation and score >= GRID[0]:
                self.loud.append((score,) + self.worth(row))

    def total(self, profile, threshold):
        hit, miss_fp, miss_fn = PROFILES[profile]
        best, outside = {}, 0.0
        for score, window, worth in self.loud:
            if score < threshold:
                continue
            if window is None:
                outside += worth
            else:
                best[window] = max(best.get(window, -2), worth)
        return hit * sum(best.values()) - miss_fn * (len(self.windows) - len(best)) + miss_fp * outside


def scored(path, sensitivity):
    out = subprocess.run([BRINK, "score", "--sensitivity", sensitivity, path], check=True, capture_output=True, text=True)
    rows = list(csv.DictReader(out.stdout.splitlines()))
    return [float(r["anomaly_score"]) for r in rows], [int(r["alarm"]) for r in rows]


def load(folder):
    name = next(n for n in ("windows.json", "combined_windows.json") if os.path.exists(os.path.join(folder, n)))
    with open(os.path.join(folder, name)) as f:
        labels = json.load(f)
    everything = []
    for name in sorted(labels):
        path = os.path.join(folder, "data", name)
        with open(path) as f:
            rows = [(row["timestamp"].split(".")[0].strip(), float(row["value"])) for row in csv.DictReader(f)]
        times = [time for time, _ in rows]
        series = Series(name, times, labels[name])
        series.sketch = sketch.surprises([(int(moment(time).timestamp()), value) for time, value in rows])
        for sensitivity in ("low", "normal", "high"):
            scores, alarms = scored(path, sensitivity)
            if len(scores) != len(times):
                sys.exit("%s: %d scores for %d rows" % (name, len(scores), len(times)))
            series.alarms[sensitivity] = [row for row, alarm in enumerate(alarms) if alarm]
            if sensitivity == "normal":
                series.take(scores)
        everything.append(series)
    return everything


def found_and_false(everything, alarms):
    """Windows with an alarm, alarms outside of windows; alarms: rows, for each series."""
    found = false = 0
    for series, rows in zip(everything, alarms):
        inside = [series.worth(row)[0] for row in rows if row >= series.probation]
        found += len(set(inside) - {None})
        false += inside.count(None)
    return found, false


def normalised(total, profile, windows):
    hit, _, miss = PROFILES[profile]
    return 100 * (total + miss * windows) / ((hit + miss) * windows)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    if not os.path.isdir(os.path.join(folder, "data")):
        print("nab: skipped: there is no NAB data in %s (see docs/unusual.md)" % (folder or "nab/"))
        return
    everything = load(folder)
    windows = sum(len(s.windows) for s in everything)
    print("%d series, %d windows, %d readings" % (len(everything), windows, sum(len(s.times) for s in everything)))
    totals = {p: [[s.total(p, t) for t in GRID] for s in everything] for p in PROFILES}
    for profile in PROFILES:
        sums = [sum(of[k] for of in totals[profile]) for k in range(len(GRID))]
        best = max(range(len(GRID)), key=lambda k: sums[k])
        built_in = sum(s.total(profile, NORMAL) for s in everything)
        print("  %-14s %6.2f at %.2f   %6.2f at the built-in threshold of `normal`, %.1f" %
              (profile, normalised(sums[best], profile, windows), GRID[best],
               normalised(built_in, profile, windows), NORMAL))
    draw, halves = random.Random(1), []
    for _ in range(100):
        chosen = set(draw.sample(range(len(everything)), len(everything) // 2))
        sums = [sum(totals["standard"][i][k] for i in chosen) for k in range(len(GRID))]
        k = max(range(len(GRID)), key=lambda n: sums[n])
        rest = [i for i in range(len(everything)) if i not in chosen]
        halves.append(normalised(sum(totals["standard"][i][k] for i in rest), "standard",
                                 sum(len(everything[i].windows) for i in rest)))
    print("  cross-validated, mean of 100 halvings: %.2f (standard)" % (sum(halves) / len(halves)))
    print("  sensitivity   windows found   false alarms   for each device and month")
    months = sum(s.days() for s in everything) / 30

    def line(name, alarms):
        found, false = found_and_false(everything, alarms)
        print("  %-12s  %6d of %d    %10d   %10.1f" % (name, found, windows, false, false / months))
        return found
    for sensitivity in ("low", "normal", "high"):
        found = line(sensitivity, [s.alarms[sensitivity] for s in everything])
        threshold = 12.0
        while threshold > 3:
            alarms = [sketch.alarms(s.sketch, threshold) for s in everything]
            if found_and_false(everything, alarms)[0] >= found:
                break
            threshold -= 0.02
        line(" sketch %.2f" % threshold, alarms)


if __name__ == "__main__":
    main()
