#!/usr/bin/python3
"""Runs every test and says how it went, in a few lines: units, units under sanitizers, then whatever pytest finds
(images that must stop, the real appliance with real peers). The last line counts them: `123 passed, 0 failed`.

    run.py [WORD...]     only the parts whose name has one of the words: unit, asan, lint, fuzz, images, integration, or a file name
"""
import os
import re
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, "build")
LOGS = os.path.join(BUILD, "log")


def run(name, command, environment=None):
    """Runs one program with its whole output in a log. Returns (output, exit status, seconds, log)."""
    log = os.path.join(LOGS, "test-" + re.sub(r"[^\w.-]+", "-", name) + ".log")
    begun = time.monotonic()
    with open(log, "wb") as out:
        status = subprocess.call(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=TOP,
                                 env=dict(os.environ, **(environment or {})))
    with open(log, errors="replace") as f:
        return f.read(), status, time.monotonic() - begun, log


def unit_programs(variant):
    found = []
    for folder, _, files in os.walk(os.path.join(TOP, "tests", "unit")):
        for file in files:
            if file.endswith("_test.c"):
                place = os.path.relpath(os.path.join(folder, file), TOP)[:-2]
                found.append((place, os.path.join(BUILD, variant, place)))
    return sorted(found)


def units(variant):
    """All cmocka programs of a variant. A program that dies counts as one failure more."""
    passed = failed = 0
    begun = time.monotonic()
    for place, program in unit_programs(variant):
        output, status, _, log = run(f"{variant}-{place}", [program], {"ASAN_OPTIONS": "detect_leaks=1"})
        good = len(re.findall(r"^\[\s+OK \]", output, re.M))
        bad = len(re.findall(r"^\[\s+FAILED  \] (?!\d)", output, re.M)) and \
            max(int(n) for n in re.findall(r"^\[\s+FAILED  \] (\d+) test", output, re.M) or [1])
        if status and not bad:
            bad = 1
        passed, failed = passed + good, failed + bad
        if bad:
            print(f"    failed: {place} (exit {status}); see {os.path.relpath(log, TOP)}")
            for line in output.splitlines():
                if re.search(r"FAILED|ERROR|error:|runtime error|Sanitizer", line):
                    print("      " + line[:200])
    return passed, failed, time.monotonic() - begun


def pytest(place):
    output, status, took, log = run(place, ["/usr/bin/python3", "-m", "pytest", "-q", "-ra", "-p",
                                            "no:cacheprovider", place], {"PYTHONDONTWRITEBYTECODE": "1"})
    passed = sum(int(n) for n in re.findall(r"(\d+) passed", output.splitlines()[-1] if output else ""))
    failed = sum(int(n) for n in re.findall(r"(\d+) (?:failed|error)", output.splitlines()[-1] if output else ""))
    if status not in (0, 1, 5) or (status and not failed and status != 5):
        failed += 1
    if failed:
        print(f"    failed; the whole output is in {os.path.relpath(log, TOP)}")
        for line in output.splitlines():
            if line.startswith(("FAILED", "ERROR", "E  ")):
                print("      " + line[:240])
    return passed, failed, took


def lint():
    output, status, took, log = run("lint", ["tests/lint.sh"])
    if status:
        print("\n".join("      " + line[:200] for line in output.splitlines()[-25:]))
        print(f"    failed; the whole output is in {os.path.relpath(log, TOP)}")
    return int(status == 0), int(status != 0), took


FUZZED = (("rules_fuzz", 40), ("payload_fuzz", 20))


def fuzz():
    """Rules and payloads from any bytes, for a minute together. `make fuzz` is the longer one, over all ways in."""
    failed = took = 0
    for name, seconds in FUZZED:
        output, status, part, log = run(name, ["/usr/bin/python3", "tests/fuzz/fuzz.py", name, "--seconds", str(seconds)])
        failed, took = failed + int(status != 0), took + part
        if status:
            print("\n".join("      " + line[:200] for line in output.splitlines()[-25:]))
            print(f"    failed; the whole output is in {os.path.relpath(log, TOP)}")
    return len(FUZZED) - failed, failed, took


def parts():
    yield "unit", "units on the host", lambda: units("host")
    yield "asan", "units under ASan and UBSan", lambda: units("asan")
    yield "lint", "clang-tidy, cppcheck, clang-format", lint
    yield "fuzz", "any bytes as rules and as payloads, a minute under ASan and UBSan", fuzz
    for folder in ("images", "integration"):
        place = os.path.join(TOP, "tests", folder)
        for file in sorted(os.listdir(place)) if os.path.isdir(place) else []:
            if file.endswith("_test.py"):
                name = f"tests/{folder}/{file}"
                yield name, name, lambda name=name: pytest(name)


def main(words):
    os.makedirs(LOGS, exist_ok=True)
    passed = failed = 0
    for name, title, test in parts():
        if words and not any(word in name for word in words):
            continue
        print(f"  {title} ...", flush=True)
        good, bad, took = test()
        passed, failed = passed + good, failed + bad
        print(f"  {title}: {good} passed, {bad} failed ({took:.0f} s)", flush=True)
    if words and not passed + failed:
        print(f"no part is called {' or '.join(words)}: unit, asan, lint, fuzz, images, integration, or part of a file's name")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
