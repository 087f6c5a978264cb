"""The MQTT room on the host platform, with peers that others wrote: paho-mqtt, mosquitto_pub, Mosquitto. Over a TAP
device in a namespace of its own. Run by pytest as root.

MQTT_PROBE may name a probe that is built already; else it is made."""
import os
import random
import signal
import socket
import subprocess
import threading
import time
import zlib

import paho.mqtt.client as paho
import pytest

from netlab import HERE, THERE, Namespace, Probe
from tlslab import Authority

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATIC = f"net={THERE}/24 gw={HERE} port=1883"


@pytest.fixture(scope="module")
def program():
    built = os.environ.get("MQTT_PROBE")
    if built:
        return built
    subprocess.run(["make", "-s", "-C", ROOT, "-f", "tests/integration/mqtt_probe.mk", "mqtt_probe"], check=True)
    return os.path.join(ROOT, "build/host/tests/integration/mqtt_probe")


@pytest.fixture(scope="module", autouse=True)
def namespace():
    if os.geteuid() != 0:
        pytest.skip("needs root for a namespace and a TAP device")
    with Namespace():
        yield


@pytest.fixture
def start(program):
    """Starts probes; at the end each must have stopped in order."""
    probes = []

    def begin(options=""):
        probe = Probe(program, f"{STATIC} {options}")
        probes.append(probe)
        probe.wait_for(" ready ")
        return probe

    yield begin
    for probe in probes:
        if probe.process.poll() is None:
            assert probe.stop() == 0, "\n".join(probe.lines)


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def expect(probe, seconds=10, **due):
    """The counters, once they are as due."""
    counters = probe.counters_once(lambda c: all(c[name] == value for name, value in due.items()), seconds)
    assert {name: counters[name] for name in due} == due, counters
    return counters


# ---- sensors ---------------------------------------------------------------------------------------------

class Sensor:
    """A paho client; .code is CONNACK's, .lost counts disconnections, .taken acknowledged messages."""

    def __init__(self, name="", user=None, password=None, protocol=paho.MQTTv311, keepalive=60):
        self.client = paho.Client(name, clean_session=True, protocol=protocol)
        if user is not None:
            self.client.username_pw_set(user, password)
        self.code, self.lost, self.taken, self.granted = None, 0, 0, None
        self.client.on_connect = lambda _c, _d, _f, code, *_: setattr(self, "code", int(getattr(code, "value", code)))
        self.client.on_disconnect = lambda *_: setattr(self, "lost", self.lost + 1)
        self.client.on_publish = lambda *_: setattr(self, "taken", self.taken + 1)
        self.client.on_subscribe = lambda _c, _d, _m, granted, *_: setattr(self, "granted", granted)
        self.client.max_inflight_messages_set(1000)
        self.client.connect(THERE, 1883, keepalive)
        self.client.loop_start()
        wait_until(lambda: self.code is not None or self.lost)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def sum_of(messages):
    """What the probe adds up: checksums of topic and payload."""
    return sum(zlib.crc32(topic.encode() + payload) for topic, payload in messages)


def text(string):
    data = string.encode() if isinstance(string, str) else string
    return len(data).to_bytes(2, "big") + data


def packet(first, body):
    length, head = len(body), bytes([first])
    while True:
        head += bytes([length % 128 | (0x80 if length >= 128 else 0)])
        length //= 128
        if not length:
            return head + body


def connect_packet(name="raw", keepalive=0):
    return packet(0x10, text("MQTT") + b"\x04\x02" + keepalive.to_bytes(2, "big") + text(name))


def publish_packet(topic, payload, packet_id=0):
    body = text(topic) + (packet_id.to_bytes(2, "big") if packet_id else b"") + payload
    return packet(0x32 if packet_id else 0x30, body)


def raw(name="raw", keepalive=0):
    connection = socket.create_connection((THERE, 1883), 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(connect_packet(name, keepalive))
    assert connection.recv(4) == b"\x20\x02\x00\x00"
    return connection


def reads_end(connection, seconds=10):
    """True when the peer closes; what it sent before does not matter."""
    connection.settimeout(seconds)
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("qos", [0, 1])
def test_all_that_paho_publishes_is_heard_byte_for_byte_and_acknowledged(start, qos):
    probe = start()
    messages = [(f"cooler/{i % 37}/telemetry", os.urandom(random.randrange(0, 400))) for i in range(2000)]
    with Sensor("paho") as sensor:
        for topic, payload in messages:
            sensor.client.publish(topic, payload, qos)
        wait_until(lambda: sensor.taken == len(messages), 20)
        expect(probe, messages=len(messages), sum=sum_of(messages), malformed=0, timeout=0)


def test_a_message_that_lies_whole_in_a_segment_is_not_copied(start):
    probe = start()
    connection = raw()
    before = probe.counters()
    for i in range(1, 201):
        connection.sendall(publish_packet("a/b", b"21.5", i))
        assert connection.recv(4) == b"\x40\x02" + i.to_bytes(2, "big")
    after = expect(probe, messages=200)
    assert after["copied"] == 0 and after["allocations"] == 0 and after["net_copied"] == 0
    assert after["mallocs"] == before["mallocs"]


def test_answers_of_one_segment_come_in_one(start):
    start()
    connection = raw()
    connection.sendall(b"".join(publish_packet("a", b"x", i) for i in range(1, 21)))
    assert len(connection.recv(4096)) == 80


def test_messages_byte_by_byte_are_heard(start):
    probe = start()
    connection = raw()
    for i in range(1, 4):
        for byte in publish_packet("say/slow", b"n%d" % i, i):
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        assert connection.recv(4) == b"\x40\x02" + i.to_bytes(2, "big")
    probe.wait_for('heard topic=say/slow payload="n3"')


def test_large_messages_are_gathered_and_larger_ones_end_the_connection(start):
    probe = start()
    with Sensor("large") as sensor:
        messages = [("big", os.urandom(60000 + i)) for i in range(20)]
        for topic, payload in messages:
            sensor.client.publish(topic, payload, 1)
        wait_until(lambda: sensor.taken == 20)
        expect(probe, messages=20, sum=sum_of(messages), too_large=0)
        sensor.client.publish("big", bytes(66000), 0)
        wait_until(lambda: sensor.lost)
    expect(probe, too_large=1)
    probe.wait_for("problem=\"packet too large\" remedy=")


@pytest.mark.parametrize("count", [20, 60])
def test_streams_of_large_messages_all_come_and_keep_nobody_else_from_being_heard(start, tmp_path, count):
    """There is room for one or two at once: the others are held back, each until its turn comes."""
    with Broker(tmp_path) as broker:
        probe = start(f"connections=64 broker={HERE}:{broker.port} keepalive=5")
        probe.wait_for("event=connected")
        each = 120 // count
        streams = [[(f"big/{s}", random.randbytes(50000)) for _ in range(each)] for s in range(count)]
        connections = [raw(f"large-{s}") for s in range(count)]
        acknowledged, small, datagrams = [], [], 0

        def send(connection, messages):
            for i, (topic, payload) in enumerate(messages):
                connection.sendall(publish_packet(topic, payload, i + 1))

        def hear(connection, messages):
            connection.settimeout(60)
            due = b"".join(b"\x40\x02" + (i + 1).to_bytes(2, "big") for i in range(len(messages)))
            got = b""
            while len(got) < len(due) and (more := connection.recv(4096)):
                got += more
            acknowledged.append(got == due)

        threads = [threading.Thread(target=work, args=pair)
                   for pair in zip(connections, streams) for work in (send, hear)]
        good = raw("good")
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            small.append(("good", b"%d" % len(small)))
            good.sendall(publish_packet(*small[-1], 7))
            assert good.recv(4) == b"\x40\x02\0\7"
            sender.sendto(b"heard", (THERE, 9))
            datagrams += 1
            assert probe.counters()["connected"] == count + 1
        assert acknowledged == [True] * count
        everything = small + [message for stream in streams for message in stream]
        counters = expect(probe, messages=len(everything), sum=sum_of(everything), connected=count + 1,
                          datagrams=datagrams, failures=0, dropped=0, connects=1, disconnects=0)
        print(f"{len(small)} small messages meanwhile; held back {counters['held_back']} times")
        assert len(small) > 5


def mosquitto_pub(*words, fails=False):
    result = subprocess.run(("mosquitto_pub", "-h", THERE) + words, capture_output=True, text=True, timeout=20)
    assert (result.returncode != 0) == fails, result.stderr
    return result.stderr.lower()


def test_mosquitto_pub_is_heard_with_retain_and_both_qos(start):
    probe = start()
    mosquitto_pub("-t", "say/0", "-m", "zero")
    mosquitto_pub("-t", "say/1", "-m", "one", "-q", "1", "-r")
    probe.wait_for('heard topic=say/0 payload="zero" retained=0')
    probe.wait_for('heard topic=say/1 payload="one" retained=1')


def test_a_last_will_is_heard_when_a_sensor_dies_and_not_when_it_says_good_bye(start):
    probe = start()
    for name, signal_number in (("dies", signal.SIGKILL), ("leaves", signal.SIGINT)):
        process = subprocess.Popen(["mosquitto_pub", "-h", THERE, "-i", name, "--will-topic", f"say/{name}",
                                    "--will-payload", "gone", "-t", "say/hello", "-l"], stdin=subprocess.PIPE)
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        probe.wait_for("heard topic=say/hello", count=1 if name == "dies" else 2)
        if name == "dies":
            process.send_signal(signal_number)
        else:
            process.stdin.close()
        process.wait(10)
        expect(probe, connected=0)
    probe.wait_for('heard topic=say/dies payload="gone"')
    assert not probe.matching("heard topic=say/leaves")


def test_users_and_passwords_decide_who_may_publish(start):
    probe = start("user=sensors:secret")
    with Sensor("right", "sensors", "secret") as sensor:
        assert sensor.code == 0
    said = mosquitto_pub("-t", "t", "-m", "x", "-u", "sensors", "-P", "wrong", fails=True)
    assert "bad user name or password" in said
    assert "not authorised" in mosquitto_pub("-t", "t", "-m", "x", fails=True)
    mosquitto_pub("-t", "t", "-m", "x", "-u", "sensors", "-P", "secret")
    expect(probe, messages=1, refused=2)
    probe.wait_for("refused .*problem=\"wrong user or password\" remedy=")


def test_other_versions_are_refused_in_words_that_their_clients_understand(start):
    probe = start()
    assert "protocol" in mosquitto_pub("-V", "5", "-t", "t", "-m", "x", fails=True)
    assert "protocol" in mosquitto_pub("-V", "31", "-t", "t", "-m", "x", fails=True)
    expect(probe, refused=2, messages=0)
    probe.wait_for("MQTT 3.1.1, also called version 4")


def test_qos_2_ends_the_connection_and_is_named(start):
    probe = start()
    with Sensor("twice") as sensor:
        sensor.client.publish("t", b"x", 2)
        wait_until(lambda: sensor.lost)
        sensor.client.loop_stop()
    assert probe.counters()["unsupported"] >= 1
    assert probe.counters()["messages"] == 0
    probe.wait_for("published with QoS 2")


def test_a_subscription_is_refused_and_the_sensor_may_go_on(start):
    probe = start()
    with Sensor("curious") as sensor:
        sensor.client.subscribe([("a/#", 0), ("b", 1)])
        wait_until(lambda: sensor.granted is not None)
        assert sensor.granted == (0x80, 0x80)
        sensor.client.unsubscribe("a/#")
        sensor.client.publish("say/still", "here", 1)
        probe.wait_for("heard topic=say/still")
        assert not sensor.lost


def test_the_same_identifier_takes_over(start):
    probe = start()
    first = raw("same")
    second = raw("same")
    assert reads_end(first)
    second.sendall(publish_packet("say/second", b"x"))
    probe.wait_for("heard topic=say/second")
    expect(probe, taken_over=1, connected=1)


def test_silence_beyond_the_keepalive_ends_a_connection(start):
    probe = start()
    connection = raw("silent", keepalive=2)
    begun = time.monotonic()
    assert reads_end(connection)
    assert 2.9 < time.monotonic() - begun
    expect(probe, timeout=1, connected=0)
    with Sensor("alive", keepalive=1) as sensor:
        time.sleep(4)
        assert not sensor.lost


def test_a_connection_without_connect_ends(start):
    probe = start()
    connection = socket.create_connection((THERE, 1883), 5)
    begun = time.monotonic()
    assert reads_end(connection, 15)
    assert 9 < time.monotonic() - begun
    expect(probe, timeout=1)


def test_hostile_sensors_are_cut_off_and_nobody_else_notices(start):
    probe = start("connections=40")
    random.seed(5)
    with Sensor("good") as sensor:
        for i in range(400):
            with socket.create_connection((THERE, 1883), 5) as connection:
                if i % 2:
                    connection.sendall(connect_packet(f"bad{i}"))
                connection.sendall(random.randbytes(200))
            if i % 20 == 0:
                sensor.client.publish("say/good", str(i), 1)
        wait_until(lambda: sensor.taken == 20)
        assert not sensor.lost
        expect(probe, connected=1)
    counters = probe.counters()
    assert counters["malformed"] + counters["too_large"] + counters["unsupported"] > 100
    seconds = float(probe.lines[-1].split()[0]) if probe.lines[-1].split()[0].replace(".", "").isdigit() else 60
    assert len(probe.matching("sensor event=(closed|refused)")) <= seconds + 2


def test_many_sensors_at_a_high_rate_lose_nothing(start):
    probe = start("connections=60")
    sensors, each = 50, 2000
    blocks = []
    total = 0
    for s in range(sensors):
        messages = [(f"s/{s}/t", b'{"temperature": %d.%d}' % (i % 40, s % 10)) for i in range(20)]
        total += sum_of(messages) * (each // 20)
        blocks.append(b"".join(publish_packet(*m) for m in messages) * (each // 20))
    connections = [raw(f"sensor-{s}") for s in range(sensors)]
    begun = time.monotonic()
    threads = [threading.Thread(target=c.sendall, args=(b,)) for c, b in zip(connections, blocks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counters = expect(probe, 60, messages=sensors * each, sum=total)
    seconds = time.monotonic() - begun
    print(f"{sensors * each / seconds:.0f} messages a second; copied {counters['copied'] / counters['messages']:.2f} "
          f"bytes and {counters['allocations'] / counters['messages']:.4f} allocations each")
    assert counters["failures"] == 0


def test_thousands_of_connections_one_after_the_other_leave_nothing_behind(start):
    probe = start()

    def round_of(count):
        for i in range(count):
            connection = raw(f"passing-{i % 7}")
            connection.sendall(publish_packet("t", b"x") + b"\xe0\x00")
            assert reads_end(connection)
            connection.close()

    round_of(300)
    before = expect(probe, connected=0)
    round_of(3000)
    after = expect(probe, connected=0)
    assert after["heap"] <= before["heap"] + 4096
    assert after["messages"] == 3300 and after["malformed"] == 0


# ---- the client towards a broker ---------------------------------------------------------------------------

class Broker:
    """A real Mosquitto at HERE; what it hears is kept by a paho client."""

    def __init__(self, folder, port=1884, lines=()):
        self.folder, self.port = str(folder), port
        self.config = os.path.join(self.folder, f"mosquitto-{port}.conf")
        self.log = os.path.join(self.folder, f"mosquitto-{port}.log")
        with open(self.config, "w") as file:
            file.write("\n".join([f"listener {port} {HERE}", "user root", "max_queued_messages 10000", "log_type all", *lines,
                                  "" if any("password_file" in line for line in lines) else "allow_anonymous true",
                                  ""]))
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["mosquitto", "-c", self.config], stdout=log, stderr=log)

        def listens():
            with socket.socket() as attempt:
                return attempt.connect_ex((HERE, self.port)) == 0

        wait_until(listens)
        return self

    def stop(self, number=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None

    def watch(self, *filters, **tls):
        heard = []
        client = paho.Client()
        if tls:
            client.tls_set(**tls)
        ready = threading.Event()
        client.on_connect = lambda *_: client.subscribe([(f, 1) for f in filters])
        client.on_subscribe = lambda *_: ready.set()
        client.on_message = lambda _c, _d, m: heard.append((m.topic, m.payload, m.retain))
        client.connect(HERE, self.port)
        client.loop_start()
        assert ready.wait(10)
        return client, heard

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def test_the_client_hears_its_subscriptions_and_publishes(start, tmp_path):
    with Broker(tmp_path) as broker:
        probe = start(f"broker={HERE}:{broker.port} subscribe=in/# keepalive=30")
        probe.wait_for(f"broker event=connected host={HERE} port={broker.port} tls=no")
        wait_until(lambda: "in/#" in open(broker.log).read())  # it is subscribed
        client, heard = broker.watch("back/#")
        for i in range(500):
            client.publish(f"in/{i}", os.urandom(i), i % 2)
            if i % 20 == 19:  # what comes back waits in a queue of bounded length
                wait_until(lambda: len(heard) == i + 1, 20)
        assert sorted(len(payload) for _, payload, _ in heard) == list(range(500))
        client.disconnect()
        client.loop_stop()
        expect(probe, heard=500, disconnects=0)


def test_nothing_is_lost_while_the_broker_dies_and_comes_back(start, tmp_path):
    broker = Broker(tmp_path)
    with broker:
        client, heard = broker.watch("sent")
        client.reconnect_delay_set(1, 1)
        probe = start(f"broker={HERE}:{broker.port} send=2000 keepalive=30")
        probe.wait_for("event=connected")
        wait_until(lambda: probe.counters()["sent"] > 10)
        trouble = "broker event=(lost|failed) .*retry_ms="
        for number in (signal.SIGKILL, signal.SIGTERM):
            before = len(probe.matching(trouble))
            broker.stop(number)
            probe.wait_for(trouble, 60, before + 2)  # noticed, and one attempt to come back in vain
            broker.start()
            wait_until(lambda: client.is_connected(), 60)
        probe.wait_for("sent all=2000", 60)
        # All may have been sent before the second death, from which the probe must come back all the same.
        counters = probe.counters_once(lambda c: c["connects"] == c["disconnects"] + 1, 60)
        assert counters["sent"] == 2000 and counters["connects"] >= 2
        assert counters["connects"] == counters["disconnects"] + 1, counters
        client.loop_stop()


def test_the_last_will_stands_at_the_broker_when_the_appliance_dies(start, tmp_path):
    with Broker(tmp_path) as broker:
        client, heard = broker.watch("s/online")
        probe = start(f"broker={HERE}:{broker.port} will=s/online keepalive=5")
        wait_until(lambda: ("s/online", b"on", False) in heard)
        probe.process.kill()
        probe.process.wait()
        subprocess.run(["ip", "link", "set", "tap0", "down"], check=True)
        subprocess.run(["ip", "link", "set", "tap0", "up"], check=True)
        wait_until(lambda: ("s/online", b"off", False) in heard, 20)
        client.loop_stop()


def test_a_wrong_password_is_named_with_what_to_do_and_tried_again_later_and_later(start, tmp_path):
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), "hq", "right"], check=True)
    os.chmod(passwords, 0o644)
    with Broker(tmp_path, lines=[f"password_file {passwords}", "allow_anonymous false"]) as broker:
        probe = start(f"broker={HERE}:{broker.port} buser=hq:wrong")
        pattern = "broker event=failed .*remedy=\"check user and password of broker in site.json.*retry_ms=([0-9]+)"
        delays = [int(probe.wait_for(pattern, 20, count).rsplit("retry_ms=")[1]) for count in (1, 2, 3)]
        assert 500 <= delays[0] <= 1000 <= delays[1] <= 2000 <= delays[2] <= 4000
        expect(probe, connects=0)
        probe.stop()
        probe = start(f"broker={HERE}:{broker.port} buser=hq:right")
        probe.wait_for("event=connected")


def test_a_broker_that_comes_later_is_found(start, tmp_path):
    broker = Broker(tmp_path, 1885)
    probe = start(f"broker={HERE}:{broker.port}")
    probe.wait_for("broker event=failed .*nobody listens there.*remedy=\"check the port in url of broker in site.json")
    with broker:
        probe.wait_for("event=connected", 20)


def test_pings_keep_an_idle_connection_up(start, tmp_path):
    with Broker(tmp_path) as broker:
        probe = start(f"broker={HERE}:{broker.port} keepalive=5")
        probe.wait_for("event=connected")
        time.sleep(8)  # longer than 1.5 times its keep-alive
        expect(probe, connects=1, disconnects=0)


def test_a_frozen_broker_is_noticed(start, tmp_path):
    with Broker(tmp_path) as broker:
        probe = start(f"broker={HERE}:{broker.port} keepalive=5")
        probe.wait_for("event=connected")
        broker.process.send_signal(signal.SIGSTOP)
        try:
            probe.wait_for("broker event=lost", 20)
            probe.wait_for("did not answer CONNECT", 30)
        finally:
            broker.process.send_signal(signal.SIGCONT)
        probe.wait_for("event=connected", 30, 2)


def test_the_client_speaks_tls_to_a_real_broker(start, tmp_path):
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("hq.example", f"IP:{HERE}")
    lines = [f"cafile {authority.certificate}", f"certfile {certificate}", f"keyfile {key}"]
    with Broker(tmp_path, 8883, lines) as broker:
        probe = start(f"broker={HERE}:8883 tls=1 ca={authority.certificate} subscribe=in send=300")
        probe.wait_for("event=connected .*tls=yes")
        client, heard = broker.watch("back/in", ca_certs=authority.certificate)
        payload = os.urandom(100000)
        client.publish("in", payload, 1)
        wait_until(lambda: heard)
        assert heard[0][1] == payload
        probe.wait_for("sent all=300")
        client.loop_stop()
