"""The real image with real peers: a reading walks from a sensor's packet to an alert at headquarters."""
import json
import os
import socket
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from appliance import Appliance, card  # noqa: E402
from qemu import EXIT_PANIC, MACHINES  # noqa: E402
from stage import Desk, Mosquitto, RULES, Sensor, Site, free_port, tls_lines, upstream, wait_until  # noqa: E402


class Scene:
    """Headquarters with TLS, a site and its image."""

    def __init__(self, folder, tls_version="tlsv1.3", **changes):
        port = free_port()
        self.site = Site(folder / "site", upstream=upstream(port), **changes)
        self.site.keys()
        self.headquarters = Mosquitto(str(folder), "headquarters", tls_lines(self.site.path, tls_version), port)
        self.desk = Desk(port, self.site.path)
        self.image = self.site.image()

    def end(self):
        self.desk.close()
        self.headquarters.stop()


@pytest.fixture
def scene(tmp_path):
    scenes = []

    def make(**changes):
        scenes.append(Scene(tmp_path, **changes))
        return scenes[-1]
    yield make
    for made in scenes:
        made.end()


def raised(alarm):
    return lambda body: body["data"]["change"] == "raised" and body["data"]["alert"].endswith(alarm)


def appliance_figures(body):
    data = body.get("data", body)
    return data.get("appliance", data)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_reading_walks_to_headquarters_on_every_machine(scene, machine):
    it = scene()
    with Appliance(it.image, machine) as appliance:
        appliance.wait_ready()
        sensor = Sensor(appliance.listener)
        sensor.publish("t/dairy-1", {"temp": 7.5})
        alert = it.desk.wait_for("alert", raised("too-warm"))
        assert alert["data"]["message"] == "Cooler dairy-1 is at 7.5 °C."
        assert alert["data"]["severity"] == "critical"
        assert alert["data"]["reading"]["value"] == 7.5
        assert alert["specversion"] == "1.0" and alert["type"] == "brink.alert.raised"
        sensor.publish("t/dairy-1", {"temp": 4.0})
        cleared = it.desk.wait_for("alert", lambda b: b["data"]["change"] == "cleared")
        assert int(cleared["sequence"]) > int(alert["sequence"])
        assert it.desk.of("online")[-1]["online"] is True
        sensor.close()


def test_datagrams_and_the_sites_broker_are_ways_in_too(scene, tmp_path):
    broker = Mosquitto(str(tmp_path), "broker")
    it = scene(broker={"url": f"mqtt://10.0.2.2:{broker.port}", "client_id": "brink-test"})
    with Appliance(it.image) as appliance:
        appliance.wait_ready()
        wait_until(lambda: "Received SUBSCRIBE from brink-test" in broker.log_text(), 10, "the subscription")
        gateway = Sensor(broker.port, user=None)
        gateway.publish("t/meat-1", {"temp": 9})
        assert it.desk.wait_for("alert", raised("too-warm"))["data"]["device"] == "meat-1"
        appliance.datagram(json.dumps({"id": "back", "open": True}))
        assert it.desk.wait_for("alert", raised("left-open"))["data"]["message"] == "Door back is open."
        gateway.close()
    broker.stop()


def test_tls_1_2_headquarters_are_reached_too(scene):
    it = scene(tls_version="tlsv1.2")
    with Appliance(it.image) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online", lambda b: b["online"])


def test_on_the_ordinary_path_nothing_is_copied_and_nothing_allocated(scene):
    it = scene(clock="readings")
    rules = RULES.replace("  time on arrival", "  time from ts in seconds")
    with open(os.path.join(it.site.path, "test.rules"), "w", encoding="utf8") as f:
        f.write(rules)
    image = it.site.image()
    with Appliance(image) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online")
        sensor = Sensor(appliance.listener)
        for minute in range(30):
            sensor.publish("t/dairy-1", {"ts": 1773446400 + 60 * minute, "temp": 3 + minute % 2 / 10})
        figures = appliance_figures(it.desk.wait_for("health", lambda b: appliance_figures(b)["messages"] >= 25))
        assert figures["copied_bytes"] == 0
        assert figures["quiet_messages"] >= 20
        assert figures["quiet_allocations"] == 0
        sensor.close()


HOSTILE_PACKETS = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x10\xff\xff\xff\xff\x7f",                          # remaining length of five bytes
    b"\x10\x05\x00\x04MQT",                               # CONNECT cut off inside the protocol's name
    b"\x30\x07\x00\x01a{}{}",                             # PUBLISH before CONNECT
    b"\x10\x0c\x00\x04MQTT\x05\x02\x00\x3c\x00\x00",      # MQTT 5
    b"\xf0\x00", b"\x00\x00", b"\xff" * 64,
]
HOSTILE_DATAGRAMS = [b"", b"{", b"nonsense", b'{"id": "x", "open": }', b"\x00" * 1400, b'{"id": [5], "open": true}',
                     b"[" * 1400, b'{"id": "\xff", "open": true}', b'{"open": true}']


def test_hostile_bytes_close_their_connection_are_counted_and_stop_nothing_else(scene):
    it = scene(clock="readings")
    rules = RULES.replace("  time on arrival", "  time from ts in seconds")
    with open(os.path.join(it.site.path, "test.rules"), "w", encoding="utf8") as f:
        f.write(rules)
    image = it.site.image()
    with Appliance(image) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online")
        good = Sensor(appliance.listener, "good")
        good.publish("t/dairy-1", {"ts": 1773446400, "temp": 3})
        for packet in HOSTILE_PACKETS:
            with socket.create_connection(("127.0.0.1", appliance.listener), timeout=20) as s:
                s.sendall(packet)
                s.settimeout(20)
                while s.recv(64):  # an answer may come (CONNACK with a refusal); then the end
                    pass
        for datagram in HOSTILE_DATAGRAMS:
            appliance.datagram(datagram)
        bad = Sensor(appliance.listener, "bad-json")
        for payload in (b"{", b'{"temp": 99', b"\xff\xfe", b'{"temp": "warm"}', b'{"temp": null}', b""):
            bad.publish("t/meat-1", payload)
        bad.publish("elsewhere/x", b"{}")
        wrong = Sensor(appliance.listener, "intruder", password="guess")
        assert wrong.answer == 4 or wrong.answer == 5
        for minute in range(1, 4):
            good.publish("t/dairy-1", {"ts": 1773446400 + 60 * minute, "temp": 9})
        assert it.desk.wait_for("alert", raised("too-warm"))["data"]["device"] == "dairy-1"
        figures = appliance_figures(it.desk.wait_for("health", lambda b: appliance_figures(b)["listener_refused"] >= 1))
        assert figures["listener_closed_malformed"] >= len(HOSTILE_PACKETS) - 2
        assert figures["messages_malformed"] >= 5
        assert figures["messages_unrouted"] >= 1
        assert len([a for a in it.desk.of("alert") if a["data"]["change"] == "raised"]) == 1
        for client in (good, bad, wrong):
            client.close()


def test_no_reading_is_lost_while_a_tls_handshake_works(scene):
    """Datagrams arrive without pause from before the handshake until after it; each of them is judged."""
    it = scene()
    with Appliance(it.image) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online")
        it.headquarters.stop()
        sent, handshakes_before = 0, 1
        it.headquarters.start()
        it.desk.messages.clear()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            end = time.monotonic() + 40
            while time.monotonic() < end and not it.desk.raw("online"):
                for _ in range(20):
                    s.sendto(b'{"id": "back", "open": false}', ("127.0.0.1", appliance.udp))
                    sent += 1
                time.sleep(0.005)
        assert it.desk.raw("online"), "the appliance did not come back to headquarters"
        health = it.desk.wait_for("health", lambda b: appliance_figures(b)["tls_handshakes"] > handshakes_before, 130)
        figures = appliance_figures(health)
        assert figures["wire_dropped"] == 0
        assert figures["messages"] == sent
        assert figures["worker_preemptions"] > 0


def test_alerts_wait_for_headquarters_and_arrive_once_it_is_back(scene):
    it = scene()
    with Appliance(it.image) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online")
        sensor = Sensor(appliance.listener)
        it.headquarters.stop()
        sensor.publish("t/dairy-1", {"temp": 8})
        sensor.publish("t/dairy-1", {"temp": 4})
        appliance.wait_for(r"upstream.*(lost|disconnected|gone)|(lost|disconnected|gone).*upstream", 30)
        it.headquarters.start()
        first = it.desk.wait_for("alert", raised("too-warm"), 60)
        second = it.desk.wait_for("alert", lambda b: b["data"]["change"] == "cleared", 60)
        assert int(second["sequence"]) > int(first["sequence"])
        assert first["time"] <= second["time"]
        sensor.close()


def test_the_last_will_tells_headquarters_when_power_fails(scene):
    it = scene()
    with Appliance(it.image) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online", lambda b: b["online"])
    it.desk.wait_for("online", lambda b: not b["online"], 60)


def test_without_entropy_tls_is_refused_with_what_to_do(scene):
    it = scene(machine={"memory_mib": 8, "entropy": "optional"})
    with Appliance(it.image, entropy=False, cpu="qemu64") as appliance:
        appliance.wait_ready()
        line = appliance.wait_for(r"random generator|entropy", 20)
        assert "rng" in line or "RDRAND" in line
        Sensor(appliance.listener).publish("t/dairy-1", {"temp": 7})  # it goes on judging
        assert not it.desk.of("online")


def test_declared_entropy_that_is_missing_stops_the_boot_with_its_name(scene):
    it = scene()
    with Appliance(it.image, entropy=False, cpu="qemu64") as appliance:
        assert appliance.wait_exit(20) == EXIT_PANIC
        assert "declared device missing: entropy" in appliance.console


def test_a_declared_disk_that_is_missing_stops_the_boot_with_its_name(scene, tmp_path):
    it = scene(machine={"memory_mib": 8, "disk": "required"})
    with Appliance(it.image) as appliance:
        assert appliance.wait_exit(20) == EXIT_PANIC
        assert "declared device missing: disk" in appliance.console
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(1 << 20))
    with Appliance(it.image, arguments=["-drive", f"if=none,id=d0,format=raw,file={disk}",
                                        "-device", f"{card('microvm', 'blk')},drive=d0"]) as appliance:
        appliance.wait_ready()


def test_without_a_network_card_the_boot_stops_and_says_so(scene):
    it = scene()
    with Appliance(it.image, net=False) as appliance:
        assert appliance.wait_exit(20) == EXIT_PANIC
        assert "declared device missing: net" in appliance.console


def test_a_damaged_site_is_refused(scene, tmp_path):
    it = scene()
    image = bytearray(open(it.image, "rb").read())
    at = image.rfind(b"BRINKSIT") + 200
    image[at] ^= 1
    damaged = tmp_path / "damaged.elf"
    damaged.write_bytes(image)
    with Appliance(str(damaged)) as appliance:
        assert appliance.wait_exit(20) == EXIT_PANIC
        assert "brink image" in appliance.console


@pytest.mark.parametrize("problem", ["unknown-ca", "wrong-name"])
def test_a_wrong_certificate_gives_a_line_that_says_which_and_what_to_do(scene, tmp_path, problem):
    it = scene()
    if problem == "unknown-ca":
        other = Site(tmp_path / "other", upstream=upstream(1))
        other.keys()
        with open(os.path.join(other.path, "tls", "ca.pem")) as theirs:
            authority = theirs.read()
        with open(os.path.join(it.site.path, "tls", "ca.pem"), "w") as ours:
            ours.write(authority)
    else:
        it.site.settings["upstream"]["server_name"] = "elsewhere.example"
    with Appliance(it.site.image()) as appliance:
        appliance.wait_ready()
        line = appliance.wait_for(r"error tls", 30)
        assert "remedy" in line
        assert ("ca" in line.lower()) if problem == "unknown-ca" else ("elsewhere.example" in line)


def test_an_address_from_dhcp_and_time_from_sntp(scene):
    it = scene(network={"address": "dhcp", "ipv6": "auto"})
    with Appliance(it.image) as appliance:
        ready = appliance.wait_ready()
        assert ready["address"] == "10.0.2.15"
        Sensor(appliance.listener).publish("t/dairy-1", {"temp": 7})
        it.desk.wait_for("alert", raised("too-warm"))


def test_a_store_works_in_the_memory_that_it_asks_for(scene):
    it = scene()
    with Appliance(it.image, memory=8) as appliance:
        appliance.wait_ready()
        sensors = [Sensor(appliance.listener, f"s{i}") for i in range(16)]
        for i, sensor in enumerate(sensors):
            sensor.publish(f"t/c{i}", {"temp": 7})
        wait_until(lambda: len([a for a in it.desk.of("alert") if a["data"]["change"] == "raised"]) == 16
                   or it.desk.of("site"), 20, "sixteen alerts")
        for sensor in sensors:
            sensor.close()


def malformed_frames(mac):
    """Ethernet frames that lie about themselves: lengths, versions, checksums, fragments, options."""
    ethernet = mac + b"\x52\x55\x0a\x00\x02\x63"
    ip = b"\x08\x00"
    header = bytes.fromhex("4500001c00000000401100000a0002630a00020f")
    yield from (b"", b"\x00", ethernet, ethernet + ip, b"\xff" * 60, b"\x00" * 1514)
    yield ethernet + b"\x08\x06" + b"\x00" * 5                                   # ARP cut off
    yield ethernet + b"\x86\xdd" + b"\x60" + b"\xff" * 20                         # IPv6 cut off
    yield ethernet + b"\x88\xcc" + b"x" * 40                                      # a protocol nobody speaks
    yield ethernet + ip + b"\x4f" + header[1:] + b"\x00" * 8                      # header longer than the frame
    yield ethernet + ip + b"\x42" + header[1:]                                    # header shorter than a header
    yield ethernet + ip + header[:2] + b"\xff\xff" + header[4:] + b"\x00" * 8     # total length beyond the frame
    yield ethernet + ip + header[:2] + b"\x00\x01" + header[4:]                   # total length below the header
    yield ethernet + ip + header + b"\x13\x8d\x13\x8d\xff\xff\x00\x00"            # UDP length beyond the packet
    yield ethernet + ip + header[:9] + b"\x06" + header[10:] + b"\x00" * 8        # TCP cut off
    for offset in (0x2000, 0x3fff, 0x1fff, 0x2001):                               # fragments that never end or overlap
        yield ethernet + ip + header[:6] + offset.to_bytes(2, "big") + header[8:] + b"\x00" * 8


def with_checksum(frame):
    """The same with a right IPv4 header checksum, so that the deeper checks are reached."""
    if frame[12:14] != b"\x08\x00" or len(frame) < 34:
        return frame
    words = frame[14:24] + b"\x00\x00" + frame[26:34]
    total = sum(int.from_bytes(words[i:i + 2], "big") for i in range(0, 20, 2))
    total = (total & 0xffff) + (total >> 16)
    total = (total & 0xffff) + (total >> 16)
    return frame[:24] + (0xffff ^ total).to_bytes(2, "big") + frame[26:]


def test_malformed_frames_are_dropped_and_everything_else_goes_on(scene):
    it = scene()
    inject, answer = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    listener = free_port()
    arguments = ["-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{listener}-:1883",
                 "-netdev", f"socket,id=n1,udp=127.0.0.1:{answer},localaddr=127.0.0.1:{inject}",
                 "-netdev", "hubport,id=h0,hubid=0,netdev=n0", "-netdev", "hubport,id=h1,hubid=0,netdev=n1",
                 "-netdev", "hubport,id=h2,hubid=0", "-device", f"{card('microvm', 'net')},netdev=h2,mac=52:54:00:12:34:56"]
    with Appliance(it.image, net=False, arguments=arguments) as appliance:
        appliance.wait_ready()
        it.desk.wait_for("online")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", answer))
            for destination in (bytes.fromhex("525400123456"), b"\xff" * 6):
                for frame in malformed_frames(destination):
                    s.sendto(frame, ("127.0.0.1", inject))
                    s.sendto(with_checksum(frame), ("127.0.0.1", inject))
        sensor = Sensor(listener)
        sensor.publish("t/dairy-1", {"temp": 7.5})
        it.desk.wait_for("alert", raised("too-warm"))
        sensor.close()
