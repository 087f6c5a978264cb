"""Starts an image in QEMU and reads its console, each wait with a bound.

    with Machine("build/test-images/hello.elf", memory=8) as machine:
        line = machine.wait_for("ready", seconds=5)
        assert machine.wait_exit(seconds=5) == EXIT_OK

Uses KVM where the processor shows vmx or svm and /dev/kvm can be opened, else TCG; BRINK_ACCEL overrides."""
import os
import re
import select
import subprocess
import time

QEMU = os.environ.get("BRINK_QEMU", "qemu-system-x86_64")

# What isa-debug-exit makes of the appliance's status: (value << 1) | 1.
EXIT_OK = 1
EXIT_PANIC = 7

MACHINES = ["microvm,acpi=off", "microvm", "q35", "pc"]


def accelerator():
    """"kvm" or "tcg"."""
    if "BRINK_ACCEL" in os.environ:
        return os.environ["BRINK_ACCEL"]
    with open("/proc/cpuinfo") as f:
        flags = re.search(r"^flags\s*:(.*)$", f.read(), re.M)
    has_virtualization = flags and {"vmx", "svm"} & set(flags.group(1).split())
    return "kvm" if has_virtualization and os.access("/dev/kvm", os.R_OK | os.W_OK) else "tcg"


class Timeout(AssertionError):
    """A bounded wait ended without what it waited for; the message holds the console so far."""


class Machine:
    """One QEMU process.

    image       ELF file for -kernel
    machine     -M; memory in MiB; devices: each one's -device text, or a list of any arguments
    initrd      boot module, command_line: -append; cpu: -cpu
    wrap        words put before QEMU, such as ["ip", "netns", "exec", "x"]
    """

    def __init__(self, image, machine="microvm,acpi=off", memory=64, devices=(), arguments=(),
                 initrd=None, command_line=None, cpu=None, wrap=(), debug_exit=True):
        accel = accelerator()
        self.started = time.monotonic()
        self.console = ""
        self._read_to = 0
        self._closed = False
        command = [*wrap, QEMU, "-M", machine, "-accel", accel,
                   "-cpu", cpu or ("host" if accel == "kvm" else "max"), "-m", str(memory),
                   "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
                   "-serial", "stdio", "-kernel", str(image)]
        if debug_exit:
            command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        if initrd:
            command += ["-initrd", str(initrd)]
        if command_line:
            command += ["-append", command_line]
        for device in devices:
            command += ["-device", device]
        command += [str(a) for a in arguments]
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)

    @property
    def pid(self):
        return self.process.pid

    def _read(self, seconds):
        """Takes in what the console has, waiting at most so long for it; False at its end."""
        if self._closed:
            return False
        fd = self.process.stdout.fileno()
        if select.select([fd], [], [], max(seconds, 0))[0]:
            data = os.read(fd, 65536)
            if not data:
                self._closed = True
                return False
            self.console += data.decode("utf-8", "replace").replace("\r", "")
        return True

    def wait_for(self, pattern, seconds=10):
        """The next line, after those already returned, in which the regular expression is found."""
        end = time.monotonic() + seconds
        while True:
            for line in re.finditer(r"[^\n]*\n", self.console[self._read_to:]):
                if re.search(pattern, line.group()):
                    self._read_to += line.end()
                    return line.group().rstrip("\n")
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                raise Timeout(f"no line with {pattern!r} within {seconds} s; the console:\n{self.console}")

    def wait_exit(self, seconds=10):
        """QEMU's exit status, once it ended by itself; the console is then complete."""
        end = time.monotonic() + seconds
        while self._read(end - time.monotonic()):
            if time.monotonic() > end:
                raise Timeout(f"still running after {seconds} s; the console:\n{self.console}")
        try:
            return self.process.wait(max(end - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            raise Timeout(f"still running after {seconds} s; the console:\n{self.console}") from None

    def lines(self):
        self._read(0)
        return self.console.splitlines()

    def cpu_seconds(self):
        """Processor time that QEMU used so far."""
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """Ends QEMU as a power cut would."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        while self._read(0.1):
            pass
        self.process.stdin.close()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def values(line):
    """The key=value pairs of a console line: {"ms": "4"}."""
    return {key: quoted or plain for key, quoted, plain in
            re.findall(r'(\w+)=(?:"([^"]*)"|(\S*))', line)}
