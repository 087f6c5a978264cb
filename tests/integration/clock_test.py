"""The real image whose clock is set while things wait: a time server on this machine says when, and what is right.
Needs root for port 123."""
import datetime
import os
import struct
import sys
import threading
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), HERE]
from appliance import Appliance  # noqa: E402
from netlab import NTP_EPOCH, DatagramServer  # noqa: E402
from stage import Desk, Mosquitto, Sensor, Site, free_port, wait_until  # noqa: E402

RULES = """
site "Test site"
  id test

sensors coolers
  from mqtt t/{cooler}
  time on arrival
  read temperature from temp in °C

alarm too-warm on coolers
  critical when temperature above 5 °C for 5 seconds

alarm quiet on coolers
  warning when silent for 10 seconds

report summary on coolers
  every 1 minute
  send count of temperature
"""
MICROVM = "microvm,acpi=off,rtc="
CLOCKS = {  # the machine, and how far its clock is ahead
    "2 hours ahead": (MICROVM + "on", 7200),
    "2 hours behind": (MICROVM + "on", -7200),
    "none": (MICROVM + "off", None),
}


class Scene:
    """An appliance with a clock that is wrong, until `set_clock`."""

    def __init__(self, folder, clock):
        port, self.asked, self.may_answer = free_port(), threading.Event(), threading.Event()
        self.times = DatagramServer(123, self._time, "127.0.0.1")
        self.headquarters = Mosquitto(str(folder), "headquarters", port=port)
        self.desk = Desk(port)
        site = Site(folder / "site", RULES, time={"servers": ["10.0.2.2"]},
                    upstream={"url": f"mqtt://10.0.2.2:{port}", "client_id": "test"})
        machine, ahead_s = CLOCKS[clock]
        now = datetime.datetime.now(datetime.timezone.utc)
        rtc = [] if ahead_s is None else [
            "-rtc", f"base={now + datetime.timedelta(seconds=ahead_s):%Y-%m-%dT%H:%M:%S}"]
        self.appliance = Appliance(site.image(), machine, arguments=rtc)
        self.appliance.wait_ready()
        self.desk.wait_for("online", lambda body: body["online"])
        assert self.asked.wait(60), "nobody asks for the time"
        self.sensors = {name: Sensor(self.appliance.listener, name) for name in "ab"}

    def _time(self, question, _peer):
        """RFC 4330, once the test lets it; the client waits 15 seconds for an answer."""
        self.asked.set()
        if not self.may_answer.wait(14):
            return None
        now = time.time()
        stamp = struct.pack(">II", int(now) + NTP_EPOCH & 0xffffffff, int(now % 1 * 2**32))
        return bytes([0x24, 1, 6, 0xec]) + b"\0" * 12 + stamp + question[40:48] + stamp + stamp

    def set_clock(self):
        self.may_answer.set()
        self.appliance.wait_for("clock source=sntp", 15)

    def publish(self, name, temperature):
        self.sensors[name].publish(f"t/{name}", {"temp": temperature})

    def alerts(self, name):
        return [body for body in self.desk.of("alert") if body["data"]["alert"].endswith(name)]

    def end(self):
        for sensor in self.sensors.values():
            sensor.close()
        self.may_answer.set()
        self.desk.close()
        self.appliance.stop()
        self.times.__exit__()
        self.headquarters.stop()


def is_about_now(text, seconds):
    when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return abs(when.timestamp() - time.time()) < seconds


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_waits_takes_as_long_when_the_clock_is_set(tmp_path, clock):
    it = Scene(tmp_path, clock)
    try:
        it.publish("b", 3)
        silent_since = time.monotonic()
        it.publish("a", 9)
        hot_since = time.monotonic()
        it.set_clock()
        set_after = time.monotonic() - hot_since
        assert set_after < 4, f"the clock was set only after {set_after} s"

        def raised(name):
            def look():
                it.publish("a", 9)
                return it.alerts(name)
            return wait_until(look, 30, f"the alarm {name}")[0]

        alert = raised("too-warm")
        held = time.monotonic() - hot_since
        assert 4.5 < held < 60, f"5 seconds took {held} s"
        assert alert["data"]["device"] == "a" and is_about_now(alert["data"]["started_at"], 15)
        alert = raised("quiet")
        silent = time.monotonic() - silent_since
        assert 9.5 < silent < 60, f"10 seconds took {silent} s"
        assert alert["data"]["device"] == "b" and is_about_now(alert["data"]["raised_at"], 10)
        assert len(it.alerts("quiet")) == 1
        assert len(it.desk.of("report")) <= 4  # at most what was cut off and a minute's end, of each
    finally:
        it.end()
