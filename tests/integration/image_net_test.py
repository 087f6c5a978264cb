"""The tests of host_net_test.py once more, with the same appliance as an image in QEMU with 8 MiB: the virtio
drivers below, and a worker that the loop interrupts at any instruction. Not those that judge only what the same C
says about addresses, names and certificates."""
import os
import subprocess

import pytest

from host_net_test import *  # noqa: F401,F403
from host_net_test import ROOT

for name in ("without_a_dhcp_server_somebody_is_told", "each_failure_of_a_stream_has_its_name",
             "a_forged_time_is_not_believed", "an_advertised_prefix_makes_an_address",
             "names_and_addresses_both_prove_the_server", "a_certificate_of_the_future",
             "a_certificate_for_another_name", "a_certificate_of_an_unknown_authority",
             "a_server_that_refuses_our_certificate", "a_server_that_wants_a_certificate_and_gets_none",
             "a_client_certificate_that_has_expired", "files_of_the_site_that_do_not_fit",
             "a_server_with_an_old_version_only", "a_port_that_does_not_speak_tls"):
    del globals()["test_" + name]


@pytest.fixture(scope="module")
def program():
    built = os.environ.get("NET_PROBE_IMAGE")
    if built:
        return built
    subprocess.run(["make", "-s", "-C", ROOT, "-f", "tests/integration/net_probe.mk", "net_probe_image"],
                   check=True)
    return os.path.join(ROOT, "build/image/tests/integration/net_probe.elf")
