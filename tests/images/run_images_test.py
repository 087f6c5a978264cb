"""Boots the kernel's test images. Run by pytest from the top folder, after `make test-images`."""
import ctypes
import os
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.qemu import EXIT_OK, EXIT_PANIC, MACHINES, Machine, values  # noqa: E402

IMAGES = os.path.join(os.environ.get("BUILD", "build"), "test-images")

FORBIDDEN = {
    "panic_write_text": 'message="wrote to read-only memory \\(text\\)" address=ffff',
    "panic_write_constant": 'message="wrote to read-only memory \\(constants\\)"',
    "panic_run_data": 'message="ran data \\(data\\)"',
    "panic_run_heap": 'message="ran data \\(heap or pages\\)"',
    "panic_run_stack": 'message="ran data \\(data\\)"',
    "panic_page_zero": 'message="touched page zero" address=10',
    "panic_low_memory": 'message="wrote where no memory is" address=7c00',
    "panic_main_stack": 'in=loop message="stack overflow: main"',
    "panic_worker_stack": 'in=worker message="stack overflow: worker"',
    "panic_canary": 'message="stack smashed',
    "panic_double_free": 'message="(invalid instruction|touched page zero)"',
    "panic_must": 'file=tests/images/panic_must.c line=\\d+ in=loop message="must hold: sensors > 0"',
    "panic_memory": 'message="memory is used up: 4194304 KiB asked for.*-m \\d+M"',
    "panic_twice": "message=\"first 'quoted'     7\\|-3  \\|00ab\\|text\\|cu\\|-5\"",
}


def image(name):
    return os.path.join(IMAGES, name + ".elf")


@pytest.mark.parametrize("machine", MACHINES)
def test_it_boots_on_every_machine(machine):
    with Machine(image("hello"), machine=machine) as m:
        line = m.wait_for("ready")
        assert machine.split(",")[0] in values(line)["platform"]
        assert m.wait_exit() == EXIT_OK


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_forbidden_ends_in_a_panic_that_says_so(name):
    with Machine(image(name), memory=8) as m:
        assert m.wait_exit() == EXIT_PANIC, m.console
        m.wait_for("panic .*" + FORBIDDEN[name], seconds=0)
        m.wait_for("panic rip=[0-9a-f]+ rsp=", seconds=0)
        m.wait_for(r"panic at #0 \S+\+0x", seconds=0)


def test_a_backtrace_names_the_functions():
    with Machine(image("panic_memory"), memory=8) as m:
        assert m.wait_exit() == EXIT_PANIC
        names = [line.split()[4].split("+")[0] for line in m.lines() if "panic at #" in line]
        assert names[:3] == ["must_memory_buffers", "must_memory_pages", "appliance_main"]


def test_a_panic_within_a_panic_ends_the_machine_at_once():
    with Machine(image("panic_twice"), memory=8) as m:
        assert m.wait_exit() == EXIT_PANIC
        m.wait_for("again, within a panic", seconds=0)


def test_a_panic_resets_a_machine_without_debug_exit():
    with Machine(image("panic_must"), memory=8, debug_exit=False) as m:
        m.wait_for("must hold")
        assert m.wait_exit() == 0  # -no-reboot: a reset ends QEMU


@pytest.mark.parametrize("name, seconds", [("timers", 10), ("worker", 40), ("heap", 20), ("worker_heap", 20)])
def test_the_image_says_that_all_is_well(name, seconds):
    with Machine(image(name), memory=8) as m:
        assert m.wait_exit(seconds) == EXIT_OK, m.console


def test_it_runs_in_four_mebibytes():
    with Machine(image("heap"), memory=4) as m:
        assert m.wait_exit(20) == EXIT_OK, m.console


def test_without_no_execute_pages_it_stops_and_says_why():
    with Machine(image("hello"), cpu="qemu64,nx=off") as m:
        m.wait_for("panic .*no-execute")
        assert m.wait_exit() == EXIT_PANIC


def test_it_runs_without_a_random_generator_smep_and_smap():
    with Machine(image("hello"), cpu="qemu64") as m:
        m.wait_for("ready")
        assert m.wait_exit() == EXIT_OK


@pytest.fixture(scope="module")
def seal(tmp_path_factory):
    """tools/image_seal.c as a function: seal(image, bundle) gives the sealed image."""
    library = tmp_path_factory.mktemp("seal") / "image_seal.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-I.", "-o", library, "tools/image_seal.c"], check=True)
    image_seal = ctypes.CDLL(str(library)).image_seal
    image_seal.argtypes = [ctypes.c_char_p, ctypes.c_size_t] * 3 + [ctypes.POINTER(ctypes.c_size_t)]

    def call(elf, bundle):
        size = ctypes.c_size_t()
        out = ctypes.create_string_buffer(len(elf) + len(bundle) + 8192)
        assert image_seal(elf, len(elf), bundle, len(bundle), out, len(out), ctypes.byref(size)) == 0
        return out.raw[: size.value]

    return call


@pytest.mark.parametrize("machine", MACHINES)
def test_a_sealed_image_has_its_site_and_a_boot_module_does_not_replace_it(machine, seal, tmp_path):
    sealed, module = tmp_path / "sealed.elf", tmp_path / "module"
    with open(image("site"), "rb") as f:
        sealed.write_bytes(seal(f.read(), b"sealed " + b"x" * 99993))
    module.write_bytes(b"module " + b"y" * 4993)
    for kernel, initrd, expected in [(sealed, module, ("sealed", 100000, "x")),
                                     (image("site"), module, ("module", 5000, "y")),
                                     (image("site"), None, ("", 0, ""))]:
        with Machine(kernel, machine=machine, initrd=initrd, command_line="one two=3") as m:
            told = values(m.wait_for("site "))
            assert (told["first"], int(told["bytes"]), told["last"]) == expected
            assert told["command_line"].startswith("one two=3")
            if expected[1]:
                m.wait_for('panic .*message="wrote to read-only memory .the site.')
                assert m.wait_exit() == EXIT_PANIC
            else:
                assert m.wait_exit() == EXIT_OK


def test_the_image_lies_elsewhere_at_each_boot():
    bases = set()
    for _ in range(3):
        with Machine(image("panic_must"), memory=8) as m:
            bases.add(values(m.wait_for("base="))["base"])
    assert len(bases) == 3


def test_the_clock_runs_as_fast_as_ours():
    with Machine(image("clock")) as m:
        marks = []
        for _ in range(4):
            marks.append((int(values(m.wait_for("second"))["us"]) / 1e6, time.monotonic()))
        assert m.wait_exit() == EXIT_OK, m.console
        inside, outside = (marks[-1][i] - marks[0][i] for i in (0, 1))
        assert abs(inside - outside) < outside / 10, (inside, outside)  # a wrong frequency is off by far more


def test_it_costs_next_to_nothing_when_idle():
    with Machine(image("idle")) as m:
        m.wait_for("idle")
        begin, cpu = time.monotonic(), m.cpu_seconds()
        m.wait_for("idle")
        m.wait_for("idle")
        share = (m.cpu_seconds() - cpu) / (time.monotonic() - begin)
        assert share < 0.05, share  # a tick of 1 ms would cost more; `make bench` tells the share itself
        assert int(values(m.lines()[-1])["interrupts"]) < 20
