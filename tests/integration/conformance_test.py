"""What the rule language promises, one test a sentence: every .test file in tests/data/conformance passes."""
import glob
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from stage import BRINK, TOP  # noqa: E402

FILES = sorted(glob.glob(os.path.join(TOP, "tests", "data", "conformance", "*.test")))


def test_there_are_files():
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=os.path.basename)
def test_each_sentence_holds(path):
    done = subprocess.run([BRINK, "test", path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
