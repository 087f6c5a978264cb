#!/usr/bin/env python3
"""How fast is `brink try`?

  bench/trying.py [DAYS]     DAYS (20) of the store's day, one after the other

Said for JSON lines and for the coolers' readings as a table, with the store's rules: megabytes, messages and readings for each second
of processor time. That its memory does not grow with the recording is a test (tests/integration/try_input_test.py).
"""
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BRINK = os.path.join(ROOT, "build", "brink")
STORE = os.path.join(ROOT, "configs", "store")
DAY_S = 86400


def write_days(folder, days):
    """Paths of the JSON lines and of the table of the coolers."""
    text = subprocess.run([os.path.join(STORE, "recorded", "make_day.py")], capture_output=True, text=True, check=True).stdout
    day = [json.loads(line) for line in text.splitlines()]
    lines, table = os.path.join(folder, f"{days}.jsonl"), os.path.join(folder, f"{days}.csv")
    with open(lines, "w", encoding="utf8") as jsonl, open(table, "w", encoding="utf8") as csv:
        csv.write("time,store,cooler,temperature,humidity,defrost\n")
        for number in range(days):
            for message in day:
                moved, payload = dict(message), message["payload"]
                at = message["time"] if isinstance(message["time"], (int, float)) else datetime.datetime.fromisoformat(message["time"].replace("Z", "+00:00")).timestamp()
                moved["time"] = at + number * DAY_S
                if isinstance(payload, dict) and "ts" in payload:
                    moved["payload"] = dict(payload, ts=payload["ts"] + number * DAY_S)
                jsonl.write(json.dumps(moved) + "\n")
                if "/cooler/" in message.get("topic", ""):
                    csv.write(f'{moved["time"]:.0f},14,{message["topic"].split("/")[3]},{payload["temp"]},{payload["rh"]},{payload["status"]["defrost"]}\n')
    return lines, table


def run(path):
    """Seconds of processor time, messages, readings."""
    with open(os.devnull, "w", encoding="utf8") as nowhere:
        process = subprocess.Popen([BRINK, "try", STORE, path], stdout=nowhere, stderr=subprocess.PIPE, text=True)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.stderr.close()
    if status != 0:
        sys.exit(said)
    messages, readings = re.search(r"(\d+) messages with (\d+) readings", said).groups()
    return usage.ru_utime + usage.ru_stime, int(messages), int(readings)


def main():
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        for name, path in zip(("JSON lines", "a table"), write_days(folder, days)):
            seconds, messages, readings = run(path)
            megabytes = os.path.getsize(path) / 1e6
            print(f"  brink try, {name}: {megabytes / seconds:.0f} MB/s, {messages / seconds / 1000:.0f} thousand messages/s, "
                  f"{readings / seconds / 1000:.0f} thousand readings/s")


if __name__ == "__main__":
    main()
