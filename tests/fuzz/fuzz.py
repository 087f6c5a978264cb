#!/usr/bin/python3
"""Runs one libFuzzer program over seeds that the project has already (rules of its sites and of its documents), within
a time and the memory that docs/internals.md states. Comes in: its name. Goes out: one line, or what it found.

    fuzz.py rules_fuzz [--seconds 60]

Called by `make fuzz` and by tests/run.py. What was found before is kept in build/fuzz/NAME.corpus."""
import argparse
import glob
import hashlib
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
# What the worst 1 MiB needs under ASan, and some room; docs/internals.md says how it was measured.
MEMORY_MIB = 1024
LENGTH_MOST = 16384
HANGS_AFTER_S = 60

TABLE = b"ccooler,high-limit\ndairy-1,5 \xc2\xb0C\nothers,41 \xc2\xb0F\n"
TEST = "t" + """rules "site.rules"

test "a warm cooler warns after 10 minutes"
  sensor coolers store 14 cooler dairy-1 as dairy
  08:00 to 08:04  dairy temperature 4 °C and defrost off every 1 minute
  08:05 to 08:40  temperature 6 °C to 9 °C every 1 minute
  08:06 to 08:08  brink off
  08:15           expect warning cooler-too-warm "6.0 °C"
  08:20           acknowledge cooler-too-warm on dairy
  08:30           send store/14/cooler/dairy-1/telemetry {"ts": 1773475920, "temp": null}
  08:41 to 08:50  temperature 4.4 °C every 1 minute
  08:43           expect cleared cooler-too-warm
  expect nothing
"""


def texts():
    """Rules that the project shows: whole files, and the blocks of its documents."""
    for path in sorted(glob.glob(os.path.join(TOP, "configs", "**", "*.rules"), recursive=True)):
        with open(path, encoding="utf8") as f:
            yield f.read()
    for path in sorted(glob.glob(os.path.join(TOP, "docs", "*.md"))):
        with open(path, encoding="utf8") as f:
            yield from re.findall(r"^```brink[\w-]*\n(.*?)^```", f.read(), re.M | re.S)


def write_seeds(folder):
    blocks = list(texts())
    seeds = [TABLE, TEST.encode()]
    seeds += [b"r" + block.encode() for block in blocks] + [b"i" + block.encode() for block in blocks]
    # Any two together: what a block needs is in another one.
    seeds += [b"r" + (a + "\n" + b).encode() for a in blocks[:4] for b in blocks[:24] if a != b]
    for seed in seeds:
        with open(os.path.join(folder, hashlib.sha1(seed).hexdigest()), "wb") as f:
            f.write(seed)
    words = {word for block in blocks + [TEST] for word in re.findall(r"[a-z]{2,20}|\d+ [°%a-z]\w*", block)}
    with open(folder + ".words", "w", encoding="utf8") as f:
        for word in sorted(words):
            escaped = "".join(c if " " <= c <= "~" else "".join(f"\\x{b:02x}" for b in c.encode()) for c in word)
            f.write(f'"{escaped} "\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    program = os.path.join(BUILD, "fuzz", asked.name)
    if not os.path.exists(program):
        print(f"{asked.name} was not built: it needs clang and libclang-rt-14-dev (third_party/packages.sh installs them)")
        return 1
    corpus = program + ".corpus"
    os.makedirs(corpus, exist_ok=True)
    words = []
    if asked.name == "rules_fuzz":
        write_seeds(corpus)
        words = [f"-dict={corpus}.words"]
    done = subprocess.run([program, f"-max_total_time={asked.seconds}", f"-rss_limit_mb={MEMORY_MIB}",
                           f"-max_len={LENGTH_MOST}", f"-timeout={HANGS_AFTER_S}", f"-artifact_prefix={program}.",
                           *words, corpus], capture_output=True, text=True, errors="replace")
    log = os.path.join(BUILD, "log", asked.name + ".log")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    with open(log, "w", encoding="utf8") as f:
        f.write(done.stdout + done.stderr)
    runs = re.search(r"Done (\d+) runs", done.stderr)
    if done.returncode or not runs:
        print("\n".join(done.stderr.splitlines()[-40:]))
        print(f"{asked.name} found something; the input is beside {os.path.relpath(program, TOP)}, all of it in {os.path.relpath(log, TOP)}")
        return 1
    print(f"  {asked.name}: {runs.group(1)} runs, nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
