"""PyTorch beside Keras: computed where it is installed, and shown as it was recorded where it is not."""

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "pytorch_recorded.json"
RECORDING = "COURSE_RECORDS_PYTORCH"  # in the environment: the file to write what is computed into


def with_pytorch(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Show what a function of the module `torch` returns, and whether it was computed here.

    Parameters
    ----------
    compute : callable
        Gets the module; its result is shown as text. What is recorded is found by its name.

    Returns
    -------
    callable
        The function.

    Raises
    ------
    KeyError
        When PyTorch is not installed and nothing was recorded under this name.
    """
    try:
        import torch
    except ImportError:
        recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
        print(f"PyTorch {recorded['version']}, as recorded on {recorded['date']} (it is not installed here):")
        print(recorded["shown"][compute.__name__])
    else:
        text = str(compute(torch))
        print(f"PyTorch {_version(torch)}, computed here:\n{text}")
        if RECORDING in os.environ:
            _record(Path(os.environ[RECORDING]), _version(torch), compute.__name__, text)
    return compute


def _version(torch):
    return torch.__version__.partition("+")[0]


def _record(path, version, name, text):
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"shown": {}}
    found |= {"version": version, "date": date.today().isoformat()}
    found["shown"][name] = text
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
