"""The drivers on every machine that QEMU offers: frames come back, the disk keeps what was written, the entropy device
seeds, and what is missing is said to be missing. Each image of drivers_*.c is booted by tests/support/qemu.py."""
import datetime
import os
import select
import socket
import struct
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.qemu import EXIT_OK, Machine, values  # noqa: E402

IMAGES = os.path.join(os.environ.get("BUILD", "build"), "test-images")

# name: (machine, further arguments, suffix of a virtio device's name)
MODERN = ["-global", "virtio-mmio.force-legacy=false"]
MACHINES = {
    "microvm-noacpi-legacy": ("microvm,acpi=off", [], "device"),
    "microvm-noacpi-modern": ("microvm,acpi=off", MODERN, "device"),
    "microvm-legacy": ("microvm", [], "device"),
    "microvm-modern": ("microvm", MODERN, "device"),
    "q35": ("q35", [], "pci"),
    "pc": ("pc", [], "pci"),
}
every_machine = pytest.mark.parametrize("machine", MACHINES)
NO_GENERATOR = "qemu64"  # a processor without RDRAND


def boot(machine, image, *arguments, append=None, memory=64, cpu=None):
    """`arguments` are QEMU's, with "virtio-rng-*" meaning the machine's kind of device."""
    kind, machine_arguments, suffix = MACHINES[machine]
    arguments = [argument.replace("-*", "-" + suffix, 1) for argument in arguments]
    return Machine(os.path.join(IMAGES, image + ".elf"), machine=kind, memory=memory, cpu=cpu, command_line=append,
                   arguments=[*machine_arguments, *arguments])


class Wire:
    """The other end of QEMU's `-netdev socket`: each frame after its length, nothing lost."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.socket = None
        self.buffer = b""

    def arguments(self, device="virtio-net-*"):
        port = self.listener.getsockname()[1]
        return ["-netdev", f"socket,id=wire,connect=127.0.0.1:{port}",
                "-device", f"{device},netdev=wire,mac=52:54:00:12:34:56"]

    def connect(self):
        self.listener.settimeout(20)
        self.socket = self.listener.accept()[0]

    def send(self, frames):
        self.socket.sendall(b"".join(struct.pack(">I", len(frame)) + frame for frame in frames))

    def receive(self, count, limit=20):
        """Takes `count` frames, or as many as come in `limit` seconds."""
        frames = []
        end = time.monotonic() + limit
        while len(frames) < count:
            if len(self.buffer) >= 4:
                length = struct.unpack(">I", self.buffer[:4])[0]
                if len(self.buffer) >= 4 + length:
                    frames.append(self.buffer[4:4 + length])
                    self.buffer = self.buffer[4 + length:]
                    continue
            if not select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
                break
            more = self.socket.recv(1 << 16)
            if not more:
                break
            self.buffer += more
        return frames

    def exchange(self, frames):
        """Sends, and reads at the same time, in rounds that the sockets surely hold."""
        back = []
        for i in range(0, len(frames), 100):
            self.send(frames[i:i + 100])
            back += self.receive(len(frames[i:i + 100]))
        return back

    def close(self):
        for s in (self.socket, self.listener):
            if s:
                s.close()


@pytest.fixture
def wire():
    w = Wire()
    yield w
    w.close()


APPLIANCE, SENSOR = bytes.fromhex("525400123456"), bytes.fromhex("020000000001")


def frame(number, length):
    """The experimental EtherType 0x88b5, a number, and bytes that follow from it."""
    body = b"\x88\xb5" + struct.pack(">I", number)
    body += bytes((number + i) & 0xff for i in range(length - 12 - len(body)))
    return APPLIANCE + SENSOR + body


def turned(f):
    return f[6:12] + f[:6] + f[12:]


@every_machine
@pytest.mark.parametrize("how", ["whole", "split"])
def test_every_frame_comes_back_as_it_was(machine, how, wire):
    with boot(machine, "drivers_echo", *wire.arguments(), append=how) as guest:
        wire.connect()
        assert "52:54:00:12:34:56" in guest.wait_for(r"ready .*")
        lengths = [60, 61, 64, 100, 590, 1023, 1024, 1500, 1513, 1514]
        frames = [frame(i, lengths[i % len(lengths)]) for i in range(3000)]
        back = wire.exchange(frames)
        assert len(back) == len(frames)
        assert back == [turned(f) for f in frames]
        # After a while in which it slept, one frame alone must wake it.
        for i in range(5):
            slept = guest.wait_for(r"frames received=%d .*sleeps=(\d+)" % (3000 + i))
            assert "malformed=0" in slept
            f = frame(i, 60)
            wire.send([f])
            assert wire.receive(1, 5) == [turned(f)]


@every_machine
def test_a_burst_beyond_the_ring_is_held_back_not_lost(machine, wire):
    with boot(machine, "drivers_echo", *wire.arguments(), append="drop") as guest:
        wire.connect()
        guest.wait_for(r"ready .*")
        frames = [frame(i, 200) for i in range(8192)]
        wire.send(frames)
        guest.wait_for(r"frames received=8192 sent=0 full=0 malformed=0")


@pytest.mark.parametrize("machine", ["microvm-noacpi-legacy", "microvm-noacpi-modern", "q35"])
def test_four_megabytes_are_enough_to_answer(machine, wire):
    # q35's firmware wants more for itself.
    with boot(machine, "drivers_echo", *wire.arguments(), memory=8 if machine == "q35" else 4) as guest:
        wire.connect()
        guest.wait_for(r"ready .*")
        frames = [frame(i, 1514) for i in range(500)]
        assert wire.exchange(frames) == [turned(f) for f in frames]


@pytest.fixture
def namespace():
    """A network namespace with a TAP device `tap0`, 10.9.9.1, that knows the appliance's address."""
    name = f"brink-drivers-{os.getpid()}"
    commands = [["ip", "netns", "add", name]]
    commands += [["ip", "-n", name, *words.split()] for words in (
        "tuntap add tap0 mode tap vnet_hdr", "addr add 10.9.9.1/24 dev tap0", "link set tap0 up",
        "neigh add 10.9.9.2 lladdr 52:54:00:12:34:56 dev tap0")]
    try:
        for command in commands:
            if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
                pytest.skip("this machine allows no network namespace with a TAP device")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("machine", ["microvm-noacpi-legacy", "microvm-noacpi-modern", "q35"])
@pytest.mark.parametrize("offload", ["on", "off"])
def test_partial_checksums_of_local_senders_count_as_valid(machine, offload, namespace):
    kind, arguments, suffix = MACHINES[machine]
    arguments = [*arguments, "-netdev", "tap,id=wire,ifname=tap0,script=no,downscript=no,vhost=off", "-device",
                 f"virtio-net-{suffix},netdev=wire,mac=52:54:00:12:34:56,guest_csum={offload}"]
    with Machine(os.path.join(IMAGES, "drivers_echo.elf"), machine=kind, arguments=arguments, command_line="drop",
                 wrap=["ip", "netns", "exec", namespace]) as guest:
        guest.wait_for(r"ready .*")
        sender = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); " \
                 "[s.sendto(bytes(100), ('10.9.9.2', 9)) for i in range(20)]"
        subprocess.run(["ip", "netns", "exec", namespace, sys.executable, "-c", sender], check=True)
        # The host's own neighbour and router messages may come besides; their checksums are whole.
        count = int(values(guest.wait_for(r"frames received=(2\d|[3-9]\d) "))["valid"])
        assert count >= 20 if offload == "on" else count == 0


def test_a_dropped_frame_costs_few_instructions(wire):
    """Counted by QEMU: with shift=0 the time stamp counter goes up by one for each instruction. The image's own
    counting is about 20 of them."""
    with boot("microvm-noacpi-legacy", "drivers_echo", *wire.arguments(), "-icount", "shift=0,sleep=off",
              append="drop") as guest:
        wire.connect()
        guest.wait_for(r"ready .*")
        wire.send([frame(i, 200) for i in range(8192)])
        line = guest.wait_for(r"dropped frames=8192 instructions=(\d+)")
        assert int(values(line)["instructions"]) <= 100


def disk_arguments(path, *options):
    drive = ",".join(["file=" + str(path), "format=raw", "if=none", "id=data", *options])
    return ["-drive", drive, "-device", "virtio-blk-*,drive=data"]


def empty_disk(folder):
    path = folder / "disk"
    path.write_bytes(bytes(4 << 20))
    return path


def pattern(request):
    return bytes((request * 31 + i * 7 + i // 512) & 0xff for i in range(4096))


@every_machine
def test_the_disk_gives_back_what_was_written(machine, tmp_path):
    path = empty_disk(tmp_path)
    with boot(machine, "drivers_disk", *disk_arguments(path)) as guest:
        guest.wait_for(r"disk sectors=8192 read_only=0")
        guest.wait_for(r"disk_written failures=0")
        guest.wait_for(r"disk_verified failures=0")
        # Of five requests for what can't be, five fail; the panic's way of writing works, and not beyond the end.
        guest.wait_for(r"disk_done failures=5 polling=1 beyond=0")
        assert guest.wait_exit() == EXIT_OK
    content = path.read_bytes()
    assert content[:12] == b"panic record"
    for i in (0, 1, 50, 99):
        assert content[4096 * (i + 1):4096 * (i + 2)] == pattern(i)


@every_machine
def test_a_read_only_disk_refuses_every_write(machine, tmp_path):
    path = empty_disk(tmp_path)
    with boot(machine, "drivers_disk", *disk_arguments(path, "readonly=on")) as guest:
        guest.wait_for(r"disk sectors=8192 read_only=1")
        guest.wait_for(r"disk_done failures=100 polling=0 beyond=0")
        assert guest.wait_exit() == EXIT_OK
    assert not any(path.read_bytes())


def test_a_disk_without_a_cache_works_as_well(tmp_path):
    path = empty_disk(tmp_path)
    with boot("microvm-noacpi-legacy", "drivers_disk", *disk_arguments(path, "cache=writethrough")) as guest:
        guest.wait_for(r"disk_verified failures=0")
        guest.wait_for(r"disk_done failures=5 polling=1 beyond=0")


def test_a_sector_that_the_disk_can_not_write_is_told_to_its_owner(tmp_path):
    rules = tmp_path / "rules"
    rules.write_text('[inject-error]\nevent = "write_aio"\nerrno = "5"\nsector = "16"\n')
    path = empty_disk(tmp_path)
    with boot("microvm-noacpi-legacy", "drivers_disk", "-drive",
              f"file=blkdebug:{rules}:{path},format=raw,if=none,id=data,werror=report,cache=writethrough",
              "-device", "virtio-blk-*,drive=data") as guest:
        guest.wait_for(r"disk_error operation=1 sector=16 ")
        guest.wait_for(r"disk_written failures=[1-9]")  # QEMU joins neighbours into one write
        guest.wait_for(r"disk_done failures=5 polling=1 beyond=0")


ALL_DEVICES = ["-netdev", "user,id=wire", "-device", "virtio-net-*,netdev=wire", "-device", "virtio-rng-*"]


@every_machine
def test_the_entropy_device_seeds_at_every_boot(machine):
    seen = set()
    for _ in range(2):
        with boot(machine, "drivers_list", "-device", "virtio-rng-*", cpu=NO_GENERATOR) as guest:
            seen.add(guest.wait_for(r"random strong=1 .*bytes=\w+").split("bytes=")[1])
            assert guest.wait_exit() == EXIT_OK
    assert len(seen) == 2


@every_machine
def test_missing_devices_are_missing(machine):
    with boot(machine, "drivers_list", cpu=NO_GENERATOR) as guest:
        guest.wait_for(r"devices net=0 disk=0 entropy=0 console=0 other=0")
        guest.wait_for(r"random strong=0")
        assert guest.wait_exit() == EXIT_OK
    for image, kind in (("drivers_echo", "net"), ("drivers_disk", "disk")):
        with boot(machine, image) as guest:
            guest.wait_for(rf"missing {kind}=0")
            assert guest.wait_exit() == EXIT_OK


@every_machine
def test_all_devices_at_once_and_a_stranger(machine, tmp_path):
    output = tmp_path / "console"
    with boot(machine, "drivers_list", *ALL_DEVICES, *disk_arguments(empty_disk(tmp_path)),
              "-device", "virtio-serial-*", "-chardev", f"file,id=log,path={output}", "-device", "virtconsole,chardev=log",
              "-device", "virtio-balloon-*") as guest:
        guest.wait_for(r"device_unused kind=5 ")
        guest.wait_for(r"devices net=1 disk=1 entropy=1 console=1 other=0")
        guest.wait_for(r"ready ")
        assert guest.wait_exit() == EXIT_OK
    text = output.read_text()
    assert text.count("the second console hears this\n") == 60
    assert " info devices net=" in text


@pytest.mark.parametrize("machine", ["microvm-noacpi-legacy", "q35", "pc"])
@pytest.mark.parametrize("base", [None, "2000-02-29T23:59:58", "2027-01-01T00:00:00", "2035-12-31T12:00:00"])
def test_the_clock_of_the_machine_is_read_in_utc(machine, base):
    wanted = datetime.datetime.fromisoformat(base).replace(tzinfo=datetime.timezone.utc) if base else None
    arguments = ["-rtc", f"base={base or 'utc'}"]
    with boot(machine, "drivers_list", *arguments) as guest:
        line = guest.wait_for(r"rtc read=1 utc=\S+Z")
        assert guest.wait_exit() == EXIT_OK
    shown = datetime.datetime.fromisoformat(line.split("utc=")[1].strip().replace("Z", "+00:00"))
    wanted = wanted or datetime.datetime.now(datetime.timezone.utc)
    assert abs((shown - wanted).total_seconds()) < 5


def test_a_bridge_does_not_hide_a_device(wire):
    with boot("q35", "drivers_echo", "-device", "pcie-root-port,id=root1,chassis=1",
              *wire.arguments("virtio-net-pci,bus=root1")) as guest:
        wire.connect()
        guest.wait_for(r"ready .*")
        f = frame(1, 100)
        wire.send([f])
        assert wire.receive(1) == [turned(f)]
