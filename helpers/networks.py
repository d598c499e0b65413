"""Keras, imported without TensorFlow's messages about drivers and instruction sets.

from helpers.networks import keras
"""

import os
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextmanager
def _silent_error_stream():
    """Send what compiled code writes to the error stream nowhere; exceptions are raised as ever."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


with _silent_error_stream():
    import keras

__all__ = ["keras"]
