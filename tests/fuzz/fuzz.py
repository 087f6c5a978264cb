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


# For payload_fuzz: the first byte is the way in.
PAYLOADS = [
    b"\0" + b'{"ts": 1773475200, "n": 7, "temp": 4.5, "status": {"defrost": "on"}, "odd key": {"x": [1, "a\\u0075to"]}}',
    b"\1" + b"-4.25e1",
    b"\2" + b'{"id": "v-101", "samples": [{"ts": "2026-03-14T08:00:00Z", "lvl": 50}, 51]} {"id": "v-102", "lvl": null}',
    b"\3" + b'climate,room=Cold\\ room,x=1 temp=6.5,fan\\,\\ 1=t,n=3i,text="a\\"b" 1773475200000000000\n# comment\ncpu load=1e3\n',
    b"\4" + b'[{"bn":"urn:dev:ow:1:","bt":1773475200,"bv":20,"bver":10,"n":"temp","v":1.5},{"n":"hatch","t":-5,"vb":true},'
             b'{"n":"note","vs":"hi"},{"bn":"b\\/","n":"temp","t":1e3,"v":2,"u":"Cel"}]',
    b"\5" + bytes.fromhex("0880a4eb9dcf33" "121d0a0a4d6f746f722f4c6f61641880a4eb9dcf33200a69000000000000" "1a40"
                          "1206101120" "0b7001" "120f0a0672656d61726b" "200c" "7a03676f6f" "18ff01"),
    b"\5" + bytes.fromhex("0880a4eb9dcf33" "12250a0a4d6f746f722f4c6f6164" "200965cdcc8c40" "4a110a075175616c697479" "120608031880" "0304" "18ff01"),
    b"\6" + b'time,unit,fill,flag\r\n1773475200,a,50.5,on\n1773475201;"b;""c""";51;0\n1773475202\td\t\tx\n',
    b"\7" + b'  n/a {"half": ',
]


def texts():
    """Rules that the project shows: whole files, and the blocks of its documents."""
    for path in sorted(glob.glob(os.path.join(TOP, "configs", "**", "*.rules"), recursive=True)):
        with open(path, encoding="utf8") as f:
            yield f.read()
    for path in sorted(glob.glob(os.path.join(TOP, "docs", "*.md"))):
        with open(path, encoding="utf8") as f:
            yield from re.findall(r"^```brink[\w-]*\n(.*?)^```", f.read(), re.M | re.S)


def write_payloads(folder):
    for payload in PAYLOADS:
        with open(os.path.join(folder, hashlib.sha1(payload).hexdigest()), "wb") as f:
            f.write(payload)


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
    if asked.name == "payload_fuzz":
        write_payloads(corpus)
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
