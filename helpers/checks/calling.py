"""Calling a student's function, and saying what happens on the way."""

import dis
import inspect
import io
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np

from helpers.checks.answer_key import AnswerKey
from helpers.checks.messages import NotAnswered, WrongAnswer

CALL_TIMEOUT = 20  # for one call; the probes are tiny, but an import can be slow
OUT_OF_TIME = "out_of_time"  # a misconception
MAX_SAID = 240  # characters of what Python says of an error
MAX_WRITTEN = 80  # numbers of an argument that is written out
LIBRARIES = {"PIL", "cv2", "helpers", "jax", "keras", "scipy", "skimage", "tensorflow", "torch"}


class OutOfTime(BaseException):
    """Raised inside a student's function; not an `Exception`, so that a plain `except Exception` lets it pass."""


def results(function: Any, names: Sequence[str], calls: Iterable[Sequence], key: AnswerKey) -> Iterator:
    """Call a function.

    Parameters
    ----------
    function : callable
        What the student handed in.
    names : sequence of str
        Names of the arguments.
    calls : iterable of sequences
        The arguments of each call; lists among them are passed as arrays, and a number called `rng` as a random
        generator with this seed.
    key : AnswerKey
        With the `library_names` that would do the exercise's work, and the `dtype` of arrays.

    Yields
    ------
    object
        What the function returned.

    Raises
    ------
    NotAnswered, WrongAnswer
    """
    if function is ...:
        raise NotAnswered("Not answered yet: write the function in the cell above.")
    if not callable(function):
        raise WrongAnswer(
            "This check needs the function itself, by its name alone: without brackets and without arguments."
        )
    if _is_empty(function):
        raise NotAnswered("Not answered yet: the function has no body.")
    if key.library_names:
        _refuse_library({getattr(function, "__module__", None) or type(function).__module__})
    _expect_parameters(function, names)
    for arguments in calls:
        yield _result(function, names, arguments, key)


def call(names: Sequence[str], arguments: Sequence) -> str:
    """Write a call's arguments out, so that a student can repeat it."""
    pairs = zip(names, arguments, strict=True)
    return ", ".join(f"{name} = {_written(name, value)}" for name, value in pairs)


def _written(name, value):
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with shape {value.shape}"
    if isinstance(value, list) and np.size(value) > MAX_WRITTEN:
        return f"an array with shape {np.shape(value)}"
    return f"np.random.default_rng({value})" if name == "rng" else repr(value)


def _result(function, names, arguments, key):
    given = [_given(name, value, key.dtype) for name, value in zip(names, arguments, strict=True)]
    borrowed = set()
    try:
        with _time_limit(), _watch_calls(key.library_names, borrowed), _listen() as printed:
            result = function(*given)
    except OutOfTime:
        _refuse_library(borrowed)
        raise WrongAnswer(
            f"Your function had not returned after {CALL_TIMEOUT} seconds of computing on a tiny image. Either it imports "
            "something large, or a loop goes on too long: often it is a `while` whose condition does not change.",
            OUT_OF_TIME,
        ) from None
    except NotImplementedError:
        raise NotAnswered("Not answered yet: the function raises NotImplementedError.") from None
    except (Exception, SystemExit) as error:
        _refuse_library(borrowed)
        seen = f" It was called with {call(names, arguments)}." if arguments else ""
        explained = _explain(error)
        raise WrongAnswer(f"Your {explained}{seen}", "bytes_overflow" if "uint8" in explained else "") from None
    _refuse_library(borrowed)
    if result is None and printed.getvalue().strip():
        raise WrongAnswer(
            "Your function prints its result and returns nothing. What is printed can be read, but nobody can go on "
            "computing with it: `return` it.",
            "printed",
        )
    for name, value, before in zip(names, given, arguments, strict=True):
        if isinstance(before, list) and not np.array_equal(value, np.array(before)):
            raise WrongAnswer(
                f"Your function changes its argument `{name}`: after the call, the caller's array is no longer what it was. "
                "Write into an array of your own, or into a copy.",
                "input_changed",
            )
    return result


def _given(name, value, dtype):
    if name == "rng":
        return np.random.default_rng(value)
    return np.array(value, dtype or None) if isinstance(value, list) else value


def _expect_parameters(function, names):
    try:
        inspect.signature(function).bind(*names)
    except TypeError:
        wanted = f"the argument{'s' if len(names) > 1 else ''} {', '.join(names)}" + (
            ", in this order" if len(names) > 1 else ""
        )
        raise WrongAnswer(
            f"Your function cannot take what the check gives it: {wanted if names else 'no arguments'}. "
            "Keep the first line of the function as it was."
        ) from None
    except ValueError:  # some built-in functions do not tell their parameters
        return


def _is_empty(function):
    """Return whether a function does nothing but return None, as one does that holds only its description."""
    steps = (
        [(step.opname, step.argval) for step in dis.get_instructions(function)]
        if hasattr(function, "__code__")
        else []
    )
    silent = [
        name in ("RESUME", "NOP", "RETURN_VALUE") or (name.endswith("_CONST") and value is None)
        for name, value in steps
    ]
    return bool(silent) and all(silent)


def _refuse_library(modules):
    """Refuse an answer whose work was done by these modules; there may be none."""
    libraries = sorted({module.split(".")[0] for module in modules} & LIBRARIES)
    if libraries:
        raise WrongAnswer(
            f"The work is done by {libraries[0]}, not by your function. "
            "Write the steps yourself, with NumPy and loops as you like; compare with the library afterwards.",
            "borrowed",
        )


def _explain(error):
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if "ipykernel" in frame.filename or frame.filename.startswith("<ipython")]
    place = f" in line {theirs[-1].lineno}" if theirs else ""
    code = f": `{theirs[-1].line}`" if theirs and theirs[-1].line else ""
    said = plain_error(
        traceback.format_exception_only(error)[-1].strip()
    )  # safe where the error cannot be written as text
    hint = (
        " A uint8 holds 0 to 255 and nothing else: convert to a wider type before you compute."
        if "uint8" in said
        else ""
    )
    return f"function stopped with an error{place}{code}. Python says: {said}{'' if said.endswith(('.', '!', '?')) else '.'}{hint}"


def plain_error(said: str) -> str:
    """Shorten what an error says to its reason.

    Parameters
    ----------
    said : str
        With escape codes, names of modules, and lists of arguments.

    Returns
    -------
    str
    """
    said = re.sub(r"\x1b\[[0-9;]*m", "", said)
    said = re.sub(
        r"^(?:\w+\.)+_?(?=\w+(?:Error|Exception|Warning)\b)", "", said
    )  # in which module an error is defined
    said = re.sub(r"Exception encountered when calling [^\n]*\n\s*\n", "", said)  # Keras' reason follows
    said = re.split(r"\n\s*\n|\n(?=Arguments received)", said)[0]
    return " ".join(said.split())[:MAX_SAID]


@contextmanager
def _time_limit():
    """Raise `OutOfTime` in the block when it has computed, or waited, for too long; only a main thread can be interrupted so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise OutOfTime

    clocks = {  # again and again, for code that swallows it
        signal.SIGPROF: (
            signal.ITIMER_PROF,
            CALL_TIMEOUT,
        ),  # processor time: it does not depend on who else computes
        signal.SIGALRM: (signal.ITIMER_REAL, 3 * CALL_TIMEOUT),
    }
    before = {number: signal.signal(number, stop) for number in clocks}
    for clock, seconds in clocks.values():
        signal.setitimer(clock, seconds, 0.1)
    try:
        yield
    finally:
        for number, (clock, _) in clocks.items():
            signal.setitimer(clock, 0)
            signal.signal(number, before[number])


class _Heard(io.StringIO):
    """The beginning of what a function prints; it is printed all the same."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream

    def write(self, text):
        if self.tell() < 1000:
            super().write(text[:1000])
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()


@contextmanager
def _listen():
    """Hear what is printed in the block."""
    heard = _Heard(sys.stdout)
    with redirect_stdout(heard):
        yield heard


@contextmanager
def _watch_calls(names, borrowed):
    """Note the modules of library functions that are called and whose names say they do the exercise's work."""
    pattern = re.compile(names or "$^")
    importing = 0  # depth of modules that are being imported: what they call is not the student's doing

    def note(frame, event, argument):
        nonlocal importing
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if name == "<module>" and event in ("call", "return"):
            importing += 1 if event == "call" else -1
        elif event == "c_call":
            owner = getattr(argument, "__self__", None)
            name = getattr(argument, "__name__", "")
            module = (
                getattr(argument, "__module__", None)
                or getattr(owner, "__module__", None)
                or type(owner).__module__
            )
        elif event != "call":
            return
        if importing < 1 and str(module).split(".")[0] in LIBRARIES and pattern.search(name):
            borrowed.add(module)

    before, before_in_threads = sys.getprofile(), threading.getprofile()
    if names:
        sys.setprofile(note)
        threading.setprofile(note)  # of threads that the function starts
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(before_in_threads)
