"""Headquarters' commands: the real image, a real broker, and a desk that acknowledges and shelves."""
import json
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from appliance import Appliance  # noqa: E402
from stage import Desk, Mosquitto, Sensor, Site, free_port, tls_lines, upstream, wait_until  # noqa: E402


@pytest.fixture
def scene(tmp_path):
    """Headquarters' broker, its desk, and a booted site."""
    port = free_port()
    site = Site(tmp_path / "site", upstream=upstream(port))
    site.keys()
    headquarters = Mosquitto(str(tmp_path), "headquarters", tls_lines(site.path), port)
    desk = Desk(port, site.path)
    with Appliance(site.image()) as appliance:
        appliance.wait_ready()
        wait_until(lambda: "brink/v1/test/do/+" in headquarters.log_text(), 20, "the subscription to commands")
        sensor = Sensor(appliance.listener)
        yield desk, sensor
        sensor.close()
    desk.close()
    headquarters.stop()


def changed(to):
    return lambda body: body["data"]["change"] == to


def ask(desk, command, **body):
    """Sends a command; returns its answer."""
    desk.client.publish(f"brink/v1/test/do/{command}", json.dumps(body), 1)
    return desk.wait_for("done", lambda answer: answer["id"] == body["id"])


def test_an_alarm_is_acknowledged_and_shelved_from_headquarters(scene):
    desk, sensor = scene
    sensor.publish("t/dairy-1", {"temp": 7.5})
    alert = desk.wait_for("alert", changed("raised"))["data"]["alert"]

    answer = ask(desk, "acknowledge", id="c-1", alert=alert, by="night-desk", comment="engineer called")
    assert answer["ok"] is True
    told = desk.wait_for("alert", changed("acknowledged"))
    assert int(told["sequence"]) == answer["sequence"]
    assert told["data"]["state"]["acknowledged"] is True
    assert told["data"]["acknowledged_by"] == "night-desk" and told["data"]["comment"] == "engineer called"

    assert ask(desk, "shelve", id="c-2", alert=alert, by="night-desk", minutes=60)["ok"] is True
    assert desk.wait_for("alert", changed("shelved"))["data"]["state"]["shelved_until"] is not None
    sensor.publish("t/dairy-1", {"temp": 4.0})
    desk.wait_for("alert", changed("cleared"))
    raised = len([b for b in desk.of("alert") if changed("raised")(b)])
    sensor.publish("t/dairy-1", {"temp": 8.0})
    desk.wait_for("state", lambda b: b["data"]["occurrence"] == 2 and b["data"]["state"]["active"])
    assert len([b for b in desk.of("alert") if changed("raised")(b)]) == raised, "a shelved alarm was announced"

    assert ask(desk, "unshelve", id="c-3", alert=alert)["ok"] is True
    desk.wait_for("alert", lambda b: changed("raised")(b) and b["data"]["occurrence"] == 2)


def test_a_command_that_cannot_be_carried_out_says_why(scene):
    desk, sensor = scene
    answer = ask(desk, "shelve", id="c-1", alert="test/coolers/nowhere/too-warm", minutes=5)
    assert answer["ok"] is False and "no such alarm" in answer["why"]
    desk.client.publish("brink/v1/test/do/acknowledge", "not JSON", 1)
    assert "JSON object" in desk.wait_for("done", lambda body: body["id"] is None)["why"]
