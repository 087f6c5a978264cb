"""A network for one test process: a namespace of its own, a TAP device, and small servers for DHCP, DNS and
time that say what a test wants. Everything vanishes with the namespace. Needs root."""
import ctypes
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

CLONE_NEWNET = 0x40000000
SO_BINDTODEVICE = 25
LIBC = ctypes.CDLL(None, use_errno=True)
HERE = "10.9.0.1"
THERE = "10.9.0.2"
NTP_EPOCH = 2208988800


def run(*words):
    subprocess.run(words, check=True, capture_output=True, text=True)


class Namespace:
    """The process moves into a new network namespace and comes back at the end."""

    def __enter__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        if LIBC.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        run("ip", "link", "set", "lo", "up")
        run("ip", "tuntap", "add", "tap0", "mode", "tap")
        with open("/proc/sys/net/ipv6/conf/tap0/accept_dad", "w") as setting:
            setting.write("0")
        run("ip", "addr", "add", HERE + "/24", "dev", "tap0")
        run("ip", "-6", "addr", "add", "fd09::1/64", "dev", "tap0", "nodad")
        run("ip", "link", "set", "tap0", "txqueuelen", "10000", "up")
        return self

    def __exit__(self, *_):
        LIBC.setns(self.home, CLONE_NEWNET)
        os.close(self.home)


def hash_bytes(data):
    """FNV-1a, 64 bit."""
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def bundle(files):
    """A sealed site (site/bundle.h) with the contents of files, each under its own path."""
    head = struct.calcsize("<8sIIQQ")
    entries, contents = b"", b""
    begin = -(-(head + 128 * len(files)) // 64) * 64
    for path in files:
        with open(path, "rb") as file:
            data = file.read()
        entries += struct.pack("<112sQQ", path.encode(), begin + len(contents), len(data))
        contents += (data + b"\0").ljust(-(-(len(data) + 1) // 64) * 64, b"\0")
    body = (entries.ljust(begin - head, b"\0") + contents)
    return struct.pack("<8sIIQQ", b"BRINKSIT", 1, len(files), head + len(body), hash_bytes(body)) + body


class Probe:
    """The appliance under test, as a process or, when the program is an image, in QEMU; its console is kept in
    .lines. Of `arguments`: --clock-unset and --entropy-weak take the RTC and every generator away."""

    def __init__(self, program, options, *arguments):
        self.lines = []
        self.changed = threading.Condition()
        self.site = tempfile.NamedTemporaryFile(suffix=".bundle")
        self.site.write(bundle(re.findall(r"\b(?:ca|cert|key)=(\S+)", options)))
        self.site.flush()
        if str(program).endswith(".elf"):
            command = self._qemu(program, options, arguments)
        else:
            command = [program, "--tap", "tap0", "--debug", "--site", self.site.name, *arguments,
                       "--append", options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()

    def _qemu(self, image, options, arguments):
        machine = "microvm,acpi=off,rtc=" + ("off" if "--clock-unset" in arguments else "on")
        weak = "--entropy-weak" in arguments
        return ["qemu-system-x86_64", "-M", machine, "-accel", "tcg", "-cpu", "qemu64" if weak else "max",
                "-m", "8", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
                "-serial", "stdio", "-kernel", image, "-initrd", self.site.name, "-append", options,
                "-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no",
                "-device", "virtio-net-device,netdev=n",
                *([] if weak else ["-device", "virtio-rng-device"])]

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\r\n"))
                self.changed.notify_all()

    def wait_for(self, pattern, seconds=15, count=1):
        """The line (the count-th one) that matches; fails with the whole console when none comes."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                found = [line for line in self.lines if re.search(pattern, line)]
                if len(found) >= count:
                    return found[count - 1]
                left = end - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    if time.monotonic() >= end:
                        raise AssertionError(f"no line {pattern!r} in:\n" + "\n".join(self.lines))

    def matching(self, pattern):
        with self.changed:
            return [line for line in self.lines if re.search(pattern, line)]

    def counters(self, address=THERE):
        with socket.create_connection((address, 6), 5) as connection:
            text = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        values = dict(pair.split("=", 1) for pair in text.split())
        return {name: int(value) if re.fullmatch(r"-?\d+", value) else value
                for name, value in values.items()}

    def counters_once(self, condition, seconds=5):
        """The counters as soon as they meet the condition; the last ones when they do not in time."""
        end = time.monotonic() + seconds
        while True:
            counters = self.counters()
            if condition(counters) or time.monotonic() > end:
                return counters
            time.sleep(0.02)

    def stop(self):
        """Ends it in order and returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        status = self.stop()
        assert status == 0, f"status {status}:\n" + "\n".join(self.lines)


class DatagramServer:
    """Answers datagrams by answer(bytes, peer) until it is closed."""

    def __init__(self, port, answer, address=HERE, device=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if device:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, device.encode() + b"\0")
        self.socket.bind((address, port))
        self.socket.settimeout(0.2)
        self.answer = answer
        self.is_open = True
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while self.is_open:
            try:
                question, peer = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            reply = self.answer(question, peer)
            if reply is not None:
                data, where = reply if isinstance(reply, tuple) else (reply, peer)
                self.socket.sendto(data, where)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_open = False
        self.thread.join()
        self.socket.close()


def dhcp_server(address=THERE, dns=HERE, time_server=None, seen=None):
    """RFC 2131: one address for whoever asks. What clients send goes to `seen`."""

    def answer(request, _peer):
        if len(request) < 240 or request[0] != 1:
            return None
        options, at = {}, 240
        while at < len(request) and request[at] != 255:
            if request[at] == 0:
                at += 1
                continue
            options[request[at]] = request[at + 2:at + 2 + request[at + 1]]
            at += 2 + request[at + 1]
        if seen is not None:
            seen.append(options)
        kind = {1: 2, 3: 5}.get(options[53][0])  # discover: offer, request: acknowledge
        if kind is None:
            return None
        reply = bytearray(request[:240])
        reply[0] = 2
        reply[16:20] = socket.inet_aton(address)

        def option(code, value):
            return bytes([code, len(value)]) + value

        reply += option(53, bytes([kind])) + option(54, socket.inet_aton(HERE))
        reply += option(51, struct.pack(">I", 3600)) + option(1, socket.inet_aton("255.255.255.0"))
        reply += option(3, socket.inet_aton(HERE)) + option(6, socket.inet_aton(dns))
        if time_server:
            reply += option(42, socket.inet_aton(time_server))
        return bytes(reply + b"\xff"), ("255.255.255.255", 68)

    return DatagramServer(67, answer, "0.0.0.0", "tap0")


def dns_server(names, asked=None):
    """Answers A and AAAA questions from {name: address}; other names do not exist."""

    def answer(question, _peer):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        name = ".".join(labels)
        if asked is not None:
            asked.append((name, kind))
        address = names.get(name)
        is_ip6 = address is not None and ":" in address
        has_answer = address is not None and kind == (28 if is_ip6 else 1)
        flags = 0x8180 if address is not None else 0x8183
        head = question[:2] + struct.pack(">HHHHH", flags, 1, int(has_answer), 0, 0)
        body = question[12:at + 5]
        if has_answer:
            data = socket.inet_pton(socket.AF_INET6 if is_ip6 else socket.AF_INET, address)
            body += struct.pack(">HHHIH", 0xc00c, kind, 1, 60, len(data)) + data
        return head + body

    return DatagramServer(53, answer)


def time_server(utc_s, forged=False):
    """RFC 4330; `forged` answers do not repeat what the client sent."""

    def answer(question, _peer):
        seconds = int(utc_s) + NTP_EPOCH & 0xffffffff
        stamp = struct.pack(">II", seconds, int(utc_s % 1 * 2**32))
        origin = b"\0" * 8 if forged else question[40:48]
        return bytes([0x24, 1, 6, 0xec]) + b"\0" * 12 + stamp + origin + stamp + stamp

    return DatagramServer(123, answer)


class RawPeer:
    """A TCP peer that the kernel knows nothing of: it sends what a test says, and acknowledges nothing by itself."""

    address = "10.9.0.77"
    mac = b"\x02\0\0\0\0\x77"

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("tap0", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
            asks.sendto(b"", (THERE, 9))
        end = time.monotonic() + 5
        while not (found := re.search("lladdr (\\S+)", subprocess.run(
                ["ip", "neigh", "show", THERE], capture_output=True, text=True).stdout)):
            assert time.monotonic() < end
            time.sleep(0.02)
        self.other = bytes.fromhex(found.group(1).replace(":", ""))
        self._tell_mac()

    def _tell_mac(self):
        """An ARP request that says who we are, and an answer to whoever asks."""
        us, them = self.mac + socket.inet_aton(self.address), self.other + socket.inet_aton(THERE)
        for kind in (1, 2):
            self.socket.send(self.other + self.mac + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x800, 6, 4, kind) + us + them)

    def send(self, port, to, sequence, acknowledged, flags, data=b"", source=None):
        """A segment to `to`; flags as in RFC 9293, section 3.1: FIN 1, SYN 2, RST 4, PSH 8, ACK 16."""
        source, there = socket.inet_aton(source or self.address), socket.inet_aton(THERE)

        def with_checksum(header, at, before=b"", after=b""):
            total = before + header + after + b"\0" * (len(after) % 2)
            value = sum(struct.unpack(f">{len(total) // 2}H", total))
            while value >> 16:
                value = (value & 0xffff) + (value >> 16)
            return header[:at] + struct.pack(">H", ~value & 0xffff) + header[at + 2:]

        segment = struct.pack(">HHIIBBHHH", port, to, sequence, acknowledged, 0x50, flags, 65535, 0, 0)
        length = len(segment) + len(data)
        segment = with_checksum(segment, 16, source + there + struct.pack(">BBH", 0, 6, length), data) + data
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, 6, 0) + source + there
        self.socket.send(self.other + self.mac + b"\x08\0" + with_checksum(packet, 10) + segment)

    def receive(self, port, flags, seconds=1):
        """The sequence number of the next segment to our port with all these flags; None: none came in time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frame = self.socket.recv(2000)
            except TimeoutError:
                return None
            if frame[12:14] == b"\x08\x06" and frame[38:42] == socket.inet_aton(self.address):
                self._tell_mac()
            elif frame[12:14] == b"\x08\0" and frame[23] == 6 and frame[30:34] == socket.inet_aton(self.address):
                _, to, sequence = struct.unpack(">HHI", frame[34:42])
                if to == port and frame[47] & flags == flags:
                    return sequence
        return None

    def open(self, port, to, data):
        """Connects and says something; False when nobody answers."""
        self.send(port, to, 1000, 0, 2)
        sequence = self.receive(port, 0x12)
        if sequence is None:
            return False
        self.send(port, to, 1001, sequence + 1 & 0xffffffff, 0x18, data)
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
