"""What stands around the appliance in the tests: sites in temporary folders, real Mosquitto brokers, and a desk at headquarters
that hears what arrives. Everything started here is ended by its own process id. Used by tests/integration."""
import json
import os
import socket
import ssl
import subprocess
import threading
import time

import paho.mqtt.client as mqtt

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
BRINK = os.path.join(BUILD, "brink")
KERNEL = os.path.join(BUILD, "brink-x86_64.elf")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds, what):
    """Waits for a condition, with a bound; what it gave is returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def brink(*arguments, status=0, **more):
    done = subprocess.run([BRINK, *map(str, arguments)], capture_output=True, text=True, **more)
    assert done.returncode == status, f"brink {arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Mosquitto:
    """A real broker on a port of its own."""

    def __init__(self, folder, name, lines=(), port=None):
        self.port = port or free_port()
        self.config = os.path.join(folder, name + ".conf")
        self.log = os.path.join(folder, name + ".log")
        with open(self.config, "w", encoding="utf8") as f:
            f.write("\n".join([f"listener {self.port} 127.0.0.1", "allow_anonymous true", *lines, "user root",
                               "persistence true", f"persistence_location {folder}/", f"persistence_file {name}.db",
                               "log_type all", "connection_messages true"]) + "\n")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", self.config], stdout=open(self.log, "ab"),
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_until(lambda: listens(self.port), 10, f"mosquitto on port {self.port}; see {self.log}")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def log_text(self):
        with open(self.log, errors="replace") as f:
            return f.read()


def tls_lines(site, tls_version="tlsv1.3", certificate="server"):
    tls = os.path.join(site, "tls")
    return [f"cafile {tls}/ca.pem", f"certfile {tls}/{certificate}.pem", f"keyfile {tls}/{certificate}.key",
            "require_certificate true", f"tls_version {tls_version}"]


def forget_retained(port, topic):
    """As if nothing had been retained there: what is heard next is new."""
    client = mqtt.Client(client_id="forgetting")
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(topic, b"", qos=1, retain=True).wait_for_publish(10)
    client.loop_stop()
    client.disconnect()


class Desk:
    """Headquarters' desk: hears everything below brink/v1."""

    def __init__(self, port, site=None):
        self.messages, self.changed = [], threading.Condition()
        self.client = mqtt.Client(client_id="desk", clean_session=False)  # the broker keeps what comes while it is away
        if site:
            tls = os.path.join(site, "tls")
            self.client.tls_set(ca_certs=f"{tls}/ca.pem", certfile=f"{tls}/site.pem", keyfile=f"{tls}/site.key",
                                cert_reqs=ssl.CERT_REQUIRED, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.on_connect = lambda c, *_: c.subscribe("brink/v1/#", 1)
        self.client.on_message = self.heard
        subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert subscribed.wait(10), "the desk could not subscribe"

    def heard(self, _client, _data, message):
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def of(self, kind):
        """All messages of a kind so far (alert, state, report, online, health, site), as JSON."""
        with self.changed:
            return [json.loads(m.payload) for m in self.messages if m.topic.split("/")[3] == kind and m.payload]

    def raw(self, kind):
        with self.changed:
            return [m for m in self.messages if m.topic.split("/")[3] == kind]

    def wait_for(self, kind, condition=lambda body: True, seconds=20):
        """The first message of that kind that fits."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                for m in self.messages:
                    if m.topic.split("/")[3] == kind and m.payload:
                        body = json.loads(m.payload)
                        if condition(body):
                            return body
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no such {kind} within {seconds} s; came: {[m.topic for m in self.messages]}")
                self.changed.wait(left)

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()


RULES = """
site "Test site"
  id test

sensors coolers
  from mqtt t/{cooler}
  time on arrival
  read temperature from temp in °C
  valid temperature -40 °C to 60 °C

sensors doors
  from udp port 5005
  name door from id
  read open from open as open or closed

alarm too-warm on coolers
  critical when temperature above 5 °C until below 4.5 °C
  say "Cooler {cooler} is at {temperature}."
  action "Close the door."

alarm left-open on doors
  notice when open is open
  say "Door {door} is open."
"""


class Site:
    """A site in a folder of its own; settings are changed by keyword before `image`."""

    def __init__(self, folder, rules=RULES, **changes):
        self.path = str(folder)
        os.makedirs(self.path, exist_ok=True)
        self.settings = {
            "name": "test",
            "network": {"address": "10.0.2.15/24", "gateway": "10.0.2.2", "dns": ["10.0.2.3"], "ipv6": "off"},
            "listener": {"port": 1883, "connections": 16, "users": [{"name": "sensors", "password": "secret"}]},
            "limits": {"devices": 64},
            "machine": {"memory_mib": 8, "entropy": "required"},
        }
        self.settings.update(changes)
        with open(os.path.join(self.path, "test.rules"), "w", encoding="utf8") as f:
            f.write(rules)
        self.write()

    def write(self):
        with open(os.path.join(self.path, "site.json"), "w", encoding="utf8") as f:
            json.dump(self.settings, f, indent=2)

    def keys(self, *options):
        brink("keys", self.path, *options)

    def image(self, name="site.elf"):
        self.write()
        path = os.path.join(self.path, name)
        brink("image", self.path, "-o", path, "--kernel", KERNEL)
        return path


def upstream(port, **more):
    return {"url": f"mqtts://10.0.2.2:{port}", "client_id": "test", "ca": "tls/ca.pem", "certificate": "tls/site.pem",
            "key": "tls/site.key", **more}


class Sensor:
    """A Paho client that connects to the appliance's listener."""

    def __init__(self, port, name="sensor", user="sensors", password="secret", seconds=10):
        self.client = mqtt.Client(client_id=name)
        if user:
            self.client.username_pw_set(user, password)
        self.answer, up = None, threading.Event()

        def connected(_client, _data, _flags, code):
            self.answer = code
            up.set()
        self.client.on_connect = connected
        self.gone = threading.Event()
        self.client.on_disconnect = lambda *_: self.gone.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert up.wait(seconds), "the listener did not answer CONNECT"

    def publish(self, topic, body, qos=1, seconds=10):
        info = self.client.publish(topic, body if isinstance(body, (str, bytes)) else json.dumps(body), qos=qos)
        info.wait_for_publish(seconds)
        assert info.is_published(), "the listener did not acknowledge"

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()
