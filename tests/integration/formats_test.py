"""Messages in line protocol, SenML, Sparkplug B, CSV and plain, sent by paho: the appliance on the host platform and the
image say of them what `brink try` says, byte for byte. Needs root for a namespace and a TAP device."""
import os
import random
import re
import struct

import pytest

from netlab import HERE, THERE
from same_everywhere_test import BEGIN, by_topic, differences, in_the_image, namespace, on_the_host, send_all  # noqa: F401
from stage import KERNEL, Desk, Mosquitto, Site, brink, forget_retained, free_port

MINUTES = 90
RULES = """
site "Formats"
  id formats
  flood above 200 alarms in 10 minutes
  send at most 6000 messages per minute
sensors rooms
  from mqtt telegraf/{place}
  format lines
  name room from room
  expect every 1 minute
  read temperature from temp in °C
  read door as open or closed
sensors boxes
  from mqtt senml/{gateway}
  format senml
  name box from bn
  expect every 1 minute
  read temperature from temp in °C
  read door as open or closed
sensors presses
  from mqtt spBv1.0/{plant}/DDATA/{node}/{press}
  format sparkplug
  expect every 1 minute
  sequence from seq
  read temperature from "Inlet temp" in °C
  read door from 17 as open or closed
sensors loggers
  from mqtt logger/{logger}
  format csv time temp door
  expect every 1 minute
  time from time in seconds
  read temperature from temp in °C
  read door as open or closed
sensors scales
  from mqtt scale/{scale}
  format plain
  expect every 1 minute
  read weight in "kg"
""" + "".join(f"""
alarm {group}-warm on {group}
  warning when temperature above 5 °C for 5 minutes until below 4.5 °C
alarm {group}-open on {group}
  notice when door is open for 2 minutes
alarm {group}-broken on {group}
  notice when temperature is faulty
report {group}-figures on {group}
  every 15 minutes
  send average, minimum, maximum, count of temperature
""" for group in ("rooms", "boxes", "presses", "loggers")) + """
alarm heavy on scales
  warning when weight above 70 "kg" for 5 minutes
"""


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3) + varint(value)


def sparkplug(time, sequence, temperature, is_open):
    value = field(12, temperature) if isinstance(temperature, float) else field(15, str(temperature).encode())
    return (field(1, time * 1000) + field(2, field(1, b"Inlet temp") + field(4, 9) + value) +
            field(2, field(2, 17) + field(14, int(is_open))) + field(3, sequence % 256))


def lines(time, temperature, is_open):
    value = f"{temperature}" if isinstance(temperature, float) else f'"{temperature}"'
    return (f"climate,room=cold\\ room,floor=1 rh=40i,temp={value},door={'t' if is_open else 'f'} {time}000000000\n"
            f"# the same payload has another device\nclimate,room=hall temp={21.5 + time % 3} {time}000000000\n"
            f"climate,room=hall temp={time}x\n").encode()


def senml(time, temperature, is_open):
    value = f'"v":{temperature}' if isinstance(temperature, float) else f'"vs":"{temperature}"'
    return (f'[{{"bn":"urn:dev:ow:10e2:","bt":{time},"bu":"Cel","n":"temp",{value}}},{{"n":"door","vb":{str(is_open).lower()}}},'
            f'{{"n":"temp","t":-20,"s":5}}]').encode()


def recording():
    """(topic, payload, time of arrival); every message has its time."""
    chance = random.Random(5)
    for minute in range(MINUTES):
        time = BEGIN + 60 * minute
        for n, topic in enumerate(("telegraf/hq", "senml/g1", "spBv1.0/p/DDATA/n/1", "logger/a", "scale/1")):
            value = round(4 + 3 * (20 <= minute < 40) + chance.uniform(-0.4, 0.4), 1)
            value = "n/a" if minute == 60 else value
            is_open, at = 50 <= minute < 56, time + 5 * n
            body = {"telegraf/hq": lambda: lines(at, value, is_open), "senml/g1": lambda: senml(at, value, is_open),
                    "logger/a": lambda: f"{at};{value};{int(is_open)}\r\n".encode(),
                    "scale/1": lambda: f" {68 + 5 * is_open}.0\n".encode()}.get(topic, lambda: sparkplug(at, minute, value, is_open))()
            yield topic, body, at - 5 * (topic == "scale/1")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    port = free_port()
    headquarters = Mosquitto(str(folder), "headquarters", [f"listener {port} {HERE}", "max_queued_messages 0"])
    site = Site(folder / "site", rules=RULES, name="formats", clock="readings",
                network={"address": f"{THERE}/24", "gateway": HERE, "ipv6": "off"},
                upstream={"url": f"mqtt://{HERE}:{port}", "client_id": "formats"},
                machine={"memory_mib": 16, "entropy": "optional"})
    image, sealed = os.path.join(site.path, "site.elf"), os.path.join(site.path, "site.bundle")
    brink("image", site.path, "-o", image, "--bundle", sealed, "--kernel", KERNEL)
    messages = list(recording())
    path = os.path.join(site.path, "readings.jsonl")
    with open(path, "w", encoding="utf8") as f:
        f.writelines(f'{{"topic":"{topic}","time":{time},"payload_hex":"{body.hex()}"}}\n' for topic, body, time in messages)
    line = re.compile(rb'\{"topic":"([^"]*)","qos":\d,"retained":\w+,"payload":(.*)\}$')
    told = [line.match(each.encode()) for each in brink("try", site.path, path).splitlines()]
    yield headquarters, image, sealed, messages, by_topic((each[1].decode(), each[2]) for each in told)
    headquarters.stop()


def test_every_format_had_something_to_say(scene):
    told = b"\n".join(payload for payloads in scene[4].values() for payload in payloads).decode()
    for group in ("rooms", "boxes", "presses", "loggers"):
        for alarm in ("warm", "open", "broken"):
            assert re.search(rf'"change":"raised"[^\n]*{group}-{alarm}|{group}-{alarm}[^\n]*"change":"raised"', told), (group, alarm)
        assert f"{group}-figures" in told
    assert "heavy" in told
    assert "cold room" in told and "hall" in told and "urn:dev:ow:10e2" in told


@pytest.mark.parametrize("start", [on_the_host, in_the_image])
def test_the_appliance_says_of_them_what_brink_try_says(scene, start, tmp_path):
    headquarters, image, sealed, messages, expected = scene
    forget_retained(headquarters.port, "brink/v1/formats/online")  # of the start before
    desk = Desk(headquarters.port)
    with open(tmp_path / "console", "w", encoding="utf8") as log:
        process = start(image, sealed, log)
        try:
            desk.wait_for("online", lambda body: body["online"], 60)
            send_all(messages, desk, sum(map(len, expected.values())))
        finally:
            process.terminate()
            process.wait(20)
    came = by_topic((m.topic, m.payload) for m in desk.raw("alert") + desk.raw("report"))
    desk.close()
    assert sorted(came) == sorted(expected)
    for topic, payloads in expected.items():
        assert [differences(theirs, ours) for theirs, ours in zip(came[topic], payloads) if theirs != ours] == [], topic
        assert len(came[topic]) == len(payloads), topic
