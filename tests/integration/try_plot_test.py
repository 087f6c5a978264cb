"""`brink try --plot` draws pictures that people can read: nothing overlaps, everything has a name."""
import datetime
import itertools
import re
from xml.etree import ElementTree

import pytest

from tools_test import good, refused

RULES = """site "Station <1> & 2"
  timezone Europe/Berlin

sensors pumps
  from mqtt rig/pump/{pump}
  expect every 1 minute
  read vibration in mm/s
  read state as running or idle or fault

defaults
  remind every 30 minutes
  clear after 1 minute

alarm high on pumps
  notice when vibration above 4.4 mm/s for 1 minute until below 4.2 mm/s
  warning when vibration above 4.5 mm/s for 2 minutes until below 4.3 mm/s
  critical when vibration above 7.1 mm/s for 3 minutes until below 6.9 mm/s

alarm frozen on pumps
  warning when vibration is stuck for 2 hours

alarm faulted on pumps
  critical when state is fault for 1 minute
"""
START = datetime.datetime(2026, 3, 28, 5, tzinfo=datetime.timezone.utc)  # summer time begins the night after


@pytest.fixture
def drawn(tmp_path):
    (tmp_path / "station.rules").write_text(RULES, encoding="utf8")

    def draw(values, *options, step=60):
        """`values`: one a step, None: no reading."""
        rows = "".join(f"{(START + datetime.timedelta(seconds=step * i)).isoformat()},1,{value},running\n"
                       for i, value in enumerate(values) if value is not None)
        done = good("try", tmp_path / "station.rules", "-", "--plot", tmp_path / "a.svg", *options, stdin="time,pump,vibration,state\n" + rows)
        assert "a.svg shows 1" in done.stderr
        return Picture(tmp_path / "a.svg")
    return draw


class Picture:
    def __init__(self, path):
        self.bytes = path.stat().st_size
        root = ElementTree.parse(path).getroot()
        self.width, self.height = float(root.get("width")), float(root.get("height"))
        self.shapes = [(element.tag.split("}")[1], element) for element in root.iter()]
        self.texts = [(float(e.get("x")), float(e.get("y")), e.get("text-anchor"), e.text) for tag, e in self.shapes if tag == "text"]

    def says(self, text):
        return any(text == said for _, _, _, said in self.texts)

    def tips(self):
        return [e.find("{http://www.w3.org/2000/svg}title").text for tag, e in self.shapes
                if tag == "rect" and e.find("{http://www.w3.org/2000/svg}title") is not None]

    def boxes(self):
        """Of all texts: 7 pixels for a character are more than it has, 12 for a line."""
        for x, y, anchor, text in self.texts:
            width = 7 * len(text)
            left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
            yield left, left + width, y - 11, y + 1, text


def ups_and_downs(minutes):
    return [3 + (minute // 7 % 3) * 0.7 + minute % 7 * 0.01 for minute in range(minutes)]


@pytest.mark.parametrize("values", [
    ups_and_downs(60),
    [3.0 + i % 5 * 0.1 for i in range(600)] + [8.0 + i % 5 * 0.1 for i in range(300)],
    ups_and_downs(3 * 1440),
    [4],
], ids=["hour", "day", "days over a change of the clock", "one"])
def test_no_text_covers_another_or_leaves_the_picture(drawn, values):
    picture = drawn(values)
    for left, right, top, bottom, text in picture.boxes():
        assert 0 <= top and bottom <= picture.height, text
        assert 0 <= left and (right <= picture.width or left < picture.width / 2), text
    for (l1, r1, t1, b1, one), (l2, r2, t2, b2, other) in itertools.combinations(picture.boxes(), 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1, f"{one!r} and {other!r}"


def test_limits_are_named_with_their_severity_and_unit_even_where_they_are_close(drawn):
    picture = drawn(ups_and_downs(60))
    for label in ["notice above 4.4 mm/s", "warning above 4.5 mm/s", "warning ends below 4.3 mm/s", "notice ends below 4.2 mm/s"]:
        assert picture.says(label), label
    assert picture.says("vibration, mm/s")


def test_the_legend_names_what_is_there_and_nothing_else(drawn):
    picture = drawn([3.5 + i % 5 * 0.2 for i in range(60)])
    assert picture.says("reading") and picture.says("limit") and picture.says("where an alarm ends")
    for word in ["critical", "warning", "notice", "suppressed", "no readings"]:
        assert not picture.says(word), word
    picture = drawn([3.0 + i % 5 * 0.1 for i in range(60)] + [None] * 120 + [8.0] * 10)
    for word in ["critical", "warning", "notice", "no readings", "true, waiting for its time"]:
        assert picture.says(word), word


def test_times_are_local_and_say_of_which_zone(drawn):
    picture = drawn([3.0 + i % 5 * 0.1 for i in range(60)])
    assert picture.says("local time (CET)") and picture.says("06:00")
    assert drawn(ups_and_downs(1440)).says("local time (CET, then CEST)")


def test_marks_stay_on_midnight_when_the_clock_is_changed(drawn):
    picture = drawn([3.0 + i % 5 * 0.1 for i in range(8 * 24)], step=3600)
    assert picture.says("29 Mar") and picture.says("30 Mar")
    marks = [x for x, _, _, text in picture.texts if re.fullmatch(r"\d+ (Mar|Apr)", text)]
    steps = [b - a for a, b in zip(marks, marks[1:])]
    assert min(steps) == steps[0] and max(steps) - min(steps) < 6  # the first day has 23 hours


def test_a_year_has_marks_with_their_year(drawn):
    picture = drawn([3.0 + i % 5 * 0.1 for i in range(365)], step=86400)
    assert sum(1 for *_, text in picture.texts if re.fullmatch(r"\d+ \w+ 202[67]", text)) >= 4


def test_a_lone_reading_is_a_dot_and_a_gap_is_grey(drawn):
    picture = drawn([4])
    assert [tag for tag, _ in picture.shapes].count("circle") == 2  # vibration and state
    picture = drawn([3.0] * 30 + [None] * 60 + [3.5] + [None] * 60 + [3.0] * 30)
    assert [tag for tag, _ in picture.shapes].count("circle") == 2 and picture.says("no readings")
    assert "circle" not in [tag for tag, _ in drawn(ups_and_downs(60)).shapes]


def test_an_alarm_that_is_reminded_of_is_one_bar_with_its_word(drawn):
    picture = drawn([3.0 + i % 5 * 0.1 for i in range(60)] + [8.0 + i % 5 * 0.1 for i in range(300)])
    assert sum(tip.startswith("high: critical") for tip in picture.tips()) == 1
    assert [text for *_, text in picture.texts].count("critical") == 2  # the bar and the legend


def test_waiting_for_something_to_move_is_not_drawn_until_it_is_an_alarm(drawn):
    assert not any(tip.startswith("frozen") for tip in drawn(ups_and_downs(300)).tips())
    tips = drawn(ups_and_downs(60) + [3.3] * 200).tips()
    assert any(tip.startswith("frozen: hold") for tip in tips) and any(tip.startswith("frozen: warning") for tip in tips)


ODD = RULES + """
alarm odd on pumps
  notice when vibration is unusually high
  learn over 1 day
"""
ALTERNATING = [2.0 if i % 2 else 2.4 for i in range(1440)]


def bands(picture):
    """Of each piece of the band: its lowest and highest point, its first and last one."""
    for tag, element in picture.shapes:
        if tag == "path" and "#009E73" in (element.get("fill") or ""):
            points = [tuple(map(float, point.split())) for point in re.findall(r"[ML]\s*([-\d.]+[ ,][-\d.]+)", element.get("d").replace(",", " "))]
            yield (min(x for x, _ in points), max(x for x, _ in points), max(y for _, y in points), min(y for _, y in points))


def test_what_is_usual_is_a_band_and_an_unusual_alarm_says_what_it_was(drawn, tmp_path):
    (tmp_path / "station.rules").write_text(ODD, encoding="utf8")
    picture = drawn(ALTERNATING + [4.2] * 10 + ALTERNATING[:300])
    assert picture.says("usual")
    assert any(re.match(r"odd: notice .*; usual was 2 to 2\.4 mm/s, higher than ever before$", tip) for tip in picture.tips()), picture.tips()
    assert not any(tip.startswith("odd: hold") for tip in picture.tips())  # it has no `for`
    (first, last, low, high), = bands(picture)
    assert last - first > 800 and low - high > 5


def test_the_band_begins_when_something_is_known_and_does_not_cross_a_gap(drawn, tmp_path):
    (tmp_path / "station.rules").write_text(ODD, encoding="utf8")
    pieces = list(bands(drawn(ALTERNATING[:500] + [None] * 500 + ALTERNATING[:500])))
    assert len(pieces) == 2
    assert 190 + 920 * 100 / 1500 - 2 < pieces[0][0] < 190 + 920 * 110 / 1500  # after a hundred readings
    assert pieces[1][0] - pieces[0][1] > 250
    assert not drawn(ALTERNATING[:90]).says("usual")


def test_without_a_rule_that_asks_there_is_no_band(drawn):
    picture = drawn(ALTERNATING)
    assert not picture.says("usual") and list(bands(picture)) == []


def test_many_alarms_stay_a_small_picture(drawn):
    picture = drawn([3.0 if i // 3 % 2 else 5.0 for i in range(7 * 1440)])
    assert picture.bytes < 400_000


def test_nothing_to_draw_is_said_and_leaves_no_file(tmp_path):
    (tmp_path / "station.rules").write_text(RULES, encoding="utf8")
    refused(1, "try", tmp_path / "station.rules", "-", "--plot", tmp_path / "a.svg", stdin="", says="a.svg is not written: there is nothing to draw")
    assert not (tmp_path / "a.svg").exists()
    refused(3, "try", tmp_path / "station.rules", "-", "--plot", "/dev/full", stdin="time,pump,vibration,state\n1773475200,1,3,idle\n",
            says="/dev/full: No space left on device")
