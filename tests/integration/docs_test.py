"""What docs/rules.md, docs/first-hour.md, docs/install.md and README.md show is what the program does: every rule file and fragment
passes the check, every mistake gets exactly the answer that stands below it, every test of rules ends as the page says, every command
runs, every setting is accepted, and nothing is left out.

In rules.md a block is marked by its language: `brink` is a whole file, `brink-part` a fragment that is completed with the sensors of the
examples, `brink-mistake` a fragment whose answer is the next block, `brink-test` tests of the last whole file above, `brink-test-failing`
one whose output is the next block. In tables, what the first column shows is completed and checked, too. first-hour.md has a note of its own
below."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import qemu  # noqa: E402
from stage import BRINK, KERNEL, TOP, free_port, listens, wait_until  # noqa: E402

BLOCK_WORDS = ("include", "set", "hours", "sensors", "table", "defaults", "alarm", "report")


def read(path):
    with open(os.path.join(TOP, path), encoding="utf8") as f:
        return f.read()


class Block:
    """A fenced block: its language, its text, where it stands."""

    def __init__(self, path, line, language, text):
        self.where, self.language, self.text = f"{path}:{line}", language, text


def blocks(path):
    found, fence, begun = [], None, 0
    for number, line in enumerate(read(path).splitlines(), 1):
        if line.startswith("```") and fence is None:
            fence, begun, lines = line[3:].strip(), number, []
        elif line.startswith("```"):
            found.append(Block(path, begun, fence, "\n".join(lines) + "\n"))
            fence = None
        elif fence is not None:
            lines.append(line)
    assert fence is None, f"{path}:{begun}: this block has no end"
    return found


def tables(path):
    """(line, heading of the first column, cells) of each row."""
    heading, previous = None, ""
    for number, line in enumerate(read(path).splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else None
        if cells is None:
            heading = None
        elif re.match(r"\|\s*-", line):
            heading = previous
        elif heading is not None:
            yield number, heading, cells
        else:
            previous = cells[0]


def codes(text):
    return re.findall(r"`([^`]+)`", text)


RULES = blocks("docs/rules.md")
INSTALL = blocks("docs/install.md")
BASE = next(b.text for b in RULES if b.language == "brink" and "read setpoint" in b.text)


def complete(fragment):
    """A fragment as a whole file: blocks go behind the sensors of the examples, lines of an alarm into one."""
    word = next(line.split()[0] for line in fragment.splitlines() if line.strip() and not line.strip().startswith("#"))
    if word == "site":
        return fragment + "\n" + BASE
    if word == "defaults":
        return BASE.replace("\nalarm ", "\n" + fragment + "\nalarm ", 1)
    if word in BLOCK_WORDS:
        return BASE + "\n" + fragment
    return BASE + "\nalarm example on coolers\n" + "".join("  " + line + "\n" for line in fragment.splitlines())


def sensors_with(line):
    lines = ["sensors example"]
    word = line.split()[0]
    if word != "from":
        lines.append("  from mqtt store/{store}/cooler/{cooler}/telemetry")
    if word in ("valid", "ignore"):
        lines.append("  read temperature in °C")
    if word == "accept":
        lines.append("  read starts as number")
    lines.append("  " + line)
    if word != "read":
        lines.append("  read value as number")
    return "\n".join(lines) + "\n"


def report_with(line):
    lines = ["report example on coolers", "  " + line]
    if not line.startswith("every"):
        lines.append("  every 1 hour")
    if not line.startswith("send"):
        lines.append("  send average of temperature")
    return BASE + "\n" + "\n".join(lines) + "\n"


def alarm_with(line):
    return BASE + f"\nalarm example on coolers\n  {line}\n  critical when temperature above 5 °C until below 4 °C\n"


def begun(line):
    """A whole alarm below its shown first line."""
    if " like " in line:
        return f"{BASE}\n{line}\n"
    condition = "temperature above 5 °C" if " on " in line else "alarm cooler-silent is active"
    return f"{BASE}\n{line}\n  notice when {'every ' if ' by ' in line else ''}{condition}\n"


def condition_on(group):
    return lambda line: f"{BASE}\nalarm example on {group}\n  notice when {line}\n"


def whole(line):
    """Any line, by its first word."""
    word = line.split()[0]
    if word in ("format", "accept", "forget"):
        return sensors_with(line)
    if word in ("send", "every"):
        return report_with(line)
    return complete(line)


COMPLETED = {
    "in site": lambda line: f'site "Example"\n  {line}\n\n{BASE}',
    "in hours": lambda line: f"{BASE}\nhours example\n  {line}\n" + ("" if "day" in line else "  every day 08:00 to 09:00\n"),
    "in sensors": sensors_with,
    "in alarm": alarm_with,
    "in report": report_with,
    "begin": begun,
    "condition": condition_on("coolers"),
    "condition of the site": lambda line: f"{BASE}\nalarm example\n  notice when {line}\n",
    "condition on probes": condition_on("probes"),
    "summary": lambda word: report_with(f"send {word} of temperature"),
    "write": lambda line: alarm_with(f'say "Here: {line}"'),
    "line": whole,
}


def shown_lines():
    for number, heading, cells in tables("docs/rules.md"):
        shown = codes(cells[0]) if heading in COMPLETED else []
        for line in shown:
            if "…" not in line and line != "{warm}":
                yield pytest.param(COMPLETED[heading](line), id=f"line {number}: {line}")
        if heading == "kind":
            for unit in codes(cells[1]):
                yield pytest.param(sensors_with(f"read value in {unit}"), id=f"line {number}: {unit}")


def check(folder, text, name="store.rules"):
    path = os.path.join(folder, name)
    for other, contents in (("common.rules", "set margin-of-all to 1 °C\n"), ("coolers.csv", "cooler;warm (°C);cold (°C)\nmeat;4,5;0\n")):
        with open(os.path.join(folder, other), "w", encoding="utf8") as f:
            f.write(contents)
    with open(path, "w", encoding="utf8") as f:
        f.write(text)
    done = subprocess.run([BRINK, "check", name], cwd=folder, capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout + done.stderr


def named(found, *languages):
    return [pytest.param(b, id=b.where) for b in found if b.language in languages]


# ---- rules.md and README.md ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("block", named(RULES + blocks("README.md"), "brink", "brink-part"))
def test_every_shown_rule_file_is_accepted(block, tmp_path):
    text = block.text if block.language == "brink" else complete(block.text)
    status, output = check(tmp_path, text)
    assert status == 0, output
    assert "[R" not in output


@pytest.mark.parametrize("text", shown_lines())
def test_every_shown_line_is_accepted(text, tmp_path):
    status, output = check(tmp_path, text)
    assert status == 0 and "[R" not in output, text + "\n" + output


def test_every_word_of_the_language_stands_in_an_example():
    text = re.sub(r"^## The whole language.*?^## ", "## ", read("docs/rules.md"), flags=re.S | re.M)
    shown = " ".join(re.findall(r"```brink\S*\n(.*?)```", text, re.S))
    shown += " " + " ".join(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S)))
    words = subprocess.run([BRINK, "words"], capture_output=True, text=True, timeout=20).stdout
    listed = re.findall(r"^  (\S+)  (?!.*not used yet)", words, re.M)
    assert len(listed) > 120
    lacking = set(listed) - set(re.findall(r"[a-z][a-z-]*", shown.lower()))
    assert not lacking, lacking


def mistakes(path):
    found = blocks(path)
    for block, answer in zip(found, found[1:]):
        if block.language == "brink-mistake":
            yield pytest.param(block, answer, id=block.where)


@pytest.mark.parametrize("block, answer", mistakes("docs/rules.md"))
def test_every_shown_mistake_gets_exactly_that_answer(block, answer, tmp_path):
    status, output = check(tmp_path, complete(block.text))
    assert status != 0
    assert answer.text in output, output
    assert len(re.findall(r"\[R\d+\]", output)) == 1, output


def test_the_answer_in_the_readme_is_the_real_one(tmp_path):
    found = blocks("README.md")
    rules = next(b.text for b in found if b.language == "brink")
    answer = next(b.text for b in found if "[R162]" in b.text)
    wrong = re.search(r"^ +\d+ \|   (.*)$", answer, re.M).group(1)
    line = int(re.search(r"line (\d+)", answer).group(1))
    lines = rules.splitlines()
    lines[line - 1] = "  " + wrong
    status, output = check(tmp_path, "\n".join(lines) + "\n", "first.rules")
    assert status != 0 and answer in output, output


def test_the_rule_file_of_the_readme_is_the_one_in_configs():
    shown = next(b.text for b in blocks("README.md") if b.language == "brink")
    assert shown == read("configs/first.rules")


def test_the_check_that_the_readme_shows_runs():
    shown = re.search(r"`build/brink (check configs/first.rules)`", read("README.md")).group(1)
    done = subprocess.run([BRINK, *shown.split()], cwd=TOP, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and "\nNo mistakes.\n" in done.stdout, done.stdout


# ---- tests of rules -----------------------------------------------------------------------------------------------------

def blocks_with_rules(language):
    rules = None
    for block, answer in zip(RULES, RULES[1:] + [None]):
        rules = block.text if block.language == "brink" else rules
        if block.language == language:
            yield pytest.param(rules, block.text, answer, id=block.where)


def run_tests(folder, rules, text):
    name = re.search(r'^rules "(.*)\.rules"', text, re.M).group(1)
    (folder / f"{name}.rules").write_text(rules, encoding="utf8")
    (folder / f"{name}.test").write_text(text, encoding="utf8")
    done = subprocess.run([BRINK, "test", f"{name}.test"], cwd=folder, capture_output=True, text=True, timeout=20)
    return done.returncode, re.sub(r" \(in [^)]*\)", "", done.stdout) + done.stderr


@pytest.mark.parametrize("rules, text, answer", blocks_with_rules("brink-test"))
def test_every_shown_test_of_rules_passes(rules, text, answer, tmp_path):
    status, output = run_tests(tmp_path, rules, text)
    assert status == 0 and f"{text.count(chr(10) + 'test ')} passed" in output, output


@pytest.mark.parametrize("rules, text, answer", blocks_with_rules("brink-test-failing"))
def test_every_shown_failure_looks_like_that(rules, text, answer, tmp_path):
    status, output = run_tests(tmp_path, rules, text)
    assert status == 1 and answer.text in output, output


def lines_of_tests():
    for number, heading, cells in tables("docs/rules.md"):
        if heading == "in a test" and not cells[0].startswith("`sensor"):
            yield pytest.param(codes(cells[0])[0], id=f"line {number}: {codes(cells[0])[0]}")


@pytest.mark.parametrize("line", lines_of_tests())
def test_every_shown_line_of_a_test_is_read(line, tmp_path):
    """It may fail, but is no mistake."""
    rules = next(rules for rules, *_ in (param.values for param in blocks_with_rules("brink-test")) if "sensors coolers" in rules)
    text = f'rules "store.rules"\n\ntest "one line"\n  sensor coolers store 14 cooler dairy-1 as meat\n  {line}\n'
    if "expect nothing" not in line:
        text += "  expect nothing\n" if "expect " not in line else ""
    else:
        text = text.replace(f"  {line}\n", f"  08:00 meat temperature 4 °C\n  {line}\n")
    if line.startswith("on "):
        text += "  08:00 meat temperature 4 °C\n"
    text = re.sub(r"^(  08:00(?: to 08:10)?) temperature", r"\1 meat temperature", text, flags=re.M)
    _, output = run_tests(tmp_path, rules, text)
    assert "[R" not in output, text + output


# ---- playing ------------------------------------------------------------------------------------------------------------

def test_the_first_minute_raises_its_alarm(tmp_path):
    """The recorded reading that rules.md shows, sent each minute for a quarter of an hour, through `brink try`."""
    first = next(b.text for b in RULES if b.language == "brink")
    shown = json.loads(re.search(r'`(\{"topic".*\})`', read("docs/rules.md")).group(1))
    (tmp_path / "first.rules").write_text(first, encoding="utf8")
    with open(tmp_path / "readings.jsonl", "w", encoding="utf8") as f:
        for minute in range(16):
            f.write(json.dumps(dict(shown, time=f"2026-03-14T08:{minute:02}:00Z")) + "\n")
    done = subprocess.run([BRINK, "try", "first.rules", "readings.jsonl"], cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    bodies = [m.get("payload", m) for m in messages]
    raised = [b for b in bodies if b.get("type") == "brink.alert.raised" and "too-warm" in b["subject"]]
    assert raised and raised[0]["time"] == "2026-03-14T08:10:00.000Z"
    assert any(b.get("type") == "brink.report" for b in bodies)
    # The alert that install.md shows, shortened, has nothing that a real one lacks.
    example = next(json.loads(b.text) for b in INSTALL if '"specversion"' in b.text)
    assert set(example) <= set(raised[0]) and set(example["data"]) <= set(raised[0]["data"])


# ---- first-hour.md ------------------------------------------------------------------------------------------------------
# A block `brink NAME`, `brink-test NAME` or `csv NAME` is a file that the reader writes; `sh` holds commands, which are run one after the
# other in one folder; the block without a language behind them is what they print. `console` is for what a test can't do.

def test_the_first_hour_goes_as_it_says(tmp_path):
    found = blocks("docs/first-hour.md")
    environment = dict(os.environ, PATH=os.path.dirname(BRINK) + os.pathsep + os.environ["PATH"])
    ran = 0
    for block, answer in zip(found, found[1:] + [None]):
        words = block.language.split()
        if len(words) == 2:
            (tmp_path / words[1]).parent.mkdir(exist_ok=True)
            (tmp_path / words[1]).write_text(block.text, encoding="utf8")
        elif words == ["sh"]:
            if "brink image" in block.text:
                needs_image()
            done = subprocess.run(["bash", "-c", block.text], cwd=tmp_path, env=environment, capture_output=True, text=True,
                                  timeout=60)
            ran += 1
            said = re.sub(r"\(in [^)]*\)", "(in 1 ms)", done.stdout + done.stderr)
            shown = answer.text if answer is not None and answer.language == "" else ""
            assert shown.strip() in said, f"{block.where}: {block.text}{said}"
            assert done.returncode == (1 if "1 mistake" in shown or "1 failed" in shown else 0), f"{block.where}: {said}"
    assert ran >= 6


# ---- install.md ---------------------------------------------------------------------------------------------------------

SETTINGS = next(b.text for b in INSTALL if b.language == "json" and '"network"' in b.text)


@pytest.fixture
def site(tmp_path):
    """The folder of install.md: configs/store under the name that the page uses."""
    shutil.copytree(os.path.join(TOP, "configs", "store"), tmp_path / "store-14", ignore=shutil.ignore_patterns("tls"))
    return tmp_path


def brink(*arguments, cwd, status=0):
    done = subprocess.run([BRINK, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, f"brink {arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def keys_of(value, before=""):
    """"network.address" of each key of the example; those within lists and IPv6 count as part of theirs."""
    for key, inner in value.items():
        yield before + key
        if isinstance(inner, dict) and key != "ipv6":
            yield from keys_of(inner, before + key + ".")


def test_every_setting_of_the_example_is_accepted(site):
    brink("keys", "store-14", cwd=site)
    folder = site / "store-14"
    shutil.copy(folder / "tls" / "ca.pem", folder / "tls" / "building-ca.pem")
    (folder / "site.json").write_text(SETTINGS, encoding="utf8")
    output = brink("check", "store-14", cwd=site)
    assert "site.json" not in re.sub(r"warning.*", "", output), output


def test_every_setting_is_explained_and_shown():
    shown = set(keys_of(json.loads(SETTINGS)))
    explained = set()
    for _, heading, cells in tables("docs/install.md"):
        if heading == "key":
            explained.update(codes(cells[0]))
    brokers = {"url", "user", "password", "client_id", "keepalive_s", "ca", "certificate", "key", "server_name"}
    both = {f"{section}.{key}" for section in ("broker", "upstream") for key in brokers} | {"upstream.prefix"}
    groups = {"network", "time", "limits", "machine"}
    assert both <= shown
    assert shown - both - groups == explained - brokers - {"prefix"}
    known = set(re.findall(r'\.key = "(\w+)"', read("site/site.c")))
    written = {key.split(".")[-1] for key in shown} | {"name", "address", "gateway", "password"}
    assert known <= written, known - written


@pytest.mark.parametrize("key, text", [("memory_mib", "8"), ("connections", "64"), ("devices", "64")])
def test_the_defaults_of_the_page_are_the_real_ones(key, text):
    row = next(cells for _, heading, cells in tables("docs/install.md") if heading == "key" and key in cells[0])
    assert row[-1] == text
    assert re.search(rf"{key} = {text};", read("site/site.c"))


def commands(path):
    for block in blocks(path):
        if block.language in ("", "sh"):
            for line in block.text.replace("\\\n", " ").splitlines():
                if line.startswith("brink "):
                    yield block.where, shlex.split(line, comments=True)


def needs_image():
    if not os.path.exists(KERNEL):
        pytest.skip("build/brink-x86_64.elf is not built")


def run_shown(words, cwd):
    """One shown command; the kernel is named, and a machine is only described."""
    words = list(words)
    if words[1] == "watch":  # needs a broker: only its options are looked at
        known = brink("watch", "--help", cwd=cwd)
        assert all(word in known for word in words if word.startswith("--")), words
        return known
    if words[1] == "keys" and "--force" not in words and "--client" not in words:
        shutil.rmtree(cwd / words[2] / "tls", ignore_errors=True)
    if words[1] == "image":
        needs_image()
        words += ["--kernel", KERNEL] if "--kernel" not in words else []
    if words[1] == "run" and "--dry-run" not in words:
        words.append("--dry-run")
    return brink(*words[1:], cwd=cwd)


def test_every_shown_command_runs(site):
    shown = list(commands("docs/install.md"))
    assert {words[1] for _, words in shown} >= {"keys", "check", "image", "run", "watch"}
    for where, words in shown:
        try:
            run_shown(words, site)
        except AssertionError as problem:
            raise AssertionError(f"{where}: {problem}") from None


def machine_lines():
    for block in INSTALL:
        if block.text.startswith("qemu-system"):
            yield pytest.param(block.text, id=block.where)


def run_machine(words, site, until, what):
    """Runs QEMU until `until` is true of what its console said; gives what it said."""
    console = site / "console.log"
    with open(console, "wb") as out:
        process = subprocess.Popen(words, cwd=site, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: until(console.read_text(errors="replace")) or process.poll() is not None, 20,
                   f"{what}; the console is in {console}")
    finally:
        process.kill()
        process.wait()
    said = console.read_text(errors="replace")
    assert until(said), said
    return said


@pytest.mark.parametrize("text", machine_lines())
def test_the_image_boots_with_the_shown_command_line(text, site):
    needs_image()
    brink("keys", "store-14", cwd=site)
    brink("image", "store-14", "-o", "store-14.elf", "--kernel", KERNEL, cwd=site)
    if qemu.accelerator() == "tcg":
        text = text.replace("-accel kvm -cpu host", "-accel tcg -cpu max")
    text = text.replace("127.0.0.1:1883-", f"127.0.0.1:{free_port()}-").replace("127.0.0.1:5005-", f"127.0.0.1:{free_port()}-")
    said = run_machine(shlex.split(text.replace("\\\n", " ")), site, lambda said: "ready ms=" in said, "`ready`")
    # The lines of a good start, as the page shows them up to their first value.
    for shown in ("brink site=", "clock source=rtc utc=", "net address=", "ready ms="):
        assert "`" + shown in read("docs/install.md")
        assert re.search(r"^\d+\.\d{3} info " + shown, said, re.M), said


def test_a_broker_with_the_shown_settings_takes_the_site(site):
    """The appliance connects with its certificate and may publish below its own name; the broker's log says so."""
    needs_image()
    port = free_port()
    settings = site / "store-14" / "site.json"
    settings.write_text(settings.read_text(encoding="utf8").replace(":8883", f":{port}"), encoding="utf8")
    brink("keys", "store-14", cwd=site)
    brink("image", "store-14", "-o", "store-14.elf", "--kernel", KERNEL, cwd=site)
    shown = next(b.text for b in INSTALL if b.text.startswith("listener 8883"))
    tls = site / "store-14" / "tls"
    (tls / "brink.acl").write_text(next(b.text for b in INSTALL if b.text.startswith("pattern write")), encoding="utf8")
    (tls / "hq.conf").write_text(shown.replace("8883", f"{port} 127.0.0.1") + "user root\nlog_type all\n", encoding="utf8")
    log = site / "broker.log"
    with open(log, "wb") as out:
        broker = subprocess.Popen(["mosquitto", "-c", "hq.conf"], cwd=tls, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: listens(port), 10, f"the broker; see {log}")
        words = shlex.split(brink("run", "store-14.elf", "--listen", str(free_port()), "--udp", f"5005:{free_port()}", "--dry-run",
                                  cwd=site).replace("\\\n", " "))
        run_machine(words, site, lambda said: f"event=connected host=10.0.2.2 port={port} tls=yes" in said
                    and "'brink/v1/store-14/online'" in log.read_text(errors="replace"), f"`online`; see {log}")
        assert "Denied PUBLISH" not in log.read_text(errors="replace")
    finally:
        broker.terminate()
        broker.wait(10)


def test_every_problem_with_tls_has_a_row():
    rows = [re.sub(r"`", "", cells[0]) for _, heading, cells in tables("docs/install.md") if heading == "problem"]
    texts = re.findall(r"\[TLS_FAULT_\w+\]\s*=\s*\{\w+,\s*((?:\"[^\"]*\"\s*)+),", read("net/tls_trouble.c"))
    assert len(texts) > 15
    for text in texts:
        problem = re.sub(r"%\w", "…", "".join(re.findall(r'"([^"]*)"', text)))
        assert any(problem in row for row in rows), problem


def test_every_health_figure_has_a_row():
    explained = set()
    for _, heading, cells in tables("docs/install.md"):
        if heading == "figure":
            explained.update(codes(cells[0]))
    figures = set(re.findall(r'^\s+\{"(\w+)",', read("appliance/status.c"), re.M))
    figures |= set(re.findall(r'add_(?:number|suppressed|troubles)\(data, "(\w+)", .*health->', read("alerts/message_site.c")))
    assert len(figures) > 30
    assert figures == explained, figures ^ explained
