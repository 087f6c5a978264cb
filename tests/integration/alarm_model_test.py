"""Random days of one cooler, judged twice: by `brink try`, and by a model of the alarm's life that is written from docs/rules.md alone, without
queues, plans or shared code. Both must tell the same changes at the same milliseconds: holds, ends, off-delays, gaps, missing values, two severities,
and `except while` with settling time and `at most`."""
import datetime
import json
import random

import pytest

from tools_test import good

START_MS = 1773446400000
FRESH_MS = 180000  # three times `expect`
ENDS_BY_ITSELF_MS = 60000
SEVERITIES = {"warning": 2, "critical": 3}


class Line:
    """`SEVERITY when temperature above LIMIT for HOLD until below UNTIL for END`"""

    def __init__(self, severity, limit, hold_ms, until, end_ms):
        self.severity, self.limit, self.hold_ms, self.until, self.end_ms = severity, limit, hold_ms, until, end_ms
        self.state, self.since_ms = "off", 0

    def text(self, is_end_said):
        return (f"  {self.severity} when temperature above {self.limit} °C" + f" for {self.hold_ms // 1000} seconds" * (self.hold_ms > 0)
                + (f" until below {self.until} °C" if self.until else "") + f" for {self.end_ms // 1000} seconds" * is_end_said)

    def is_on(self):
        return self.state in ("on", "ending")

    def due_ms(self):
        return {"holding": self.since_ms + self.hold_ms, "ending": self.since_ms + self.end_ms}.get(self.state)

    def judge(self, now_ms, value, is_kept_quiet):
        """`value` is None when nobody knows it."""
        is_true = value is not None and value > self.limit
        is_over = value is not None and not is_true and (self.until is None or value < self.until)
        if self.state == "off" and is_true:
            self.state, self.since_ms = "holding", now_ms
        if self.state == "holding" and not is_true:
            self.state = "off"
        elif self.state == "holding" and not is_kept_quiet and now_ms >= self.since_ms + self.hold_ms:
            self.state = "on"
        elif self.state == "ending" and not is_over:
            self.state = "on"
        elif self.state == "on" and is_over:
            self.state, self.since_ms = "ending", now_ms
        if self.state == "ending" and now_ms >= self.since_ms + self.end_ms:
            self.state = "off"


class Quiet:
    """`except while defrost is on and for SETTLE after at most CAP`"""

    def __init__(self, settle_ms, cap_ms):
        self.settle_ms, self.cap_ms = settle_ms, cap_ms
        self.state, self.since_ms, self.left_ms = "idle", 0, 0

    def text(self):
        after = f" and for {self.settle_ms // 1000} seconds after" if self.settle_ms else ""
        return f"  except while defrost is on{after} at most {self.cap_ms // 1000} seconds"

    def is_active(self):
        return self.state in ("while", "after")

    def due_ms(self):
        cap_ms = self.since_ms + self.cap_ms
        return {"while": cap_ms, "after": min(cap_ms, self.left_ms + self.settle_ms)}.get(self.state)

    def defrost(self, is_on, now_ms):
        if is_on and self.state == "idle":
            self.state, self.since_ms = "while", now_ms
        elif is_on and self.state == "after":
            self.state = "while"
        elif not is_on and self.state == "while" and self.settle_ms:
            self.state, self.left_ms = "after", now_ms
        elif not is_on and self.state in ("while", "used up"):
            self.state = "idle"

    def look(self, now_ms):
        if self.is_active() and now_ms >= self.due_ms():
            self.state = "used up" if self.state == "while" else "idle"


class Model:
    def __init__(self, lines, quiet):
        self.lines, self.quiet = lines, quiet
        self.now_ms, self.value, self.taken_ms, self.severity = 0, None, None, 0
        self.was_quiet, self.quiet_since_ms, self.told = False, 0, []

    def dues(self):
        dues = [self.taken_ms + FRESH_MS + 1] if self.taken_ms is not None else []
        dues += [line.due_ms() for line in self.lines if line.state == "ending" or (line.state == "holding" and not self.was_quiet)]
        if self.quiet and self.quiet.is_active():
            dues.append(self.quiet.due_ms())
        return [due_ms for due_ms in dues if due_ms > self.now_ms]

    def message(self, at_ms, value, is_defrost):
        while min(self.dues(), default=at_ms) < at_ms:
            self.now_ms = min(self.dues())
            self.step()
        self.now_ms = at_ms
        if self.quiet:
            self.quiet.look(at_ms)
            self.quiet.defrost(is_defrost, at_ms)
        if value is not None:
            self.value, self.taken_ms = value, at_ms
        self.step()

    def look_at_quiet(self):
        """A hold pauses; after a line with a settling time it starts from zero."""
        self.quiet.look(self.now_ms)
        is_quiet = self.quiet.is_active()
        if is_quiet and not self.was_quiet:
            self.quiet_since_ms = self.now_ms
        for line in self.lines:
            if self.was_quiet and not is_quiet and line.state == "holding":
                counted_ms = 0 if self.quiet.settle_ms else max(0, self.quiet_since_ms - line.since_ms)
                line.since_ms = self.now_ms - counted_ms
        self.was_quiet = is_quiet

    def step(self):
        if self.quiet:
            self.look_at_quiet()
        value = self.value if self.taken_ms is not None and self.now_ms - self.taken_ms <= FRESH_MS else None
        were_on = [line.is_on() for line in self.lines]
        for line in self.lines:
            line.judge(self.now_ms, value, self.was_quiet)
        for line, was_on in zip(self.lines, were_on):
            for lesser in self.lines:  # is on at once when a worse one ends
                if was_on and not line.is_on() and lesser.state == "holding" and SEVERITIES[lesser.severity] < SEVERITIES[line.severity]:
                    lesser.state = "on"
        severity = max([SEVERITIES[line.severity] for line in self.lines if line.is_on()], default=0)
        if severity != self.severity:
            change = "raised" if self.severity == 0 else "cleared" if severity == 0 else "updated"
            self.told.append((self.now_ms, change, severity or self.severity))
            self.severity = severity


HEAD = """\
site "model"
  flood above 1000 alarms in 10 minutes
sensors coolers
  from mqtt c/{cooler}
  expect every 1 minute
  read temperature from t in °C
  read defrost from d as on or off
alarm warm on coolers
  limit 60 per minute
"""


def make(r, has_quiet):
    """A model and its rules."""
    until, clear_ms = r.choice([None, 4, 4.5]), r.choice([None, None, 45000, 150000])
    said_end_ms = r.choice([None, None, 90000]) if until else None

    def line(severity, limit, hold_ms, until, said_end_ms):
        by_itself_ms = clear_ms if clear_ms is not None else 0 if until else ENDS_BY_ITSELF_MS
        return Line(severity, limit, hold_ms, until, by_itself_ms if said_end_ms is None else said_end_ms), said_end_ms is not None

    hold_ms = r.choice([0, 60, 150, 300]) * 1000
    lines = [line("warning", 5, hold_ms, until, said_end_ms)]
    if r.random() < 0.3:
        lines.append(line("critical", 5, hold_ms + r.choice([120, 600]) * 1000, until, said_end_ms))
    elif r.random() < 0.5:
        lines.append(line("critical", 7, r.choice([0, 60]) * 1000, r.choice([None, 5.5, 6.5]), None))
    quiet = Quiet(r.choice([0, 120]) * 1000, r.choice([400, 500, 3600]) * 1000) if has_quiet else None
    rules = [each.text(is_end_said) for each, is_end_said in lines]
    rules += [f"  clear after {clear_ms // 1000} seconds"] if clear_ms is not None else []
    rules += [quiet.text()] if quiet else []
    return Model([each for each, _ in lines], quiet), HEAD + "\n".join(rules) + "\n"


def messages(r, has_gaps):
    at_ms, value, is_defrost = 0, 4.8, False
    for _ in range(r.randint(20, 200)):
        kind = r.random()
        at_ms += r.randint(40000, 80000) if kind < 0.85 else r.randint(80001, 179000) if kind < 0.93 or not has_gaps else r.randint(181000, 700000)
        value = min(max(value + r.choice([-1.3, -0.4, -0.1, 0.1, 0.4, 1.3]), 2), 9)
        is_defrost ^= r.random() < 0.12
        yield at_ms, None if r.random() < 0.06 else round(value, 1), is_defrost


def told_by_brink(folder, rules, recording):
    """What changes the severity, in the order in which it happened. `recording`: (milliseconds, message)."""
    (folder / "model.rules").write_text(rules, encoding="utf8")
    (folder / "day.jsonl").write_text("".join(json.dumps({"topic": "c/x", "time": (START_MS + at_ms) / 1000, "payload": payload}) + "\n"
                                              for at_ms, payload in recording), encoding="utf8")
    told = []
    for line in good("try", folder / "model.rules", folder / "day.jsonl").stdout.splitlines():
        payload = json.loads(line)["payload"]
        if payload["type"].split(".")[-1] in ("raised", "updated", "cleared"):
            at = datetime.datetime.fromisoformat(payload["time"].replace("Z", "+00:00")).timestamp()
            told.append((payload["sequence"], round(at * 1000) - START_MS, payload["data"]["change"], SEVERITIES[payload["data"]["severity"]]))
    told = [change for _, *change in sorted(told)]
    return [tuple(change) for change, before in zip(told, [[0, "cleared", 0]] + told)
            if change[1] != "updated" or change[2] != before[2]]  # else only a mark changed: suppressed, or no longer


@pytest.mark.parametrize("has_quiet", [False, True])
def test_a_hundred_random_days_are_told_as_the_reference_says(tmp_path, has_quiet):
    changes = 0
    for seed in range(100):
        r = random.Random(seed)
        model, rules = make(r, has_quiet)
        recording = []
        for at_ms, value, is_defrost in messages(r, not has_quiet):
            model.message(at_ms, value, is_defrost)
            recording.append((at_ms, {"d": "on" if is_defrost else "off"} | ({} if value is None else {"t": value})))
        assert told_by_brink(tmp_path, rules, recording) == model.told, f"seed {seed}:\n{rules}"
        changes += len(model.told)
    assert changes > 300


# ---- readings in a row, and what does not come -------------------------------------------------

def messages_with_gaps(r):
    """With missing and faulty values, and gaps of up to half an hour. The first has a value."""
    at_ms, value, recording = 0, 4.8, [(0, {"t": 4.8})]
    for _ in range(r.randint(20, 200)):
        kind, quality = r.random(), r.random()
        at_ms += r.randint(40000, 80000) if kind < 0.85 else r.randint(80001, 179000) if kind < 0.93 else r.randint(181000, 1900000)
        value = min(max(value + r.choice([-1.3, -0.4, -0.1, 0.1, 0.4, 1.3]), 2), 9)
        recording.append((at_ms, {"t": "n/a"} if quality < 0.05 else {"d": "on"} if quality < 0.1 else {"t": round(value, 1)}))
    return recording


def has_value(payload):
    return "t" in payload and payload["t"] != "n/a"


def in_a_row(recording, count):
    """`when temperature above 5 °C for COUNT readings until below 4 °C`"""
    told, row, newest_ms, is_on = [], 0, 0, False
    for at_ms, payload in recording:
        if not has_value(payload):
            continue
        row = 0 if at_ms - newest_ms > FRESH_MS else row
        newest_ms = at_ms
        row = row + 1 if payload["t"] > 5 else 0
        if is_on != (row >= count if not is_on else payload["t"] >= 4):
            is_on = not is_on
            told.append((at_ms, "raised" if is_on else "cleared", 2))
    return told


def absent(recording, is_heard, hold_ms):
    """`when silent for HOLD`, `when temperature is missing for HOLD`"""
    told, since_ms, is_on, ends_ms = [], None, False, None
    for at_ms, payload in recording:
        if since_ms is not None:
            if ends_ms is not None and ends_ms < at_ms:
                is_on = False
                told.append((ends_ms, "cleared", 2))
                ends_ms = None
            if not is_on and since_ms + hold_ms < at_ms:
                is_on = True
                told.append((since_ms + hold_ms, "raised", 2))
        if is_heard(payload):
            since_ms = at_ms
            ends_ms = at_ms + ENDS_BY_ITSELF_MS if is_on and ends_ms is None else ends_ms
    return told


@pytest.mark.parametrize("condition, model", [
    ("temperature above 5 °C for 2 readings until below 4 °C", lambda recording: in_a_row(recording, 2)),
    ("temperature above 5 °C for 5 readings until below 4 °C", lambda recording: in_a_row(recording, 5)),
    ("silent for 5 minutes", lambda recording: absent(recording, lambda payload: True, 300000)),
    ("temperature is missing for 7 minutes", lambda recording: absent(recording, has_value, 420000)),
])
def test_readings_in_a_row_and_absence_are_told_as_the_reference_says(tmp_path, condition, model):
    changes = 0
    for seed in range(30):
        recording = messages_with_gaps(random.Random(seed))
        expected = model(recording)
        assert told_by_brink(tmp_path, HEAD + f"  warning when {condition}\n", recording) == expected, f"seed {seed}"
        changes += len(expected)
    assert changes > 40
