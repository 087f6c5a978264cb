"""The `brink` command, as people run it: help, exit codes, messages, and what each command makes."""
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import xml.etree.ElementTree
from xml.etree import ElementTree

import paho.mqtt.client as mqtt
import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from stage import BRINK, KERNEL, Mosquitto, TOP, Site, free_port, tls_lines, upstream  # noqa: E402

COMMANDS = ["check", "test", "try", "image", "run", "keys", "watch", "format", "diff", "explain", "words", "score"]
NOT_YET = ["load", "status", "why", "acknowledge", "shelve"]


def brink(*words, cwd=None, stdin=None, seconds=60, env=None):
    return subprocess.run([BRINK, *map(str, words)], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=seconds,
                          env={**os.environ, **(env or {})})


def good(*words, **more):
    done = brink(*words, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def refused(status, *words, says, **more):
    done = brink(*words, **more)
    assert done.returncode == status, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    return done


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site", upstream={"url": "mqtt://10.0.2.2:1883"})


# ---- help and mistakes on the command line ---------------------------------------------------------------------------

def test_help_names_every_command_that_works_and_no_other():
    listed = re.findall(r"^  brink (\w+)", good("--help").stdout, re.M)
    assert listed == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_exit_codes(command):
    text = good(command, "--help").stdout
    assert text.split()[:2] == ["brink", command] and " \n" not in text
    assert "Exit status: 0 good, 1 what was checked is wrong, 2 the command line is wrong" in text


@pytest.mark.parametrize("command", NOT_YET)
def test_what_is_not_there_yet_says_so(command):
    refused(2, command, "x", says=f"{command} is not there yet")


def test_mistakes_on_the_command_line_end_with_2():
    assert brink().returncode == 2
    refused(2, "chekc", says='did you mean "check"?')
    refused(2, "check", says="something is missing: brink check SITE_OR_RULES")
    refused(2, "check", "a", "b", says='"b" is one too many')
    refused(2, "image", "a", "--kernal", "x", says='did you mean "--kernel"?')
    refused(2, "image", "a", "-o", says="-o needs its FILE.elf")
    refused(2, "image", "a", says="where to?")
    refused(2, "run", "a", "--machine", "toaster", says="microvm, q35 or pc")
    refused(2, "run", "a", "--dry-run=yes", says="takes no value")
    refused(2, "watch", "mqtt://x", "--count", "many", says="whole number")


def test_the_version_is_told():
    assert re.fullmatch(r"brink \d+\.\d+\n", good("--version").stdout)


def test_files_that_are_not_there_end_with_3(tmp_path):
    refused(3, "check", tmp_path / "nowhere", says="No such file")
    refused(3, "try", tmp_path / "nowhere", "-", says="No such file")
    refused(3, "run", tmp_path / "nowhere.elf", says="No such file")
    refused(3, "check", tmp_path, says="site.json: No such file")


# ---- check -----------------------------------------------------------------------------------------------------------

def memory_of(site):
    """KiB by the name of the row; "total" is the sum of the others."""
    text = good("check", site.path).stdout
    assert re.search(r"^Memory for 64 devices:", text, re.M)
    rows = {name.strip(): float(size) for name, size in re.findall(r"^  (\w[\w ]+?) +([\d.]+) KiB", text, re.M)}
    assert abs(rows["total"] * 2 - sum(rows.values())) < 0.5
    return rows


def test_check_prints_the_memory_that_a_site_needs(site):
    assert memory_of(site).keys() == {"rules", "engine", "pipeline", "alerts", "messages that wait", "total"}


def test_check_prints_what_it_takes_to_learn_what_is_usual(site):
    before = memory_of(site)["total"]
    for number in (1, 2):
        with open(os.path.join(site.path, "test.rules"), "a", encoding="utf8") as f:
            f.write(f"\nalarm odd-{number} on coolers\n  notice when temperature is unusual\n  clear after 2 minutes\n")
        rows = memory_of(site)
        assert number * 64 <= rows["is unusual"] <= number * 70  # KiB of 64 devices
        assert rows["total"] - before > number * 64
    assert re.search(r"^    each of coolers +\d+ bytes, 2\d\d\d of them to learn what is usual$",
                     good("check", site.path).stdout, re.M)


def test_check_tells_mistakes_of_settings_and_rules_together(site):
    site.settings["listner"] = site.settings.pop("listener")
    site.write()
    with open(os.path.join(site.path, "test.rules"), "a", encoding="utf8") as f:
        f.write("\nalarm more on coolers\n  warning when temprature above 5 °C\n")
    done = refused(1, "check", site.path, says='did you mean "listener"?')
    assert re.search(r"^site\.json line \d+: ", done.stdout, re.M)
    assert "[R151]" in done.stdout and 'did you mean "temperature"?' in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("2 mistakes")


def test_warnings_alone_are_no_failure(site):
    del site.settings["upstream"]
    site.write()
    assert "warning: site.json: there is no \"upstream\"" in good("check", site.path).stdout


def test_sensors_that_nobody_can_bring_to_the_site_are_warned_of(site):
    assert "nobody brings" not in good("check", site.path).stdout
    listener = site.settings.pop("listener")
    site.write()
    assert 'nobody brings the messages of ' in good("check", site.path).stdout
    site.settings["broker"] = {"url": "mqtt://10.0.2.2:1883"}
    site.write()
    assert "nobody brings" not in good("check", site.path).stdout
    site.settings["listener"] = listener
    site.write()


def test_a_named_file_that_is_not_there_is_a_warning_until_an_image_needs_it(site):
    site.settings["upstream"] = upstream(8883)
    site.write()
    text = good("check", site.path).stdout
    missing = ["tls/ca.pem", "tls/site.pem", "tls/site.key"]
    assert re.findall(r"^warning: site\.json names (\S+), which is not there", text, re.M) == missing
    assert f"brink keys {site.path}" in text and "No mistakes" in text
    path = os.path.join(site.path, "site.elf")
    done = refused(1, "image", site.path, "-o", path, says="no image was made: 3 mistakes")
    assert re.findall(r"^site\.json names (\S+), which is not there", done.stderr, re.M) == missing
    refused(1, "run", site.path, "--dry-run", says="site.json names tls/ca.pem, which is not there")
    assert not os.path.exists(path)


def test_named_files_must_be_pem(site):
    site.settings["upstream"] = upstream(8883)
    site.write()
    site.keys()
    good("check", site.path)
    with open(os.path.join(site.path, "tls", "ca.pem"), "w", encoding="utf8") as f:
        f.write("hello\n")
    refused(1, "check", site.path, says="tls/ca.pem is not a certificate in PEM")


@pytest.fixture
def site_with_keys(site):
    site.settings["upstream"] = upstream(8883)
    site.write()
    site.keys()
    return site


def put(site, name, text):
    with open(os.path.join(site.path, "tls", name), "w", encoding="utf8") as f:
        f.write(text)


def test_a_certificate_for_another_name_is_a_warning(site_with_keys):
    assert "CN=" not in good("check", site_with_keys.path).stdout
    path = os.path.join(site_with_keys.path, "test.rules")
    with open(path, encoding="utf8") as f:
        text = f.read()
    with open(path, "w", encoding="utf8") as f:
        f.write(text.replace("  id test\n", "  id store-10\n"))
    says = "warning: tls/site.pem is for CN=test, but the site's name in topics is store-10: a broker that takes the CN as the user " \
           f"drops everything. Make new ones: brink keys {site_with_keys.path} --force"
    assert says in good("check", site_with_keys.path).stdout
    assert says in good("image", site_with_keys.path, "--bundle", os.path.join(site_with_keys.path, "x")).stderr
    good("keys", site_with_keys.path, "--force")  # what the warning advises
    assert "CN=" not in good("check", site_with_keys.path).stdout


@pytest.mark.parametrize("name, text, says", [
    ("ca.pem", "-----BEGIN EC PRIVATE KEY-----\n", "tls/ca.pem is not a certificate in PEM: it should have a line"),
    ("site.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "tls/site.pem is not a certificate in PEM: it is cut off"),
    ("site.key", "-----BEGIN CERTIFICATE-----\n", "tls/site.key is not a key in PEM: it should have a line"),
    ("site.key", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", "tls/site.key is not a key in PEM: it is cut off"),
    ("site.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "tls/site.key has a password"),
])
def test_certificates_and_keys_must_be_what_they_are_called(site_with_keys, name, text, says):
    put(site_with_keys, name, text)
    done = refused(1, "check", site_with_keys.path, says=says)
    assert "1 mistake" in done.stdout
    if "cut off" in says:
        good("check", site_with_keys.path, env={"PATH": "/nowhere"})  # without openssl only the kind is looked at
    else:
        refused(1, "check", site_with_keys.path, says=says, env={"PATH": "/nowhere"})


def test_the_key_must_be_that_of_the_certificate(site_with_keys):
    tls = os.path.join(site_with_keys.path, "tls")
    shutil.copy(f"{tls}/server.key", f"{tls}/site.key")
    refused(1, "check", site_with_keys.path, says="tls/site.key is not the key of tls/site.pem")


def test_a_rule_file_alone_can_be_checked(site):
    text = good("check", os.path.join(site.path, "test.rules")).stdout
    assert "\ntest.rules: 2 groups of sensors, 2 alarms" in text
    assert "Memory" not in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_rules_in_another_encoding_get_one_message(site, encoding):
    path = os.path.join(site.path, "test.rules")
    with open(path, encoding="utf8") as f:
        text = f.read()
    with open(path, "w", encoding=encoding) as f:
        f.write(text)
    done = refused(1, "check", site.path, says="test.rules is not UTF-8 text. Save it again with encoding UTF-8.")
    assert "1 mistake" in done.stdout and "[R" not in done.stdout
    with open(path, "w", encoding="utf-8-sig") as f:
        f.write(text)
    good("check", path)


def test_too_little_memory_is_a_warning_with_the_number_that_is_enough(site):
    site.settings["limits"]["devices"] = 10000
    site.settings["machine"]["memory_mib"] = 4
    site.write()
    text = good("check", site.path).stdout
    enough = int(re.search(r"set machine.memory_mib to (\d+)", text).group(1))
    site.settings["machine"]["memory_mib"] = enough
    site.write()
    assert "memory_mib" not in good("check", site.path).stdout


# ---- try -------------------------------------------------------------------------------------------------------------

READINGS = [
    {"topic": "t/a", "time": "2026-03-14T08:00:00Z", "payload": {"temp": 4.0}},
    {"topic": "t/a", "time": 1773475260, "payload": {"temp": 6.50}},
    {"udp": 5005, "time": "2026-03-14T08:02:00Z", "payload": {"id": "front", "open": True}},
    {"topic": "t/a", "time": "2026-03-14T08:03:00Z", "payload": "{\"temp\": 4.0}"},
    {"udp": 5005, "time": "2026-03-14T08:04:00Z", "payload": {"id": "front", "open": False}},
    {"topic": "t/a", "time": "2026-03-14T08:10:00Z", "payload": {"temp": 4.0}},
]


def lines(readings):
    return "".join(json.dumps(r) + "\n" for r in readings)


def tried(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def changes(messages):
    return [(m["payload"]["data"]["change"], m["payload"]["subject"], m["payload"]["time"][11:16])
            for m in messages if "/alert/" in m["topic"]]


def test_try_shows_what_would_go_upstream(site, tmp_path):
    (tmp_path / "day.jsonl").write_text(lines(READINGS), encoding="utf8")
    done = good("try", site.path, tmp_path / "day.jsonl")
    messages = tried(done)
    assert changes(messages) == [
        ("raised", "coolers/a/too-warm", "08:01"), ("raised", "doors/front/left-open", "08:02"),
        ("cleared", "coolers/a/too-warm", "08:03"), ("cleared", "doors/front/left-open", "08:05")]
    first = messages[0]
    assert first["topic"] == "brink/v1/test/alert/coolers/a/too-warm" and first["qos"] == 1 and not first["retained"]
    assert first["payload"]["data"]["message"] == "Cooler a is at 6.5 °C."
    assert [m["payload"]["sequence"] for m in messages] == [f"{n:012}" for n in range(1, 5)]
    assert "2 raised" in done.stderr


def test_try_expects_the_devices_that_a_table_names(site):
    with open(os.path.join(site.path, "test.rules"), "a", encoding="utf8") as f:
        f.write("\ntable limits for coolers\n  | cooler | warm |\n  | a | 5 °C |\n  | never | 5 °C |\n"
                "alarm gone on coolers\n  warning when silent for 8 minutes\n")
    done = good("try", site.path, "-", stdin=lines(READINGS))
    assert ("raised", "coolers/never/gone", "08:08") in changes(tried(done))
    assert ("raised", "coolers/a/gone", "08:08") not in changes(tried(done))
    assert " of 2 devices: " in done.stderr


def test_try_keeps_numbers_as_they_were_written(site):
    line = '{ "payload" : {"temp": 6.50, "payload": {"x": "}"}} , "time":1773475200,"topic":"t/a\\u0062" }\n'
    messages = tried(good("try", site.path, "-", stdin=line))
    assert messages[0]["payload"]["data"]["message"] == "Cooler ab is at 6.50 °C."


def test_try_gives_the_same_bytes_each_time(site):
    text = lines(READINGS)
    assert good("try", site.path, "-", stdin=text).stdout == good("try", site.path, "-", stdin=text).stdout


def test_try_needs_no_keys(site):
    site.settings["upstream"] = upstream(8883)
    site.write()
    done = good("try", site.path, "-", stdin=lines(READINGS))
    assert len(changes(tried(done))) == 4 and "tls/" not in done.stderr


def test_the_example_site_can_be_tried_in_a_fresh_clone(tmp_path):
    shutil.copytree(os.path.join(TOP, "configs", "store"), tmp_path / "store", ignore=shutil.ignore_patterns("tls"))
    day = subprocess.run([os.path.join(TOP, "configs", "store", "recorded", "make_day.py")], capture_output=True, text=True, timeout=60)
    done = good("try", tmp_path / "store", "-", stdin=day.stdout)
    assert any(change == "raised" for change, _, _ in changes(tried(done)))
    good("check", tmp_path / "store")


def test_try_streams(site):
    """The alert comes out before the input ends."""
    process = subprocess.Popen([BRINK, "try", site.path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    process.stdin.write(lines(READINGS[:2]))
    process.stdin.flush()
    assert "too-warm" in process.stdout.readline()
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()


def test_try_takes_any_bytes_as_hexadecimal_digits(site):
    readings = [dict(each) for each in READINGS]
    for each in readings:
        payload = each.pop("payload")
        each["payload_hex"] = (payload if isinstance(payload, str) else json.dumps(payload)).encode().hex()
    assert tried(good("try", site.path, "-", stdin=lines(readings))) == tried(good("try", site.path, "-", stdin=lines(READINGS)))


def test_try_shows_states_when_asked(site):
    messages = tried(good("try", site.path, "-", "--all", stdin=lines(READINGS)))
    states = [m for m in messages if "/state/" in m["topic"]]
    assert len(states) == 4 and all(m["retained"] for m in states)
    assert messages[0]["topic"].endswith("/online")


@pytest.mark.parametrize("line, says", [
    ("{hello", "not a JSON object"),
    ('{"topic": "t/a", "payload": 1}', 'it has no "time"'),
    ('{"topic": "t/a", "time": "yesterday", "payload": 1}', "seconds since 1970"),
    ('{"time": 1, "payload": 1}', 'either a "topic" or a "udp" port'),
    ('{"topic": "t/a", "udp": 1, "time": 1, "payload": 1}', 'either a "topic" or a "udp" port'),
    ('{"topic": "t/a", "time": 1}', 'it has no "payload"'),
    ('{"udp": 70000, "time": 1, "payload": 1}', "1 to 65535"),
    ('{"topic": "t/a", "time": 1, "payload_hex": "7b7"}', "hexadecimal digits"),
    ('{"topic": "t/a", "time": 1, "payload_hex": "7bxy"}', "hexadecimal digits"),
    ('{"topic": "t/a", "time": 1, "payload_hex": 7}', 'it has no "payload"'),
    ('{"topic": "t/a", "time": 1, "payload": 1} 5', "something stands behind"),
])
def test_a_line_that_cannot_be_used_is_named_and_the_rest_goes_on(site, line, says):
    done = refused(1, "try", site.path, "-", says=says, stdin=line + "\n" + lines(READINGS))
    assert "standard input line 1: " in done.stderr
    assert len(changes(tried(done))) == 4


def test_times_in_texts_are_of_the_sites_zone(site):
    path = os.path.join(site.path, "test.rules")
    with open(path, encoding="utf8") as f:
        text = f.read()
    with open(path, "w", encoding="utf8") as f:
        f.write(text.replace("  id test\n", "  id test\n  timezone Europe/London\n").replace("is at {temperature}.", "is at {temperature} at {time}."))
    summer = {"topic": "t/a", "time": "2026-07-14T08:00:00Z", "payload": {"temp": 6}}
    winter = dict(summer, time="2026-01-14T08:00:00Z")
    for reading, time in ((summer, "09:00 BST"), (winter, "08:00 GMT")):
        messages = tried(good("try", site.path, "-", stdin=lines([reading])))
        assert messages[0]["payload"]["data"]["message"] == f"Cooler a is at 6.0 °C at {time}."
    with open(path, "w", encoding="utf8") as f:
        f.write(text.replace("  id test\n", "  id test\n  timezone Europe/Londinium\n"))
    done = brink("check", site.path)
    assert done.returncode == 1 and 'the time zone "Europe/Londinium"' in done.stdout and "did you mean" in done.stdout


def test_try_counts_what_no_rule_asks_for(site):
    done = good("try", site.path, "-", stdin=lines([{"topic": "x/y/z", "time": 1, "payload": {}}]))
    assert "messages that no sensors line asks for: 1" in done.stderr
    assert "\n1 message with 0 readings of 0 devices: " in done.stderr


def test_try_names_what_was_never_found(site):
    done = good("try", site.path, "-", stdin=lines([
        {"topic": "t/a", "time": 30, "payload": {"tmp": 4}}, {"topic": "x/y/z", "time": 20, "payload": {}},
        {"udp": 5005, "time": 10, "payload": {"id": "front", "open": True}}]))
    assert '  temperature of coolers: never found (looked for "temp")\n' in done.stderr
    assert "open: never" not in done.stderr
    assert "    the first: x/y/z\n" in done.stderr
    assert "messages older than one before them (READINGS are in order of time): 2" in done.stderr
    assert "never found" not in good("try", site.path, "-", stdin=lines(READINGS)).stderr


def test_try_gives_lines_for_people_when_asked(site):
    text = good("try", site.path, "-", "--text", stdin=lines(READINGS)).stdout
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", text.splitlines()[0])
    assert text.splitlines()[1] == "08:01  CRITICAL   test  Cooler a is at 6.5 °C."
    assert len(text.splitlines()) == 5


def test_lines_for_people_are_in_local_time_below_their_day(site):
    path = os.path.join(site.path, "test.rules")
    with open(path, encoding="utf8") as f:
        text = f.read()
    with open(path, "w", encoding="utf8") as f:
        f.write(text.replace("  id test\n", "  id test\n  timezone Europe/Berlin\n"))
    readings = [{"topic": "t/a", "time": f"2026-07-14T{time}:00Z", "payload": {"temp": temp}}
                for time, temp in (("21:30", 6), ("21:31", 6), ("21:32", 6), ("22:15", 4), ("22:16", 4), ("22:20", 4))]
    text = good("try", site.path, "-", "--text", stdin=lines(readings)).stdout.splitlines()
    assert text[0] == "2026-07-14" and text[1].startswith("23:3") and "2026-07-15" in text
    assert text[text.index("2026-07-15") + 1].startswith("00:1")


COOLERS = """sensors coolers
  from mqtt store/{store}/cooler/{cooler}
  expect every 1 minute
  read temperature from values[0].temp in °C
  read defrost from status.defrost as on or off

sensors doors
  from udp port 5005
  name door from id
  read open from o as open or closed

alarm too-warm on coolers
  warning when temperature above 5 °C for 2 minutes until below 4.5 °C
  say "Cooler {cooler} is at {temperature}."
"""


@pytest.fixture
def coolers(tmp_path):
    path = tmp_path / "coolers.rules"
    path.write_text(COOLERS, encoding="utf8")
    return path


def warm_table(heading="time,store,cooler,temperature,defrost", row="{time},14,a,{value},off"):
    values = [4, 6, 6.5, 6.5, 6.5, 4, 4, 4]
    return heading + "\n" + "".join(row.format(time=f"2026-03-14T08:{minute:02}:00Z", value=value) + "\n"
                                    for minute, value in enumerate(values))


WARM = [("raised", "coolers/14.a/too-warm", "08:03"), ("cleared", "coolers/14.a/too-warm", "08:05")]


@pytest.mark.parametrize("heading, row", [
    ("time,store,cooler,temperature,defrost", "{time},14,a,{value},off"),
    ("Cooler;TEMPERATURE;Time;Store", "a;{value};{time};14"),
    ("time\ttopic\ttemperature", "{time}\tstore/14/cooler/a\t{value}"),
    ("time,group,store,cooler,temperature", "{time},coolers,14,a,{value}"),
    ("time,store,cooler,values[0].temp", "{time},14,\"a\",\"{value}\""),
])
def test_try_reads_tables(coolers, heading, row):
    done = good("try", coolers, "-", stdin=warm_table(heading, row))
    assert changes(tried(done)) == WARM
    assert "8 messages" in done.stderr


def test_a_table_may_have_decimal_commas_where_they_separate_nothing(coolers):
    table = warm_table("time;store;cooler;temperature", "{time};14;a;{value}").replace("6.5", "6,5")
    messages = tried(good("try", coolers, "-", stdin=table))
    assert messages[0]["payload"]["data"]["message"] == "Cooler a is at 6.5 °C."


def test_columns_that_no_rule_reads_are_named_and_left_out(coolers):
    done = good("try", coolers, "-", stdin=warm_table("time,store,cooler,temperature,colour", "{time},14,a,{value},blue"))
    assert 'no rule reads the columns "colour"' in done.stderr and changes(tried(done)) == WARM


@pytest.mark.parametrize("table, options, says", [
    ("cooler,temperature\na,4\n", [], "a column \"time\""),
    ("time,colour\n1,blue\n", [], "say which group with --group (there are: coolers, doors)"),
    ("time,temperature\n1,4\n", ["--group", "coolers"], "coolers need a column \"store\""),
    ("time,temperature\n1,4\n", ["--group", "freezers"], "no group of sensors \"freezers\" (there are: coolers, doors)"),
])
def test_a_table_that_cannot_be_used_says_what_to_do(coolers, table, options, says):
    refused(3, "try", coolers, "-", *options, stdin=table, says=says)


@pytest.mark.parametrize("row, says", [
    ("soon,14,a,6", "its time is none"),
    ("1773475200,14,a,6,5", "decimals have a point where commas separate cells"),
    ("1773475200,,a,6", "a named part of the device is empty"),
    ("1773475200,14,a/b,6", "can't be a part of a topic"),
    ("1773475200,14,\"a,6", "a quote mark is left open"),
])
def test_a_row_that_cannot_be_used_is_named_and_the_rest_goes_on(coolers, row, says):
    done = refused(1, "try", coolers, "-", stdin=f"time,store,cooler,temperature\n{row}\n1773475200,14,a,4\n", says=says)
    assert "standard input line 2: " in done.stderr and "1 message with" in done.stderr


def test_a_table_says_how_often_alarms_would_have_rung(coolers):
    done = good("try", coolers, "-", "--table", stdin=warm_table())
    assert re.search(r"^too-warm +1 +1\.0 +2 min +2 min  warning$", done.stdout, re.M)
    assert "14 a" in done.stdout and "It would have rung 1 time in 7 min." in done.stdout and "100 % warning" in done.stdout
    quiet = good("try", coolers, "-", "--table", stdin="time,store,cooler,temperature\n1773475200,14,a,4\n")
    assert "No alarm would have rung." in quiet.stdout


def test_other_rules_are_compared_over_the_same_readings(coolers, tmp_path):
    other = tmp_path / "other.rules"
    other.write_text(COOLERS.replace("for 2 minutes", "for 1 minute"), encoding="utf8")
    done = good("try", other, "-", "--compare", coolers, stdin=warm_table())
    assert "1 min earlier (08:02 instead of 08:03), longer: 3 min instead of 2 min." in done.stdout
    same = good("try", coolers, "-", "--compare", coolers, stdin=warm_table())
    assert "Both rules would have done the same: 1 alarm." in same.stdout
    other.write_text(COOLERS.replace("above 5 °C", "above 9 °C").replace("below 4.5", "below 8"), encoding="utf8")
    done = good("try", other, "-", "--compare", coolers, stdin=warm_table())
    assert "too-warm, 14 a: only with the old rules, for 2 min." in done.stdout


def test_only_the_end_of_a_recording_can_be_tried(coolers, tmp_path):
    (tmp_path / "day.csv").write_text(warm_table(), encoding="utf8")
    done = good("try", coolers, tmp_path / "day.csv", "--last", "3", "minutes")
    assert "3 messages with" in done.stderr and "before or after the time that was asked for: 5" in done.stderr
    done = good("try", coolers, tmp_path / "day.csv", "--from", "2026-03-14 08:01", "--to", "2026-03-14T08:04:00Z")
    assert "3 messages with" in done.stderr
    refused(2, "try", coolers, tmp_path / "day.csv", "--last", "soon", says="--last is a length of time")
    refused(3, "try", coolers, "-", "--last", "1h", stdin=warm_table(), says="write --from instead")


def test_a_plot_shows_readings_limits_and_alarms(coolers, tmp_path):
    done = good("try", coolers, "-", "--plot", tmp_path / "warm.svg", stdin=warm_table())
    picture = (tmp_path / "warm.svg").read_text(encoding="utf8")
    ElementTree.fromstring(picture)
    for text in ["14 a", "temperature, °C", "warning above 5 °C", "ends below 4.5 °C", "too-warm", "local time", "08:03"]:
        assert text in picture, text
    assert "shows 14 a" in done.stderr and done.stdout == ""
    refused(3, "try", coolers, "-", "--plot", tmp_path / "x.svg", "--device", "b", stdin=warm_table(), says='no device is called "b"')
    refused(3, "try", coolers, "-", "--plot", tmp_path / "x.svg", "--reading", "b", stdin=warm_table(), says='no reading "b"')


def test_a_plot_stays_small_and_loses_no_spike(coolers, tmp_path):
    rows = "".join(f"{1773475200 + i},14,a,{99 if i == 33333 else 4}\n" for i in range(50000))
    good("try", coolers, "-", "--plot", tmp_path / "long.svg", "--reading", "temperature",
         stdin="time,store,cooler,temperature\n" + rows)
    assert (tmp_path / "long.svg").stat().st_size < 100000
    assert ">80</text>" in (tmp_path / "long.svg").read_text(encoding="utf8")


def test_try_refuses_rules_with_mistakes(site):
    with open(os.path.join(site.path, "test.rules"), "a", encoding="utf8") as f:
        f.write("\nnonsense\n")
    assert refused(1, "try", site.path, "-", says="line", stdin=lines(READINGS)).stdout == ""


# ---- image and run ------------------------------------------------------------------------------------------------------

def needs_kernel():
    if not os.path.exists(KERNEL):
        pytest.skip("build/brink-x86_64.elf is not built")


def test_an_image_is_one_file_for_its_owner_alone(site):
    needs_kernel()
    path = os.path.join(site.path, "site.elf")
    text = good("image", site.path, "-o", path).stdout
    assert re.search(r"site\.elf: [\d.]+ KiB", text) and "test.rules" in text
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, "rb") as f:
        image = f.read()
    assert image[:4] == b"\x7fELF" and b"BRINKSIT" in image
    refused(3, "image", site.path, "-o", path + "2", "--kernel", path, says="site")  # sealed already


def test_check_says_that_it_reads_no_further_after_twenty_mistakes(tmp_path):
    said = "The rules are read no further after 20 mistakes: there may be more below."
    path = tmp_path / "many.rules"
    for count in (19, 25):
        path.write_text("".join(f"alarm a{i} on nothing{i}\n  warning when silent for 5 minutes\n" for i in range(count)))
        lines = refused(1, "check", path, says=f"\n{min(count, 20)} mistakes.\n").stdout.splitlines()
        assert (lines[-1] == said) == (count > 20)


def test_no_image_is_made_of_a_site_with_mistakes(site):
    site.settings["clock"] = "sundial"
    site.write()
    path = os.path.join(site.path, "site.elf")
    refused(1, "image", site.path, "-o", path, says="no image was made: 1 mistake")
    assert not os.path.exists(path)


def test_what_is_no_kernel_is_refused(site, tmp_path):
    (tmp_path / "kernel").write_bytes(b"\x7fELF" + bytes(200))
    refused(3, "image", site.path, "-o", tmp_path / "x.elf", "--kernel", tmp_path / "kernel", says="kernel: ")
    assert not os.path.exists(tmp_path / "x.elf")


def test_an_image_needs_a_site_not_a_rule_file(site, tmp_path):
    refused(2, "image", os.path.join(site.path, "test.rules"), "-o", tmp_path / "x.elf", says="is not a site")


def test_a_bundle_can_be_written_alone(site, tmp_path):
    good("image", site.path, "--bundle", tmp_path / "site.bundle")
    assert (tmp_path / "site.bundle").read_bytes()[:8] == b"BRINKSIT"


def test_an_image_into_a_folder_that_is_not_there_says_so(site, tmp_path):
    refused(3, "image", site.path, "--bundle", tmp_path / "no" / "x", says=f"there is no folder {tmp_path / 'no'}")


def command_line(*words, env=None):
    done = good("run", *words, "--dry-run", env={"BRINK_ACCEL": "tcg", **(env or {})})
    return done.stdout.replace("\\\n", "").split()


@pytest.fixture
def image(site):
    needs_kernel()
    return site.image()


def test_run_describes_the_machine(image):
    words = command_line(image, "--listen", "11883", "--udp", "5005:15005")
    assert words[0] == "qemu-system-x86_64"
    for pair in (["-M", "microvm,acpi=off"], ["-accel", "tcg"], ["-m", "8"], ["-kernel", image], ["-serial", "stdio"],
                 ["-device", "virtio-rng-device"], ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]):
        assert any(words[i:i + 2] == pair for i in range(len(words))), pair
    network = words[words.index("-netdev") + 1]
    assert "hostfwd=tcp:127.0.0.1:11883-10.0.2.15:1883" in network
    assert "hostfwd=udp:127.0.0.1:15005-10.0.2.15:5005" in network
    assert "-no-reboot" in words


def test_run_takes_other_machines(image):
    words = command_line(image, "--machine", "q35", "--memory", "32", "--disk", "disk.img")
    for text in ("q35", "32", "virtio-net-pci,netdev=net0", "virtio-rng-pci", "virtio-blk-pci,drive=disk0"):
        assert text in words


def test_run_refuses_too_little_memory_at_the_desk(image):
    refused(2, "run", image, "--dry-run", "--memory", "3", says="--memory is a whole number from 4")


def test_run_gives_the_site_the_network_of_its_address(site):
    needs_kernel()
    site.settings["network"] = {"address": "10.20.14.5/24", "gateway": "10.20.14.1", "dns": ["10.20.14.1"]}
    network = command_line(site.image())
    network = network[network.index("-netdev") + 1]
    assert "net=10.20.14.0/24,host=10.20.14.1,dns=10.20.14.3" in network
    assert "-10.20.14.5:1883" in network


def test_a_port_that_is_taken_becomes_another(site):
    needs_kernel()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        if port > 55535:
            pytest.skip("no room above that port")
        site.settings["listener"]["port"] = port
        words = " ".join(command_line(site.image()))
        assert f"hostfwd=tcp:127.0.0.1:{port + 10000}-10.0.2.15:{port}" in words


def test_run_wants_the_disk_that_a_site_needs(site):
    needs_kernel()
    site.settings["machine"]["disk"] = "required"
    refused(2, "run", site.image(), "--dry-run", says="--disk FILE")


def test_run_refuses_an_image_without_a_site():
    needs_kernel()
    refused(1, "run", KERNEL, "--dry-run", says="has no site in it")


def test_run_seals_a_folder_on_the_way(site):
    needs_kernel()
    assert any(w.startswith("/proc/self/fd/") for w in command_line(site.path))


# ---- keys ---------------------------------------------------------------------------------------------------------------

def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_keys_make_certificates_that_verify(site):
    good("keys", site.path, "--server", "hq.example.com,192.0.2.7")
    tls = os.path.join(site.path, "tls")
    openssl("verify", "-x509_strict", "-CAfile", f"{tls}/ca.pem", "-purpose", "sslserver", "-verify_hostname", "hq.example.com", f"{tls}/server.pem")
    openssl("verify", "-CAfile", f"{tls}/ca.pem", "-purpose", "sslserver", "-verify_ip", "192.0.2.7", f"{tls}/server.pem")
    openssl("verify", "-x509_strict", "-CAfile", f"{tls}/ca.pem", "-purpose", "sslclient", f"{tls}/site.pem")
    wrong = subprocess.run(["openssl", "verify", "-CAfile", f"{tls}/ca.pem", "-purpose", "sslserver", f"{tls}/site.pem"], capture_output=True, text=True)
    assert wrong.returncode != 0  # the site's certificate can't be a server's
    assert "CN = test" in openssl("req", "-in", f"{tls}/site.csr", "-noout", "-verify", "-subject")
    for name in ("site", "server"):
        assert openssl("pkey", "-in", f"{tls}/{name}.key", "-pubout") == openssl("x509", "-in", f"{tls}/{name}.pem", "-noout", "-pubkey")
        assert "prime256v1" in openssl("x509", "-in", f"{tls}/{name}.pem", "-noout", "-text")
    for name in os.listdir(tls):
        mode = stat.S_IMODE(os.stat(os.path.join(tls, name)).st_mode)
        assert mode == (0o600 if name.endswith(".key") else 0o644), name
    assert sorted(os.listdir(tls)) == ["ca.key", "ca.pem", "server.key", "server.pem", "site.csr", "site.key", "site.pem"]


def test_keys_never_overwrite_unless_forced(site):
    good("keys", site.path)
    path = os.path.join(site.path, "tls", "site.key")
    with open(path, encoding="utf8") as f:
        before = f.read()
    refused(1, "keys", site.path, says="not overwritten")
    with open(path, encoding="utf8") as f:
        assert f.read() == before
    good("keys", site.path, "--force")
    with open(path, encoding="utf8") as f:
        assert f.read() != before


def test_keys_makes_a_certificate_for_a_desk(site):
    refused(3, "keys", site.path, "--client", "desk", says="make it: brink keys")
    good("keys", site.path)
    tls = os.path.join(site.path, "tls")
    assert "CN=desk" in good("keys", site.path, "--client", "desk").stdout
    openssl("verify", "-x509_strict", "-CAfile", f"{tls}/ca.pem", "-purpose", "sslclient", f"{tls}/desk.pem")
    assert "CN = desk" in openssl("x509", "-in", f"{tls}/desk.pem", "-noout", "-subject")
    assert stat.S_IMODE(os.stat(f"{tls}/desk.key").st_mode) == 0o600
    refused(1, "keys", site.path, "--client", "desk", says="not overwritten")
    good("keys", site.path, "--client", "desk", "--force")
    openssl("verify", "-CAfile", f"{tls}/ca.pem", f"{tls}/site.pem")  # the authority stayed
    for name in ("site", "../x", "a/b", ""):
        assert brink("keys", site.path, "--client", name).returncode == 2
    assert "ca.pem is another one now" in good("keys", site.path, "--force").stdout


def test_keys_refuse_names_that_are_none(site):
    refused(3, "keys", site.path, "--server", "a b", says="is not a host name")
    refused(3, "keys", "nowhere", says="there is no folder nowhere; make it: mkdir nowhere", cwd=site.path)
    refused(3, "keys", site.path, says="no openssl program", env={"PATH": "/nowhere"})


# ---- watch --------------------------------------------------------------------------------------------------------------

class Headquarters:
    """A broker with a few retained messages in it, as an appliance would leave them."""

    def __init__(self, folder, messages, lines=()):
        self.broker = Mosquitto(str(folder), "headquarters", lines)
        self.messages = messages

    def fill(self, site=None):
        client = mqtt.Client(client_id="filler")
        if site:
            tls = os.path.join(site.path, "tls")
            client.tls_set(f"{tls}/ca.pem", f"{tls}/site.pem", f"{tls}/site.key")
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        for topic, body in self.messages:
            client.publish(topic, body if isinstance(body, str) else json.dumps(body), qos=1, retain=True).wait_for_publish(10)
        client.loop_stop()
        client.disconnect()


ALERT = ("brink/v1/s/alert/g/d/a", {"time": "2026-03-14T08:15:00.000Z", "data": {
    "change": "raised", "severity": "warning", "site": {"id": "s"}, "message": "Cooler d is at 6 °C.\u001b[31m\u0007"}})
REPORT = ("brink/v1/s/report/r/d", {"time": "2026-03-14T09:00:00.000Z", "data": {
    "site": {"id": "s"}, "report": "r", "device": "d", "readings": {"temperature": {"unit": "°C", "average": 5.25, "count": 5}}}})
STATE = ("brink/v1/s/state/g/d/a", ALERT[1])
ONLINE = ("brink/v1/s/online", {"online": True})


@pytest.fixture
def headquarters(tmp_path):
    it = Headquarters(tmp_path, [ALERT, REPORT, STATE, ONLINE])
    it.fill()
    yield it.broker
    it.broker.stop()


def test_watch_shows_a_line_for_each_alert(headquarters):
    done = good("watch", f"mqtt://127.0.0.1:{headquarters.port}", "--count", "3", "--seconds", "10")
    shown = sorted(done.stdout.splitlines())
    assert shown == sorted([
        "08:15  WARNING    s  Cooler d is at 6 °C.?[31m?",  # nothing that arrives commands the terminal
        "09:00  report     s  r d; temperature average 5.25 count 5 °C",
        "       link       s is connected"])


def test_watch_gives_the_messages_whole_when_asked(headquarters):
    done = good("watch", f"mqtt://127.0.0.1:{headquarters.port}", "--json", "--count", "4", "--seconds", "10")
    messages = {m["topic"]: m["payload"] for m in map(json.loads, done.stdout.splitlines())}
    assert messages == dict([ALERT, REPORT, STATE, ONLINE])


def test_watch_ends_after_its_seconds(headquarters):
    good("watch", f"mqtt://127.0.0.1:{headquarters.port}", "--site", "other", "--seconds", "1", seconds=10)


def test_watch_speaks_tls_with_a_client_certificate(site, tmp_path):
    site.keys()
    it = Headquarters(tmp_path, [ALERT], tls_lines(site.path))
    try:
        it.fill(site)
        tls = os.path.join(site.path, "tls")
        url = f"mqtts://127.0.0.1:{it.broker.port}"
        files = ["--ca", f"{tls}/ca.pem", "--certificate", f"{tls}/site.pem", "--key", f"{tls}/site.key"]
        assert "Cooler d" in good("watch", url, *files, "--count", "1", "--seconds", "10").stdout
        refused(3, "watch", url, says="needs --ca")
    finally:
        it.broker.stop()


def test_watch_says_what_is_wrong_with_the_url_or_the_link():
    refused(3, "watch", "http://x", says="not a web server")
    refused(3, "watch", f"mqtt://127.0.0.1:{free_port()}", says="refused", seconds=20)
    refused(2, "watch", "mqtts://x", "--key", "k", says="belong together")


def watch_fails(url, *options, says):
    done = refused(3, "watch", url, *options, "--seconds", "10", says=says, seconds=20)
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1, done.stderr


def test_watch_says_when_it_is_connected(headquarters):
    done = good("watch", f"mqtt://127.0.0.1:{headquarters.port}", "--count", "1", "--seconds", "10")
    assert done.stderr == f"brink: connected to 127.0.0.1:{headquarters.port}; waiting for messages\n"


def test_watch_says_what_is_wrong_with_tls(site, tmp_path):
    site.keys("--server", "localhost")
    other = Site(tmp_path / "other")
    other.keys()
    it = Headquarters(tmp_path, [], tls_lines(site.path))
    plain = Mosquitto(str(tmp_path), "plain")
    tls, wrong = os.path.join(site.path, "tls"), os.path.join(other.path, "tls")
    ca, mine = ["--ca", f"{tls}/ca.pem"], ["--certificate", f"{tls}/site.pem", "--key", f"{tls}/site.key"]
    try:
        watch_fails(f"mqtts://localhost:{it.broker.port}", *ca, says="client certificate")
        watch_fails(f"mqtts://localhost:{it.broker.port}", "--ca", f"{wrong}/ca.pem", *mine, says="not from the authority in --ca")
        watch_fails(f"mqtts://127.0.0.1:{it.broker.port}", *ca, *mine, says="is not for this name")
        watch_fails(f"mqtt://localhost:{it.broker.port}", says="write mqtts:// and --ca FILE")
        watch_fails("mqtt://nowhere.invalid", says="there is no such host")
        watch_fails(f"mqtts://localhost:{plain.port}", *ca, *mine, says="does not speak TLS")
    finally:
        it.broker.stop()
        plain.stop()


def test_watch_ends_with_3_when_nobody_ever_answers():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        refused(3, "watch", f"mqtt://127.0.0.1:{silent.getsockname()[1]}", "--seconds", "1", says="no answer in 1 second", seconds=10)


def test_watch_tells_a_break_once_and_connects_again(tmp_path):
    broker = Mosquitto(str(tmp_path), "hq")
    process = subprocess.Popen([BRINK, "watch", f"mqtt://127.0.0.1:{broker.port}", "--seconds", "30"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    try:
        assert "connected to" in process.stderr.readline()
        broker.stop()
        assert "the link broke" in process.stderr.readline()
        broker.start()
        assert process.stderr.readline() == "brink: connected again\n"
    finally:
        process.kill()
        process.wait(10)
        process.stderr.close()
        broker.stop()


# ---- brink test ------------------------------------------------------------------------------------------------------

TESTED_RULES = """sensors coolers
  from mqtt store/{store}/cooler/{cooler}/telemetry
  expect every 1 minute
  read temperature from temp in °C

alarm too-warm on coolers
  warning when temperature above 5 °C for 10 minutes until below 4.5 °C
  say "Cooler {cooler} is at {temperature}."
"""
GOOD_TEST = """
test "ten warm minutes are a warning"
  sensor coolers store 14 cooler dairy-1
  08:00 to 08:12  temperature 6 °C every 1 minute
  08:10           expect warning too-warm "6.0 °C"
"""
FAILING_TEST = GOOD_TEST.replace("08:10 ", "08:11 ").replace("ten warm", "eleven warm")


def write_tests(folder, *tests):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "store.test")
    for name, text in (("store.rules", TESTED_RULES), ("store.test", 'rules "store.rules"\n' + "".join(tests))):
        with open(os.path.join(folder, name), "w", encoding="utf8") as f:
            f.write(text)
    return path


def test_tests_that_pass_are_counted_in_one_line(tmp_path):
    done = good("test", write_tests(tmp_path, GOOD_TEST))
    assert re.fullmatch(r"1 passed, 0 failed \(in \d+ ms\)\n", done.stdout)


def test_a_test_that_fails_shows_what_was_expected_what_came_and_why(tmp_path):
    done = refused(1, "test", write_tests(tmp_path, GOOD_TEST, FAILING_TEST), says="1 passed, 1 failed")
    assert re.search(r'^store.test line \d+: "eleven warm minutes are a warning" failed\.$', done.stdout, re.M)
    assert re.search(r'08:11 +expected +warning too-warm .*\n +08:10 +came +warning too-warm +"Cooler dairy-1 is at 6.0 °C."', done.stdout)
    assert "Why: temperature was first above 5 °C at 08:00, so 10 minutes were over at 08:10." in done.stdout


def test_only_some_tests_are_run_by_part_of_their_name(tmp_path):
    path = write_tests(tmp_path, GOOD_TEST, FAILING_TEST)
    assert "1 passed, 0 failed" in good("test", path, "--only", "TEN WARM").stdout
    refused(1, "test", path, "--only", "nobody", says='no test has "nobody" in its name')


def test_tests_in_json_are_one_line_each_and_a_last_one(tmp_path):
    done = refused(1, "test", "--json", write_tests(tmp_path, GOOD_TEST, FAILING_TEST), says="passed")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("passed") for line in lines] == [True, False, 1]
    assert lines[1]["problems"][0]["why"].startswith("temperature was first above 5 °C at 08:00")


def test_tests_for_editors_are_one_line_for_each_failure_and_mistake(tmp_path):
    wrong = GOOD_TEST.replace("temperature", "temprature").replace("ten warm", "no such reading, ten")
    unexpected = GOOD_TEST.replace("expect warning", "expect waiting").replace('"6.0 °C"', "").replace("08:10 ", "08:05 ").replace("ten", "five")
    path = write_tests(tmp_path, GOOD_TEST, FAILING_TEST, wrong, unexpected)
    lines = refused(1, "test", "--lines", path, says="1 passed, 2 failed").stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{path}:15:19", "error R151"], [f"{path}:11:3", "error"], [f"{path}:18:1", "error"]], lines
    assert lines[0].endswith('did you mean "temperature"?')
    assert re.search(r'"eleven warm minutes are a warning": expected warning too-warm .* at 08:11; .* came at 08:10\. Why: ', lines[1])
    assert "and no line expects it" in lines[2]
    assert good("test", "--lines", write_tests(tmp_path, GOOD_TEST)).stdout == ""


def test_mistakes_in_the_rules_of_a_test_have_their_own_file_for_editors(tmp_path):
    path = write_tests(tmp_path, GOOD_TEST)
    rules = tmp_path / "store.rules"
    rules.write_text(TESTED_RULES.replace("above", "abvoe"), encoding="utf8")
    lines = refused(1, "test", "--lines", path, says="1 mistake").stdout.splitlines()
    assert lines[0].startswith(f"{rules}:7:28: error R"), lines


def test_a_mistake_in_a_test_fails_and_the_others_run(tmp_path):
    wrong = GOOD_TEST.replace("temperature", "temprature").replace("ten warm", "no such reading, ten")
    done = refused(1, "test", write_tests(tmp_path, GOOD_TEST, wrong), says='did you mean "temperature"?')
    assert "1 mistake in the tests" in done.stdout and "1 passed, 0 failed" in done.stdout


def test_rules_that_are_not_there_are_told(tmp_path):
    path = write_tests(tmp_path, GOOD_TEST)
    os.rename(tmp_path / "store.rules", tmp_path / "other.rules")
    refused(1, "test", path, says='The rules "store.rules" can\'t be used.  [R301]')


def test_a_folder_without_tests_is_no_success(tmp_path):
    refused(1, "test", tmp_path, says="there are no tests")


def test_no_image_is_made_of_a_site_whose_tests_fail(site, tmp_path):
    os.remove(os.path.join(site.path, "test.rules"))
    write_tests(site.path, FAILING_TEST)
    refused(1, "image", site.path, "-o", tmp_path / "site.elf", says="no image was made: 1 test of the rules failed")
    assert not os.path.exists(tmp_path / "site.elf")


def test_an_image_says_how_many_tests_passed(site, tmp_path):
    os.remove(os.path.join(site.path, "test.rules"))
    write_tests(site.path, GOOD_TEST)
    assert "1 test of the rules passed" in good("image", site.path, "-o", tmp_path / "site.elf").stdout


# ---- format, diff, explain, words, the editor ------------------------------------------------------------------------

UGLY = """SENSORS coolers
from mqtt a/{cooler}
  read temperature from temp in C
alarm warm on coolers
  say "Warm."
  # the limit
  warning when temperature above 5C for 10m
"""


def test_format_prints_writes_and_checks(tmp_path):
    path = tmp_path / "ugly.rules"
    path.write_text(UGLY, encoding="utf8")
    text = good("format", path).stdout
    assert "  # the limit\n  warning when temperature above 5 °C for 10 minutes\n  say" in text
    assert path.read_text(encoding="utf8") == UGLY
    refused(1, "format", "--check", path, says="is not in the layout")
    good("format", "--write", path)
    assert path.read_text(encoding="utf8") == text
    assert good("format", "--check", path).stdout == ""


def test_format_leaves_rules_with_mistakes_alone(tmp_path):
    path = tmp_path / "bad.rules"
    path.write_text(UGLY.replace("above", "abvoe"), encoding="utf8")
    refused(1, "format", "--write", path, says="has mistakes and stays as it is")
    assert "abvoe" in path.read_text(encoding="utf8")


@pytest.mark.parametrize("rules", ["configs/first.rules", "configs/store/store.rules", "tests/data/rules/farm.rules"])
def test_format_keeps_the_meaning_of_the_examples(rules, tmp_path):
    path = tmp_path / "laid.rules"
    path.write_text(good("format", os.path.join(TOP, rules)).stdout, encoding="utf8")
    assert good("diff", os.path.join(TOP, rules), path).stdout == ""
    assert good("format", path).stdout == path.read_text(encoding="utf8")


def test_diff_says_what_changed_and_that_something_did(coolers, tmp_path):
    other = tmp_path / "other.rules"
    other.write_text(COOLERS.replace("above 5 °C", "above 4.75 °C"), encoding="utf8")
    done = brink("diff", coolers, other)
    assert (done.returncode, done.stdout) == (1, "too-warm: warning limit 5 °C -> 4.75 °C.\n")
    other.write_text("x", encoding="utf8")
    refused(3, "diff", coolers, other, says="at the start of a block")


def test_explain_has_pages():
    assert "Right:" in good("explain", "R102").stdout
    assert good("explain", "[r102]").stdout == good("explain", "R102").stdout
    assert "R102  " in good("explain").stdout
    refused(2, "explain", "R999", says="there is no page for")


def test_words_are_all_on_one_page():
    page = good("words").stdout
    for word in ["critical", "until", "kinetic-mean", "sensors", "psi"]:
        assert re.search(rf"\b{word}\b", page)


def test_check_speaks_to_editors(tmp_path):
    path = tmp_path / "bad.rules"
    path.write_text(UGLY.replace("above", "abvoe"), encoding="utf8")
    done = brink("check", "--lines", path)
    assert done.returncode == 1
    with open(os.path.join(TOP, "tools", "editor", "package.json"), encoding="utf8") as package:
        pattern = json.load(package)["contributes"]["problemMatchers"][0]["pattern"]
    found = re.match(pattern["regexp"], done.stdout.splitlines()[0])
    assert [found[pattern[key]] for key in ("file", "line", "column", "severity", "code")] == [str(path), "7", "28", "error", "R162"]
    message = json.loads(brink("check", "--json", path).stdout)
    assert (message["line"], message["column"], message["width"], message["code"]) == (7, 28, 5, "R162")
    assert message["mark"] == 'did you mean "above"?'
    assert good("check", "--lines", os.path.join(TOP, "configs", "first.rules")).stdout == ""


def patterns_of(part):
    for key in ("match", "begin"):
        if key in part:
            yield re.compile(part[key])
    for inner in part.get("patterns", []):
        yield from patterns_of(inner)


def test_the_editor_colours_every_word_of_the_language():
    with open(os.path.join(TOP, "tools", "editor", "brink.tmLanguage.json"), encoding="utf8") as grammar:
        repository = json.load(grammar)["repository"]
    words = [p for name in ("block", "severity", "summary", "test", "keyword") for p in patterns_of(repository[name])]
    page = good("words").stdout.split("\nUnits")
    for word in re.findall(r"^  ([a-z-]+) ", page[0], re.M):
        assert any(p.search(word) and p.search(word)[0].strip() == word for p in words), word
    units = re.findall(r"\S+", page[1].split("\n\n")[0].split(")", 1)[1])
    number, = patterns_of(repository["number"])
    for unit in units:
        assert number.search(f"5 {unit}")[2] == unit, unit


# ---- score ---------------------------------------------------------------------------------------------------------


def scored(text, *options):
    return subprocess.run([BRINK, "score", *options], input=text, capture_output=True, text=True)


def a_day_every_five_minutes(days):
    """A quiet cooler: 3.0 to 5.0 and back, every hour."""
    return ["%d,%.1f" % (1773446400 + 300 * i, 4 + (i % 12 - 6) / 6) for i in range(288 * days)]


def test_score_says_how_unusual_each_reading_is_and_speaks_once_per_episode():
    lines = a_day_every_five_minutes(14)
    lines[4000:4006] = [line.split(",")[0] + ",9.5" for line in lines[4000:4006]]
    answer = scored("timestamp,value\n" + "\n".join(lines) + "\n")
    rows = [line.split(",") for line in answer.stdout.splitlines()]
    assert answer.returncode == 0 and rows[0] == ["timestamp", "value", "anomaly_score", "alarm"]
    assert len(rows) == len(lines) + 1
    assert [i for i, row in enumerate(rows[1:]) if row[3] == "1"] == [4000]
    assert all(float(row[2]) < 12.5 for row in rows[1:4000])


def test_score_draws_what_was_usual_and_where_it_spoke(tmp_path):
    lines = ["2026-03-%02dT%02d:%02d:00Z,%.1f" % (1 + i // 288, i // 12 % 24, i % 12 * 5, 4 + (i * 7 % 10) / 10 + (30 if i == 1500 else 0))
             for i in range(2000)]
    assert scored("\n".join(lines), "--plot", str(tmp_path / "a.svg")).stdout.count(",1\n") == 1
    drawn = xml.etree.ElementTree.parse(tmp_path / "a.svg")
    texts = [e.text for e in drawn.iter() if e.tag.endswith(("text", "title"))]
    assert "2000 readings, it spoke once" in texts
    assert any(text.startswith("2026-03-06T05:00:00") and "usual" in text for text in texts)
    scored("", "--plot", str(tmp_path / "none.svg"))
    assert "no readings" in (tmp_path / "none.svg").read_text()
    refused = scored("", "--plot", str(tmp_path / "no" / "folder.svg"))
    assert refused.returncode == 3 and "can't be written" in refused.stderr


def test_score_names_lines_that_it_cannot_read_and_goes_on():
    answer = scored("timestamp,value\n2026-03-14 00:00:00,4.0\n2026-03-14 00:05:00,warm\n2026-03-14T00:10:00Z,4.1\n")
    assert answer.returncode == 1 and "line 3" in answer.stderr
    assert len(answer.stdout.splitlines()) == 3


def test_score_refuses_a_sensitivity_that_there_is_not():
    answer = scored("", "--sensitivity", "extreme")
    assert answer.returncode == 2 and "low, normal or high" in answer.stderr
