"""The real image in QEMU, with its ways in forwarded to ports of this machine. Used by tests/integration and bench."""
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from qemu import Machine, values  # noqa: E402
from stage import free_port  # noqa: E402


def card(machine, kind):
    """The virtio device of a kind as this machine takes it: on MMIO for microvm, on PCI elsewhere."""
    name = {"net": "virtio-net", "rng": "virtio-rng", "blk": "virtio-blk"}[kind]
    return name + ("-device" if machine.startswith("microvm") else "-pci")


class Appliance(Machine):
    """A booted image; `listener` and `udp` are the ports on this machine that reach it."""

    def __init__(self, image, machine="microvm,acpi=off", memory=8, entropy=True, net=True, network="", udp_port=5005, **more):
        self.listener, self.udp = free_port(), free_port(socket.SOCK_DGRAM)
        arguments = list(more.pop("arguments", ()))
        if net:
            rom = "" if machine.startswith("microvm") else ",romfile="
            arguments += ["-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.listener}-:1883,"
                          f"hostfwd=udp:127.0.0.1:{self.udp}-:{udp_port}{network}",
                          "-device", f"{card(machine, 'net')},netdev=n0{rom}"]
        if entropy:
            arguments += ["-device", card(machine, "rng")]
        super().__init__(image, machine=machine, memory=memory, arguments=arguments, **more)

    def wait_ready(self, seconds=30):
        """The console's `ready` line as a dictionary."""
        return values(self.wait_for(r"\bready ms=", seconds))

    def datagram(self, bytes_or_text):
        data = bytes_or_text.encode() if isinstance(bytes_or_text, str) else bytes_or_text
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(data, ("127.0.0.1", self.udp))
