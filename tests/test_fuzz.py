"""A short run of `fuzzing.py`, whose inputs are the same each time; the long run is a command of its own."""

import fuzzing
import pytest


@pytest.mark.filterwarnings("ignore:Duplicate name", "ignore:overflow")
def test_no_input_is_a_fault(tmp_path):
    assert sum(fuzzing.throw(4_000, 2026, tmp_path).values()) == 4_000
