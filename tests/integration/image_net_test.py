"""Every test of host_net_test.py once more, with the same appliance as an image in QEMU with 8 MiB: the virtio
drivers below, and a worker that the loop interrupts at any instruction."""
import os
import subprocess

import pytest

from host_net_test import *  # noqa: F401,F403
from host_net_test import ROOT


@pytest.fixture(scope="module")
def program():
    built = os.environ.get("NET_PROBE_IMAGE")
    if built:
        return built
    subprocess.run(["make", "-s", "-C", ROOT, "-f", "tests/integration/net_probe.mk", "net_probe_image"],
                   check=True)
    return os.path.join(ROOT, "build/image/tests/integration/net_probe.elf")
