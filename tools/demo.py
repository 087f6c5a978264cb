#!/usr/bin/python3
"""The demo: a day of a store, from sensors to headquarters, with real peers.

    demo.py play     plays the recorded day at high speed, shows what arrives upstream, and ends with a summary;
                     exit status 0 only if exactly the alerts of recorded/expected.txt arrived
    demo.py run      keeps the appliance up and says how to send it a reading; ends with Ctrl-C

Starts a Mosquitto as headquarters (TLS 1.3, client certificate required), another as the site's own broker, and
the appliance in QEMU. The coolers connect to the appliance's own listener, freezers and mains monitor to the site's
broker, door contacts send datagrams. Everything it writes lies in build/demo.
"""
import argparse
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import paho.mqtt.client as mqtt

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
WORK = os.path.join(TOP, "build", "demo")
BRINK = os.path.join(TOP, "build", "brink")
KERNEL = os.path.join(TOP, "build", "brink-x86_64.elf")
CONFIG = os.path.join(TOP, "configs", "store")
USER, PASSWORD = "sensors", "store-14-sensors"
MINUTES_AHEAD = 2  # how far the player may be ahead of what the appliance has judged
STALL_S = 20       # no progress for so long: something is broken

COLOUR = sys.stdout.isatty()
PAINT = {"critical": "1;31", "warning": "33", "notice": "36", "cleared": "32", "dim": "2", "bold": "1"}


def paint(kind, text):
    return f"\033[{PAINT[kind]}m{text}\033[0m" if COLOUR and kind in PAINT else text


def say(text=""):
    print(text, flush=True)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            s.settimeout(1)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port} after {seconds} s: see {WORK}")


class Processes:
    """What this demo started, and nothing else; ended in reverse order."""

    def __init__(self):
        self.started = []

    def start(self, command, log):
        out = open(os.path.join(WORK, log), "wb")
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=WORK,
                                   start_new_session=True)
        self.started.append(process)
        return process

    def end(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def run_quietly(command, what):
    log = os.path.join(WORK, "steps.log")
    with open(log, "ab") as out:
        if subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode:
            with open(log, errors="replace") as f:
                sys.stderr.write("".join(f.readlines()[-15:]))
            raise SystemExit(f"could not {what}; the whole output is in {log}")


def write_mosquitto(name, lines):
    path = os.path.join(WORK, name + ".conf")
    with open(path, "w", encoding="utf8") as f:
        f.write("\n".join(lines + ["persistence false", "max_queued_messages 0", "max_inflight_messages 0"]) + "\n")
    return ["mosquitto", "-c", path]


class Stage:
    """Headquarters, the site's broker and the appliance."""

    def __init__(self):
        shutil.rmtree(WORK, ignore_errors=True)
        os.makedirs(WORK)
        self.site = os.path.join(WORK, "store")
        shutil.copytree(CONFIG, self.site, ignore=shutil.ignore_patterns("recorded", "tls"))
        self.headquarters, self.broker = free_port(), free_port()
        self.listener, self.udp = free_port(), free_port(socket.SOCK_DGRAM)
        path = os.path.join(self.site, "site.json")
        with open(path, encoding="utf8") as f:
            text = f.read()
        text = text.replace(":8883", f":{self.headquarters}").replace(":1884", f":{self.broker}")
        with open(path, "w", encoding="utf8") as f:
            f.write(text)
        self.processes = Processes()

    def start(self):
        tls = os.path.join(self.site, "tls")
        run_quietly([BRINK, "keys", self.site], "make the throw-away certificates")
        self.processes.start(write_mosquitto("headquarters", [
            f"listener {self.headquarters} 127.0.0.1", "allow_anonymous true", f"cafile {tls}/ca.pem",
            f"certfile {tls}/server.pem", f"keyfile {tls}/server.key", "require_certificate true",
            "tls_version tlsv1.3", "user root"]), "headquarters.log")
        self.processes.start(write_mosquitto("broker", [
            f"listener {self.broker} 127.0.0.1", "allow_anonymous true", "user root"]), "broker.log")
        wait_for_port(self.headquarters)
        wait_for_port(self.broker)
        say("Headquarters: Mosquitto, TLS 1.3, client certificate required.  The site's own broker: Mosquitto.")
        image = os.path.join(WORK, "store.elf")
        run_quietly([BRINK, "image", self.site, "-o", image, "--kernel", KERNEL], "seal the store into an image")
        self.image_bytes = os.path.getsize(image)
        self.appliance = self.processes.start(
            [BRINK, "run", image, "--listen", str(self.listener), "--udp", f"5005:{self.udp}"], "console.log")
        self.console = os.path.join(WORK, "console.log")
        ready = self.console_line(r"ready ms=([\d.]+)")
        self.ready_ms = float(ready.group(1))
        say(f"The appliance is up: ready {self.ready_ms:.1f} ms after entry, {self.image_bytes / 1024:.0f} KiB of image, 8 MiB of memory.")

    def console_line(self, pattern, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with open(self.console, errors="replace") as f:
                found = re.search(pattern, f.read())
            if found:
                return found
            if self.appliance.poll() is not None:
                break
            time.sleep(0.01)
        with open(self.console, errors="replace") as f:
            sys.stderr.write(f.read()[-3000:])
        raise SystemExit(f"the console never said {pattern!r}; it is in {self.console}")


class Headquarters:
    """Hears what arrives upstream, over TLS with a client certificate, and shows it."""

    def __init__(self, stage):
        self.alerts, self.reports, self.bytes, self.health = [], 0, 0, {}
        self.changed = threading.Condition()
        self.online = threading.Event()
        tls = os.path.join(stage.site, "tls")
        self.client = mqtt.Client(client_id="headquarters-desk")
        self.client.tls_set(ca_certs=f"{tls}/ca.pem", certfile=f"{tls}/site.pem", keyfile=f"{tls}/site.key",
                            cert_reqs=ssl.CERT_REQUIRED, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.on_message = self.message
        subscribed = threading.Event()
        self.client.on_connect = lambda c, *_: c.subscribe("brink/v1/#", 1)
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("127.0.0.1", stage.headquarters)
        self.client.loop_start()
        if not subscribed.wait(10):
            raise SystemExit("could not listen at headquarters")

    def message(self, _client, _data, message):
        kind = message.topic.split("/")[3]
        body = json.loads(message.payload) if message.payload else {}
        with self.changed:
            self.bytes += len(message.payload) if kind != "health" else 0
            if kind == "online" and body.get("online"):
                self.online.set()
            elif kind == "health":
                self.health = body.get("data", body)
            elif kind == "report":
                self.reports += 1
            elif kind == "alert":
                self.alerts.append(body)
                self.show(body)
            self.changed.notify_all()

    @staticmethod
    def show(body):
        data = body["data"]
        cleared = data["change"] == "cleared"
        word = "cleared" if cleared else data["severity"]
        before = {"cleared": "Over: ", "reminder": "Still: "}.get(data["change"], "")
        text = before + data["message"]
        say(f"  {body['time'][11:16]}  {paint(word, word.upper().ljust(8))}  {text}")
        if data.get("action") and data["change"] in ("raised", "updated"):
            say(paint("dim", f"                   {data['action']}"))

    def figure(self, name):
        appliance = self.health.get("appliance", self.health)
        return appliance.get(name, 0)


class Player:
    """The sensors: each cooler a connection of its own, a gateway at the site's broker, datagrams."""

    def __init__(self, stage):
        self.stage, self.sent, self.bytes = stage, 0, 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.coolers = {}
        self.gateway = self.connect("gateway", stage.broker, None)

    def connect(self, name, port, user):
        client = mqtt.Client(client_id=name)
        client.max_inflight_messages_set(0)
        if user:
            client.username_pw_set(user, PASSWORD)
        up, answer = threading.Event(), []
        client.on_connect = lambda c, d, f, code: (answer.append(code), up.set())
        client.connect("127.0.0.1", port, keepalive=60)
        client.loop_start()
        if not up.wait(10) or answer[0] != 0:
            raise SystemExit(f"sensor {name} could not connect: answer {answer}")
        return client

    def send(self, line):
        payload = json.dumps(line["payload"], separators=(",", ":"))
        self.sent += 1
        self.bytes += len(payload)
        if "udp" in line:
            self.udp.sendto(payload.encode(), ("127.0.0.1", self.stage.udp))
        elif "/cooler/" in line["topic"]:
            name = line["topic"].split("/")[3]
            if name not in self.coolers:
                self.coolers[name] = self.connect(name, self.stage.listener, USER)
            self.coolers[name].publish(line["topic"], payload, qos=1)
        else:
            self.gateway.publish(line["topic"], payload, qos=1)


def recorded_day():
    sys.path.insert(0, os.path.join(CONFIG, "recorded"))
    sys.dont_write_bytecode = True
    import make_day
    return make_day.day()


def keep_in_step(headquarters, sent_at_minute, minute, stage):
    """Waits until the appliance has judged what was sent some minutes ago (it says so in its health message)."""
    wanted = sent_at_minute.get(minute - MINUTES_AHEAD, 0)
    last, since = headquarters.figure("messages"), time.monotonic()
    with headquarters.changed:
        while headquarters.figure("messages") < wanted:
            headquarters.changed.wait(0.5)
            if headquarters.figure("messages") != last:
                last, since = headquarters.figure("messages"), time.monotonic()
            if time.monotonic() - since > STALL_S or stage.appliance.poll() is not None:
                figures = {k: v for k, v in headquarters.health.get("appliance", {}).items() if v}
                raise SystemExit(f"the appliance stopped judging: {last} of {wanted} messages; see {stage.console}\n{figures}")


def expected_alerts():
    with open(os.path.join(CONFIG, "recorded", "expected.txt"), encoding="utf8") as f:
        return [tuple(line.split()) for line in f if line.strip() and not line.startswith("#")]


def play(stage):
    headquarters = Headquarters(stage)
    if not headquarters.online.wait(30):
        raise SystemExit(f"the appliance did not reach headquarters; see {stage.console}")
    stage.console_line(r"event=connected[^\n]*tls=no")
    player = Player(stage)
    say("\nA day of the store, minute by minute: 12 coolers on the appliance's listener, 4 freezers and the mains on the")
    say("site's broker, door contacts by UDP. What arrives at headquarters:\n")
    lines, sent_at_minute, minute = recorded_day(), {}, 0
    first, begun = lines[0]["time"], time.monotonic()
    for line in lines:
        if (line["time"] - first) // 60 != minute:
            sent_at_minute[minute] = player.sent
            minute = (line["time"] - first) // 60
            keep_in_step(headquarters, sent_at_minute, minute, stage)
        player.send(line)
    expected = expected_alerts()
    with headquarters.changed:
        headquarters.changed.wait_for(lambda: len(headquarters.alerts) >= len(expected)
                                      and headquarters.figure("messages") >= player.sent, 10)
    took = time.monotonic() - begun
    return summary(stage, headquarters, player, expected, took)


def summary(stage, headquarters, player, expected, took):
    came = [(a["data"]["change"], a["data"]["severity"], a["subject"], a["time"][11:16]) for a in headquarters.alerts]
    changes = [c[0] for c in came]
    figure = headquarters.figure
    say(f"\n{paint('bold', 'Summary')}")
    rows = [
        ("readings heard", f"{figure('readings'):,} in {player.sent:,} messages, a day in {took:.0f} s"),
        ("alerts", f"{changes.count('raised')} raised, {changes.count('updated')} updated, {changes.count('reminder')} reminders, {changes.count('cleared')} cleared; {headquarters.reports} hourly reports"),
        ("bytes in", f"{figure('wire_received_bytes'):,} on the wire, {player.bytes:,} of payload"),
        ("bytes up", f"{headquarters.bytes:,} of alerts, states and reports"),
        ("ready", f"{stage.ready_ms:.1f} ms after entry"),
        ("image", f"{stage.image_bytes / 1024:.0f} KiB, the store and its keys sealed in"),
        ("memory", f"8 MiB, of which {figure('memory_free_bytes') / 1048576:.1f} MiB free"),
        ("ordinary path", f"{figure('copied_bytes')} bytes copied, {figure('quiet_allocations')} allocations in {figure('quiet_messages'):,} messages"),
        ("site's broker", f"{figure('broker_copied_bytes'):,} bytes copied by its client library for {figure('broker_messages'):,} messages"),
    ]
    for name, text in rows:
        say(f"  {name:<15} {text}")
    missing = [e for e in expected if e not in came]
    extra = [c for c in came if c not in expected]
    for kind, alerts in (("missing", missing), ("not expected", extra)):
        for alert in alerts:
            say(f"  {kind}: {' '.join(alert)}")
    good = not missing and not extra and len(came) == len(expected)
    say("  " + (paint("cleared", "exactly the expected alerts arrived") if good else paint("critical", "NOT the expected alerts")))
    return 0 if good else 1


def keep_up(stage):
    Headquarters(stage)  # its own thread shows what it hears
    say(f"""
A reading over MQTT (the alarm comes when it has been so warm for 10 minutes):
  mosquitto_pub -p {stage.listener} -u {USER} -P {PASSWORD} -t store/14/cooler/dairy-1/telemetry \\
      -m '{{"temp": 7.5, "rh": 71, "status": {{"defrost": "off"}}}}'
A power cut (the alarm comes after a minute):
  mosquitto_pub -p {stage.listener} -u {USER} -P {PASSWORD} -t store/14/mains -m '{{"ok": "off"}}'
A door left open, by UDP (the alarm comes after three minutes):
  echo '{{"id": "dairy-1", "open": true}}' | nc -u -w1 127.0.0.1 {stage.udp}
The console is in {stage.console}. Ctrl-C ends everything.
What arrives at headquarters:
""")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while stage.appliance.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        say()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["play", "run"])
    what = parser.parse_args().what
    stage = Stage()
    if what == "run":  # a live site: its clock is the clock on the wall
        path = os.path.join(stage.site, "site.json")
        with open(path, encoding="utf8") as f:
            text = f.read()
        with open(path, "w", encoding="utf8") as f:
            f.write(text.replace('"clock": "readings"', '"clock": "utc"'))
    try:
        stage.start()
        return play(stage) if what == "play" else keep_up(stage)
    finally:
        stage.processes.end()


if __name__ == "__main__":
    sys.exit(main())
