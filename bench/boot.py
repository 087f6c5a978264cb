#!/usr/bin/python3
"""How long from the exec of QEMU to sensors being heard, how small, how little memory, how idle.

    boot.py [--runs N]

Seals configs/store, starts it N times on each machine and prints medians, next to QEMU's own floor on that machine (an image that
prints one line first thing), so that two machines that differ in speed can be compared by the ratio. Then the least
-m with which the store works with TLS connected, and the share of a core that an idle appliance uses."""
import argparse
import os
import re
import shutil
import statistics
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
from appliance import Appliance  # noqa: E402
from qemu import Machine, Timeout  # noqa: E402
from stage import BUILD, KERNEL, Desk, Mosquitto, Sensor, brink, free_port, tls_lines  # noqa: E402


def to_line(machine, pattern):
    """Milliseconds from starting QEMU until the console shows the pattern."""
    machine.wait_for(pattern, 30)
    return (time.monotonic() - machine.started) * 1000


def store(folder, port):
    site = os.path.join(folder, "store")
    shutil.copytree(os.path.join(TOP, "configs", "store"), site, ignore=shutil.ignore_patterns("recorded", "tls"))
    path = os.path.join(site, "site.json")
    with open(path, encoding="utf8") as f:
        text = f.read().replace(":8883", f":{port}").replace('"clock": "readings"', '"clock": "utc"')
    with open(path, "w", encoding="utf8") as f:
        f.write(text)
    brink("keys", site)
    image = os.path.join(folder, "store.elf")
    brink("image", site, "-o", image, "--kernel", KERNEL)
    return site, image


def boot_times(image, runs):
    print(f"{'machine':<20} {'QEMU floor ms':>14} {'exec to ready ms':>17} {'ready - floor':>14} {'entry to ready ms':>18}")
    floor_image = os.path.join(BUILD, "test-images", "hello.elf")
    for name in ("microvm,acpi=off", "microvm", "q35", "pc"):
        floors, readies, insides = [], [], []
        for _ in range(runs):
            with Machine(floor_image, name, memory=8) as machine:
                floors.append(to_line(machine, r"\S"))
            with Appliance(image, name) as machine:
                readies.append(to_line(machine, r"\bready ms="))
                insides.append(float(re.search(r"ready ms=([\d.]+)", machine.console).group(1)))
        floor, ready, inside = map(statistics.median, (floors, readies, insides))
        print(f"{name:<20} {floor:>14.1f} {ready:>17.1f} {ready - floor:>14.1f} {inside:>18.1f}")


def works(image, memory, desk):
    """True when, with so much memory, the store reaches headquarters over TLS and a sensor is heard."""
    desk.messages.clear()
    try:
        with Appliance(image, memory=memory) as machine:
            machine.wait_ready(10)
            desk.wait_for("online", lambda body: body["online"], 10)
            sensor = Sensor(machine.listener, password="store-14-sensors")
            sensor.publish("store/14/cooler/dairy-1/telemetry", {"temp": 4, "rh": 70, "status": {"defrost": "off"}})
            sensor.close()
            return True
    except (Timeout, AssertionError):
        return False


def least_memory(image, desk):
    least = None
    for memory in (8, 6, 5, 4, 3, 2):
        if not works(image, memory, desk):
            break
        least = memory
    print(f"least -m with which the store works, TLS connected: {least} MiB")


def idle_share(image, desk, seconds=20):
    desk.messages.clear()
    with Appliance(image) as machine:
        machine.wait_ready()
        desk.wait_for("online", lambda body: body["online"], 20)
        time.sleep(3)
        before = machine.cpu_seconds()
        time.sleep(seconds)
        used = machine.cpu_seconds() - before
    print(f"idle, connected to headquarters: {100 * used / seconds:.2f} % of a core (QEMU's whole process, {seconds} s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    folder = tempfile.mkdtemp(prefix="brink-bench-")
    try:
        port = free_port()
        site, image = store(folder, port)
        print(f"image with the store sealed in: {os.path.getsize(image) / 1024:.1f} KiB ({os.path.getsize(KERNEL) / 1024:.1f} without)")
        headquarters = Mosquitto(folder, "headquarters", tls_lines(site), port)
        desk = Desk(port, site)
        try:
            boot_times(image, runs)
            least_memory(image, desk)
            idle_share(image, desk)
        finally:
            desk.close()
            headquarters.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
