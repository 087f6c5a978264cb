"""The same readings give the same alerts and reports, byte for byte: in `brink try`, in the appliance on the host
platform and in the image. everywhere.rules has every kind of rule; the recording is made below, with times of its own
(`"clock": "readings"`). Needs root for a namespace and a TAP device.

One thing is left out: the first eight digits of a message's id are drawn at random when an appliance's storage is set
up (0 in `brink try`), so that two appliances never give the same id."""
import json
import os
import random
import re
import subprocess
import sys

import paho.mqtt.client as mqtt
import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from netlab import HERE, THERE, Namespace  # noqa: E402
from qemu import Machine  # noqa: E402
from stage import BUILD, KERNEL, Desk, Mosquitto, Site, brink, forget_retained, free_port, wait_until  # noqa: E402

RULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "everywhere.rules")
BEGIN = 1773648000  # 2026-03-16T08:00:00Z, a Monday
MINUTES = 300


def cooler(chance, minute, n):
    """A cooler with warm spells, a spell in which it does not move, a gap, and faults."""
    warm = n == 0 and 60 <= minute < 100 or n in (1, 2) and 150 <= minute < 180 or 200 <= minute < 230
    value = 4 + n * 0.3 + 3.5 * warm + 3 * (210 <= minute < 220 and n < 3) + chance.uniform(-1.2, 1.2)
    if n == 3 and 20 <= minute < 50:
        value = 4.5
    value = round(value, chance.choice([1, 2, 3]))
    if chance.random() < 0.01:
        value = chance.choice([85.0, -127.0, "bad", None])
    body = {"ts": BEGIN + 60 * minute + n - 30 * (chance.random() < 0.02), "temp": value,
            "rh": round(chance.uniform(60, 75) + 15 * (120 <= minute < 140), 1)}
    if minute % 60 in (0, 8) or chance.random() < 0.05:
        body["defrost"] = "on" if minute % 60 < 8 else "off"
    return body


def door(minute, n):
    return {"ts": BEGIN + 60 * minute + 10 + n, "open": minute // (2 + n) % 5 == 1 or 170 <= minute < 180}


def pump(chance, minute, n):
    """A pump with spells in which it shakes, or surges; one shakes as never before, one has a new pressure to the end."""
    return {"ts": BEGIN + 60 * minute + 20 + n, "run": not 240 <= minute < 250 and (n == 0 or minute % 40 < 30),
            "vib": round(3 + chance.random() * 1.2 + 1.5 * (minute % 70 < 12) + 9 * (265 <= minute < 270), 2),
            "p": round(2 + chance.gauss(0, 0.2) + 0.9 * (minute % 50 > 45) + 4 * (n == 1 and minute >= 220), 3)}


def recording():
    """Messages in order of arrival, as (topic, payload, time of arrival): the newest time of any so far."""
    chance, newest = random.Random(14), 0
    for minute in range(MINUTES):
        bodies = [(f"s/s{1 + n // 3}/cooler/c-{n + 1}", cooler(chance, minute, n)) for n in range(4)]
        del bodies[2:2 + (100 <= minute < 125)]
        bodies += [(f"s/s1/door/c-{n + 1}", door(minute, n)) for n in range(2)]
        bodies += [(f"s/s1/pump/p-{n + 1}", pump(chance, minute, n)) for n in range(2)]
        for topic, body in bodies:
            newest = max(newest, body["ts"])
            yield topic, json.dumps(body), newest


def by_topic(messages):
    """Payloads by topic, in order; those of alerts and reports."""
    topics = {}
    for topic, payload in messages:
        if topic.split("/")[3] in ("alert", "report") and payload:
            topics.setdefault(topic, []).append(re.sub(rb'"id":"[0-9a-f]{8}-', b'"id":"00000000-', payload))
    # What is critical is sent before what waits, so arrival is not the order of events; their sequence is.
    return {topic: sorted(payloads, key=lambda each: json.loads(each)["sequence"]) for topic, payloads in topics.items()}


def differences(theirs, ours, path=""):
    """Which fields differ, for whoever looks for the reason."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return [each for key in sorted({*theirs, *ours})
                for each in differences(theirs.get(key), ours.get(key), f"{path}.{key}")]
    return [] if theirs == ours else [f"{path[1:]} is {theirs}, not {ours}"]


def tried(site, lines):
    """What `brink try` gives. Its lines hold the payload as it would go upstream."""
    path = os.path.join(site.path, "readings.jsonl")
    with open(path, "w", encoding="utf8") as f:
        for topic, payload, time in lines:
            f.write(f'{{"topic":"{topic}","time":{time},"payload":{payload}}}\n')
    line = re.compile(rb'\{"topic":"([^"]*)","qos":\d,"retained":\w+,"payload":(.*)\}$')
    found = [line.match(each.encode()) for each in brink("try", site.path, path).splitlines()]
    return by_topic((each[1].decode(), each[2]) for each in found)


@pytest.fixture(scope="module", autouse=True)
def namespace():
    if os.geteuid() != 0:
        pytest.skip("needs root for a namespace and a TAP device")
    with Namespace():
        yield


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Headquarters, the sealed site, the recording and what `brink try` makes of it."""
    folder = tmp_path_factory.mktemp("everywhere")
    port = free_port()
    headquarters = Mosquitto(str(folder), "headquarters", [f"listener {port} {HERE}", "max_queued_messages 0"])
    with open(RULES, encoding="utf8") as f:
        rules = f.read()
    site = Site(folder / "site", rules=rules, name="everywhere", clock="readings",
                network={"address": f"{THERE}/24", "gateway": HERE, "ipv6": "off"},
                upstream={"url": f"mqtt://{HERE}:{port}", "client_id": "everywhere"},
                machine={"memory_mib": 16, "entropy": "optional"})
    image, sealed = os.path.join(site.path, "site.elf"), os.path.join(site.path, "site.bundle")
    brink("image", site.path, "-o", image, "--bundle", sealed, "--kernel", KERNEL)
    lines = list(recording())
    yield headquarters, image, sealed, lines, tried(site, lines)
    headquarters.stop()


def on_the_host(_image, sealed, log):
    return subprocess.Popen([os.path.join(BUILD, "brink-host"), "--tap", "tap0", "--site", sealed],
                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


def in_the_image(image, _sealed, log):
    machine = Machine(image, "microvm,acpi=off", 16, arguments=[
        "-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no", "-device", "virtio-net-device,netdev=n",
        "-device", "virtio-rng-device"])
    log.write(" ".join(machine.command))
    return machine.process


def send_all(lines, desk, due):
    """One connection, so that the order is that of the recording."""
    client = mqtt.Client(client_id="recording")
    client.username_pw_set("sensors", "secret")
    client.max_inflight_messages_set(20)
    client.connect(THERE, 1883)
    client.loop_start()
    for begin in range(0, len(lines), 100):
        for info in [client.publish(topic, payload, qos=1) for topic, payload, _ in lines[begin:begin + 100]]:
            info.wait_for_publish(30)
            assert info.is_published(), "the listener did not acknowledge"
    wait_until(lambda: len(desk.raw("alert")) + len(desk.raw("report")) >= due, 60,
               f"{due} alerts and reports")
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("start", [on_the_host, in_the_image])
def test_the_same_readings_give_the_same_messages_as_in_brink_try(scene, start, tmp_path):
    headquarters, image, sealed, lines, expected = scene
    forget_retained(headquarters.port, "brink/v1/everywhere/online")  # of the start before
    desk = Desk(headquarters.port)
    with open(tmp_path / "console", "w", encoding="utf8") as log:
        process = start(image, sealed, log)
        try:
            desk.wait_for("online", lambda body: body["online"], 60)
            send_all(lines, desk, sum(map(len, expected.values())))
        finally:
            process.terminate()
            process.wait(20)
    came = by_topic((m.topic, m.payload) for m in desk.raw("alert") + desk.raw("report"))
    desk.close()
    assert sorted(came) == sorted(expected)
    for topic, payloads in expected.items():
        for number, (theirs, ours) in enumerate(zip(came[topic], payloads)):
            assert theirs == ours, f"{topic}, message {number + 1}: {differences(json.loads(theirs), json.loads(ours))}"
        assert len(came[topic]) == len(payloads), topic


def test_every_kind_of_rule_had_something_to_say(scene):
    expected = scene[4]
    spoke = {topic.split("/")[-1] for topic in expected}
    with open(RULES, encoding="utf8") as f:
        rules = re.findall(r"^(?:alarm|report) ([\w-]+)", f.read(), re.M)
    assert [rule for rule in rules if not any(rule in topic.split("/") for topic in expected)] == [], spoke
    assert sum(map(len, expected.values())) > 500
