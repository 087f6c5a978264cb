"""The simple detector that `is unusual` has to beat, as a yardstick for bench/nab.py.

Three surprises, each -ln of the share of a decaying history of 32 bins (half octaves) that was at least as extreme: how far a
reading leaves the slowly shrinking envelope of all before (R), the smoothed rest against the mean of its hour of the day in mean
deviations of that hour (S), how far a fast mean strays from a slow one (M). Their sum is sqrt(R^2 + S^2 + (M/2)^2).
"""
import math

BINS = 32
KEPT = 1 - 1 / 5000
SHRINK = 0.00005


class Tail:
    def __init__(self):
        self.bins, self.all = [0.0] * BINS, 0.0

    def surprise(self, measure):
        place = int(math.floor(2 * math.log2(measure) + 16)) if measure > 1e-9 else 0
        place = min(BINS - 1, max(0, place))
        answer = -math.log((sum(self.bins[place:]) + 1) / (self.all + 1))
        self.bins = [count * KEPT for count in self.bins]
        self.bins[place] += 1
        self.all = self.all * KEPT + 1
        return max(0.0, answer)


def surprises(readings):
    """Of [(seconds since 1970, value)]: a surprise for each."""
    record, rest, level = Tail(), Tail(), Tail()
    high = low = fast = slow = readings[0][1]
    strays = smooth = 0.0
    mean, deviation, seen = [0.0] * 24, [0.0] * 24, [0] * 24
    answers = []
    for number, (at, value) in enumerate(readings, 1):
        beyond = max(value - high, low - value, 0)
        r = record.surprise(beyond / (high - low + 1e-9 * abs(value) + 1e-12))
        high = value if value > high else high - SHRINK * (high - slow)
        low = value if value < low else low + SHRINK * (slow - low)
        least = 1e-3 * (high - low) + 1e-12
        hour = at // 3600 % 24
        left = value - (mean[hour] if seen[hour] else slow)
        smooth += 0.2 * (left - smooth)
        s = rest.surprise(abs(smooth) / ((deviation[hour] if seen[hour] else abs(left)) + least))
        seen[hour] += 1
        rate = max(0.05, 1 / seen[hour])
        mean[hour] += rate * left
        deviation[hour] += rate * (abs(left) - deviation[hour])
        fast += 0.05 * (value - fast)
        m = level.surprise(abs(fast - slow) / (strays + least))
        rate = max(0.005, 1 / number)
        strays += rate * (abs(fast - slow) - strays)
        slow += rate * (value - slow)
        answers.append(math.sqrt((r * r if beyond > 0 else 0) + s * s + m * m / 4))
    return answers


def alarms(answers, threshold, quiet=100):
    """Rows that speak: above the threshold, and none of the `quiet` rows before did."""
    rows, last = [], -quiet
    for row, answer in enumerate(answers):
        if answer >= threshold and row - last >= quiet:
            rows.append(row)
            last = row
    return rows
