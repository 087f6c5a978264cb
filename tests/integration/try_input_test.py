"""`brink try` reads recordings as people have them, says what it took them for, and counts at the end what it did not use."""
import json
import os
import resource
import signal
import subprocess

import pytest

from tools_test import BRINK, COOLERS, WARM, changes, coolers, good, refused, tried, warm_table  # noqa: F401 (coolers is a fixture)

HEADING = "time,store,cooler,temperature"
ROW = "{time},14,a,{value}"
LATER = "2026-03-14T09:00:00Z,14,a,4\n"


def tried_file(rules, tmp_path, data, *options):
    path = tmp_path / "readings"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return good("try", rules, path, *options)


def json_lines(times):
    values = [4, 6, 6.5, 6.5, 6.5, 4, 4, 4]
    return "".join(json.dumps({"topic": "store/14/cooler/a", "time": time, "payload": {"values": [{"temp": value}]}}) + "\n"
                   for time, value in zip(times, values))


@pytest.mark.parametrize("encode", [
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.encode("utf-16"),
    lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    lambda text: text.encode("utf-16-le"),
    lambda text: text.encode("utf-16-be"),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(),
    lambda text: text.replace("\n", "\n\n \t\n").encode(),
    lambda text: text.rstrip("\n").encode(),
    lambda text: ("# from the back room\n" + text + "  # the end\n").encode(),
])
@pytest.mark.parametrize("text", [warm_table(HEADING, ROW), json_lines([f"2026-03-14T08:0{i}:00Z" for i in range(8)])])
def test_any_encoding_line_end_and_comment_gives_the_same(coolers, tmp_path, encode, text):
    assert changes(tried(tried_file(coolers, tmp_path, encode(text)))) == WARM


def test_a_table_may_say_what_separates_its_cells(coolers, tmp_path):
    assert changes(tried(tried_file(coolers, tmp_path, "sep=|\r\n" + warm_table(HEADING, ROW).replace(",", "|")))) == WARM


def test_utf_16_and_latin_1_are_said(coolers, tmp_path):
    assert "  read as UTF-16\n" in tried_file(coolers, tmp_path, warm_table(HEADING, ROW).encode("utf-16")).stderr
    latin = (HEADING + ",note\n" + "2026-03-14T08:00:00Z,14,a,4,5 \u00b0C\n").encode("latin-1")
    assert "  lines that are no UTF-8, read as Latin-1: 1\n" in tried_file(coolers, tmp_path, latin).stderr


def test_comments_are_counted_as_lines(coolers, tmp_path):
    done = refused(1, "try", coolers, "-", stdin="# a\n\n" + HEADING + "\n# b\nsoon,14,a,4\n" + LATER, says="standard input line 5: ")
    assert "  lines of comment: 2\n" in done.stderr and "  lines that could not be used: 1\n" in done.stderr


@pytest.mark.parametrize("times", [
    [f"2026-03-14 08:0{i}" for i in range(8)],
    [f"2026-03-14 08:0{i}:00" for i in range(8)],
    [f"14.03.2026 8:0{i}" for i in range(8)],
    [f"2026-03-14T09:0{i}:00.000+0100" for i in range(8)],
    [1773475200 + 60 * i for i in range(8)],
    [str(1773475200 + 60 * i) for i in range(8)],
    [str(1773475200000 + 60000 * i) for i in range(8)],
])
def test_times_are_read_as_people_write_them(coolers, tmp_path, times):
    """The site's clock is UTC here."""
    assert changes(tried(tried_file(coolers, tmp_path, json_lines(times)))) == WARM
    rows = "".join(f"{time},14,a,{value}\n" for time, value in zip(times, [4, 6, 6.5, 6.5, 6.5, 4, 4, 4]))
    assert changes(tried(tried_file(coolers, tmp_path, HEADING + "\n" + rows))) == WARM


def test_times_without_a_zone_are_the_sites_in_json_too(coolers, tmp_path):
    coolers.write_text("site \"here\"\n  timezone Europe/Berlin\n" + COOLERS, encoding="utf8")
    times = [f"2026-03-14 09:0{i}" for i in range(8)]
    assert changes(tried(tried_file(coolers, tmp_path, json_lines(times)))) == WARM
    rows = "".join(f"2026-03-14 08:0{i},14,a,{value}\n" for i, value in enumerate([4, 6, 6.5, 6.5, 6.5, 4, 4, 4]))
    assert changes(tried(tried_file(coolers, tmp_path, "time (UTC),store,cooler,temperature\n" + rows))) == WARM


@pytest.mark.parametrize("time, says", [
    ("03/14/2026 08:15", "could begin with the day or with the month: write 2026-03-14 08:15"),
    ("2026-03-14 8:15 PM", "am or pm"),
    ("", "its time is empty"),
    ("2026-03-14", "a date without a time of day"),
])
def test_a_time_that_cannot_be_read_says_why(coolers, time, says):
    refused(1, "try", coolers, "-", stdin=f"{HEADING}\n{time},14,a,4\n{LATER}", says="standard input line 2: ")
    refused(1, "try", coolers, "-", stdin=f"{HEADING}\n{time},14,a,4\n{LATER}", says=says)
    refused(1, "try", coolers, "-", stdin=json_lines([time]), says=says)


@pytest.mark.parametrize("heading", ["Timestamp,store,cooler,temperature", "date/time,store,cooler,temperature", "ts,store,cooler,temperature"])
def test_the_time_may_be_called_as_loggers_call_it(coolers, heading):
    assert changes(tried(good("try", coolers, "-", stdin=warm_table(heading, ROW)))) == WARM


def test_a_date_and_a_time_may_stand_in_two_columns(coolers):
    table = warm_table("Date;Time;store;cooler;temperature", "{time};14;a;{value}").replace("T08", ";08").replace(":00Z", "")
    assert changes(tried(good("try", coolers, "-", stdin=table))) == WARM


@pytest.mark.parametrize("table, says", [
    (",store,cooler,temperature\n1773475200,14,a,4\n", "one has no name at all: write time above it"),
    ("1773475200,14,a,4\n", "the first line is a row already: write a heading above it"),
    ("cooler,temperature\na,4\n", '(it has "cooler", "temperature")'),
    ("\x1f\x8b\x08", "it is compressed: zcat FILE"),
    ("PK\x03\x04", "save it as CSV"),
])
def test_a_file_that_cannot_be_read_says_what_to_do(coolers, tmp_path, table, says):
    path = tmp_path / "readings"
    path.write_bytes(table.encode("latin-1"))
    refused(3, "try", coolers, path, says=says)


@pytest.mark.parametrize("line, says", [
    ('[{"topic": "t/a", "time": 1, "payload": 1}]', "it is a list"),
    ("{", "not a JSON object on one line: jq -c"),
    ('{"topic": "t/a", "time": 1, "payload": "\x00"}', "bytes of zero"),
])
def test_json_that_is_not_one_object_a_line_says_what_to_do(coolers, line, says):
    done = refused(1, "try", coolers, "-", stdin=json_lines([1]) + line + "\n", says=says)
    assert "standard input line 2: " in done.stderr


def test_what_stands_there_twice_is_counted_and_judged(coolers, tmp_path):
    table = warm_table(HEADING, ROW)
    row = table.splitlines()[2] + "\n"
    done = tried_file(coolers, tmp_path, table.replace(row, row + row))
    assert "  lines that stood there before, judged again: 1\n" in done.stderr and "9 messages" in done.stderr
    done = tried_file(coolers, tmp_path, table + HEADING + "\n" + LATER)
    assert "  lines that repeat the heading: 1\n" in done.stderr and "could not be used" not in done.stderr


def test_rows_that_are_cut_off_are_counted(coolers):
    done = good("try", coolers, "-", stdin=HEADING + ",defrost\n2026-03-14T08:00:00Z,14,a,4\n")
    assert "  rows with fewer cells than the heading, the others taken as empty: 1\n" in done.stderr


def test_a_table_of_one_device_below_the_other_is_put_in_order(coolers, tmp_path):
    def rows(cooler):
        return warm_table(HEADING, "{time},14," + cooler + ",{value}").split("\n", 1)[1]
    both = HEADING + "\n# first a\n" + rows("a") + "soon,14,b,4\n" + rows("b")
    merged = HEADING + "\n" + "".join(a + "\n" + b + "\n" for a, b in zip(rows("a").splitlines(), rows("b").splitlines()))
    for encoding in ("utf-8", "utf-16"):
        path = tmp_path / "both.csv"
        path.write_bytes(both.encode(encoding))
        done = refused(1, "try", coolers, path, says="both.csv line 11: its time is none")
        assert done.stdout == good("try", coolers, "-", stdin=merged).stdout and done.stdout
        assert "  rows that stood behind later ones, put in order of time: 7\n" in done.stderr
        assert "  lines of comment: 1\n" in done.stderr and "older than" not in done.stderr
    done = refused(1, "try", coolers, path, "--last", "3 minutes", "--plot", tmp_path / "a.svg", says="line 11")
    assert "6 messages with" in done.stderr and os.path.exists(tmp_path / "a.svg")


def test_a_stream_that_is_not_in_order_is_told(coolers):
    lines = warm_table(HEADING, ROW).splitlines()
    done = good("try", coolers, "-", stdin="\n".join([lines[0], *reversed(lines[1:])]))
    assert "  messages older than one before them (READINGS are in order of time): 7\n" in done.stderr


VALUES = [4, 6, 6.5, 6.5, 6.5, 4, 4, 4]
BOTH = WARM + [("raised", "coolers/14.b/too-warm", "08:03"), ("cleared", "coolers/14.b/too-warm", "08:05")]


def minutes(row):
    return "".join(row.format(time=f"2026-03-14T08:0{i}:00Z", value=value) + "\n" for i, value in enumerate(VALUES))


@pytest.mark.parametrize("heading, row, options", [
    ("time,14/a temperature,14/b temperature", "{time},{value},{value}", []),
    ("time,temperature 14/a,temperature: 14/b", "{time},{value},{value}", []),
    ("time,14/a.temperature,14/b_temperature", "{time},{value},{value}", []),
    ("time,store,a temperature (°C),b temperature (°C),a defrost", "{time},14,{value},{value},off", []),
    ("time;14/a;14/b", "{time};{value};{value}", ["--reading", "temperature"]),
    ("time,14/a,14/b", "{time},{value},{value}", ["--group", "coolers", "--reading", "temperature"]),
])
def test_a_table_may_have_a_column_for_each_device(coolers, heading, row, options):
    done = good("try", coolers, "-", *options, stdin=heading + "\n" + minutes(row))
    assert sorted(changes(tried(done))) == sorted(BOTH)
    assert "standard input: a table with columns for 2 devices of coolers" in done.stderr
    assert "16 messages" in done.stderr


def test_a_device_that_did_not_report_has_no_message(coolers):
    done = good("try", coolers, "-", stdin="time,14/a temperature,14/b temperature\n" + minutes("{time},{value},") + LATER.split(",", 1)[0] + ",,4\n")
    assert "9 messages with 9 readings of 2 devices" in done.stderr
    assert "  cells without a value: 9\n" in done.stderr


def test_a_column_of_a_device_needs_what_it_holds(coolers):
    refused(3, "try", coolers, "-", stdin="time,14/a,14/b\n1,4,4\n", says="with --reading what the columns hold if each is a device")
    refused(3, "try", coolers, "-", "--group", "coolers", stdin="time,14/a,14/b\n1,4,4\n", says="or a column for each device: --reading says")


@pytest.mark.parametrize("heading, row", [
    ("time,store,cooler,reading,value", "{time},14,a,temperature,{value}\n{time},14,a,defrost,off"),
    ("time,topic,variable,value", "{time},store/14/cooler/a,Temperature,{value}\n{time},store/14/cooler/a,values[0].temp,{value}"),
])
def test_a_table_may_have_a_row_for_each_reading(coolers, heading, row):
    done = good("try", coolers, "-", stdin=heading + "\n" + minutes(row))
    assert changes(tried(done)) == WARM and "16 messages" in done.stderr


def test_rows_of_readings_that_no_rule_reads_are_counted(coolers):
    done = good("try", coolers, "-", stdin="time,store,cooler,reading,value\n" + minutes("{time},14,a,temperature,{value}\n{time},14,a,smell,3"))
    assert changes(tried(done)) == WARM
    assert "  rows of readings that no rule reads: 8\n    the first: smell\n" in done.stderr


@pytest.mark.parametrize("heading", ["time,store,cooler,temperature (°C)", "Time,Store,Cooler,Temperature [°C]", "time,store,cooler,temperature °C"])
def test_units_may_stand_in_the_heading(coolers, heading):
    assert changes(tried(good("try", coolers, "-", stdin=warm_table(heading, ROW)))) == WARM


def test_a_heading_in_another_unit_is_refused(coolers):
    refused(3, "try", coolers, "-", stdin=warm_table("time,store,cooler,temperature (°F)", ROW),
            says='the column "temperature (°F)" is in °F, and the rules read temperature in °C')
    coolers.write_text(COOLERS.replace("in °C", "in °C scaled by 0.1"), encoding="utf8")
    good("try", coolers, "-", stdin=warm_table("time,store,cooler,temperature (°F)", ROW))


@pytest.mark.parametrize("cell", ["6.5 °C", "6.5°C", '"6,5"', '"6,50"', " 6.5 "])
def test_a_cell_may_have_its_unit_and_a_decimal_comma_in_quote_marks(coolers, cell):
    done = good("try", coolers, "-", stdin=warm_table(HEADING, ROW).replace(",6.5", "," + cell))
    assert changes(tried(done)) == WARM and "no number" not in done.stderr


@pytest.mark.parametrize("cell", ["NaN", "n/a", "", "-", "NULL", "#N/A"])
def test_words_for_no_value_are_none(coolers, cell):
    done = good("try", coolers, "-", stdin=HEADING + f"\n2026-03-14T08:00:00Z,14,a,{cell}\n" + LATER)
    assert "  cells without a value: 1\n" in done.stderr and "no number" not in done.stderr


@pytest.mark.parametrize("cell, shown", [("6.5 °F", "6.5 °F"), ("warm", "warm"), ('"1,234"', "1,234"), ("6.5.1", "6.5.1"), ("4 5", "4 5")])
def test_a_cell_that_is_no_number_is_named_and_faulty(coolers, cell, shown):
    done = good("try", coolers, "-", stdin=HEADING + f"\n{LATER}2026-03-14T09:01:00Z,14,a,{cell}\n")
    assert f'  cells that are no number: 1\n    the first: line 3, temperature "{shown}"\n' in done.stderr
    assert "  faulty readings: 1\n" in done.stderr


def within(mebibytes):
    """For a process that may have no more memory than that."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))
    return limit


def test_a_recording_may_be_larger_than_the_memory(coolers, tmp_path):
    path = tmp_path / "long.csv"
    with open(path, "w", encoding="utf8") as out:
        out.write(HEADING + "\n")
        for begin in range(1773475200, 1773475200 + 100000, 5000):
            out.write("".join(f"{begin + i // 20},14,{i % 20},{4 + i % 10 / 10}\n" for i in range(100000)))
    assert path.stat().st_size > 32 << 20
    with open(path, "rb") as stdin:
        done = subprocess.run([BRINK, "try", coolers, "-", "--table"], stdin=stdin, capture_output=True, text=True, timeout=300, preexec_fn=within(32))
    assert done.returncode == 0 and "2000000 messages" in done.stderr, done.stderr


def test_a_table_that_is_not_in_order_and_larger_than_the_memory_says_so(coolers, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(HEADING + "\n" + "".join(f"{1773475200 - i},14,a,4\n" for i in range(1500000)), encoding="utf8")
    done = subprocess.run([BRINK, "try", coolers, path], capture_output=True, text=True, timeout=300, preexec_fn=within(32))
    assert done.returncode == 3 and "not enough memory to put 1500000 rows in order of time: sort them first" in done.stderr


def test_the_bar_is_for_terminals_only(coolers, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(HEADING + "\n" + "".join(f"{1773475200 + i},14,a,4\n" for i in range(200000)), encoding="utf8")
    assert "\r" not in good("try", coolers, path).stderr


def test_a_reader_that_has_enough_ends_it_quietly(coolers, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(HEADING + "\n" + "".join(f"{1773475200 + 60 * i},14,a,{4 + i // 10 % 2 * 2}\n" for i in range(100000)), encoding="utf8")
    for ignore in (signal.SIG_DFL, signal.SIG_IGN):  # some callers leave it ignored
        process = subprocess.Popen([BRINK, "try", coolers, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=lambda how=ignore: signal.signal(signal.SIGPIPE, how), restore_signals=False)
        assert "too-warm" in process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) == -signal.SIGPIPE and "brink:" not in said


@pytest.mark.parametrize("words", [["try", "RULES", "READINGS"], ["try", "RULES", "READINGS", "--text"], ["try", "RULES", "READINGS", "--table"],
                                   ["check", "RULES"], ["format", "RULES"], ["words"], ["explain", "R102"], ["--help"], ["--version"]])
def test_a_full_disk_is_said(coolers, tmp_path, words):
    path = tmp_path / "day.csv"
    path.write_text(warm_table(HEADING, ROW), encoding="utf8")
    words = [{"RULES": coolers, "READINGS": path}.get(word, word) for word in words]
    with open("/dev/full", "w", encoding="utf8") as full:
        done = subprocess.run([BRINK, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 3 and "brink: standard output could not be written" in done.stderr


def many(devices):
    """As many devices as that, 50 new ones a minute."""
    rows = [f"2026-03-14T{8 + n // 3000:02}:{n // 50 % 60:02}:{n % 50:02}Z,14,c-{n},4\n" for n in range(devices)]
    return HEADING + "\n" + "".join(rows)


def test_rules_without_a_site_hear_more_devices_than_a_small_site_has(coolers, tmp_path):
    done = tried_file(coolers, tmp_path, many(300))
    assert "300 readings of 300 devices" in done.stderr and "too many" not in done.stderr


def test_devices_beyond_the_limit_of_the_site_are_counted_with_where_it_stands(coolers, tmp_path):
    done = tried_file(coolers, tmp_path, many(2010))
    assert "  messages of devices too many (limits.devices in site.json; 60 new ones a minute): 10\n" in done.stderr
