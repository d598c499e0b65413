"""Reading a kernel's messages: the student's code may have written every byte of them.

The form is that of Jupyter's messaging protocol. A message of known type comes out with the fields that the protocol gives
it and nothing else; where a field is wrong, it is left out or empty, and that is noted. What cannot be understood at all is
dropped, and noted.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from course.gate.bounds import (
    MAX_CELL_OUTPUT,
    MAX_MESSAGE_BYTES,
    MAX_NOTES,
    MAX_TRACEBACK_LINES,
)
from course.gate.notebooks import PICTURES, picture_of
from course.gate.plain import NotPlain, plain_json, valid_text

DELIMITER = b"<IDS|MSG>"
TYPE = re.compile(r"[a-z]+/[\w.+-]{1,100}")
JSON = re.compile(r"application/(?:.*\+)?json")
MAX_NAME = 200  # characters of names and ids
KINDS = (
    "status", "iopub_welcome", "kernel_info_reply", "clear_output", "stream", "error", "execute_reply", "display_data",
    "update_display_data", "execute_result",
)  # fmt: skip
DROPPED = ("comm_open", "comm_msg", "comm_close", "execute_input", "input_request", "debug_event")


class MessageReader:
    """Reads the messages of one kernel.

    Parameters
    ----------
    sign : callable
        Frames to their signature, as hexadecimal digits in bytes.
    """

    def __init__(self, sign: Callable):
        self.sign, self.left_out = sign, []

    def note(self, what: str) -> None:
        """Note what was left out, once each and up to a number."""
        if what not in self.left_out and len(self.left_out) < MAX_NOTES:
            self.left_out.append(what)

    def read(self, frames: list[bytes]) -> dict | None:
        """Read one message.

        Parameters
        ----------
        frames : list of bytes

        Returns
        -------
        dict or None
            With `header`, `msg_type`, `msg_id`, `parent_header`, `metadata`, `content` and `buffers`.
        """
        try:
            header, parent, content = self._parts(frames)
        except (ValueError, RecursionError):  # json's errors are ValueErrors
            self.note("a message that is not one of Jupyter's")
            return None
        kind = _short(header.get("msg_type"))
        if kind in DROPPED:
            return None
        read = getattr(self, f"_{kind}", None) if kind in KINDS else None
        if read is None:
            self.note("a message of an unknown type")
            return None
        return {
            "header": {"msg_type": kind, "msg_id": _short(header.get("msg_id"))},
            "msg_type": kind,
            "msg_id": _short(header.get("msg_id")),
            "parent_header": {"msg_id": _short(parent.get("msg_id"))},
            "metadata": {},
            "content": read(content),
            "buffers": [],
        }

    def _parts(self, frames):
        if DELIMITER not in frames or sum(map(len, frames)) > MAX_MESSAGE_BYTES:
            raise ValueError
        signature, *parts = frames[frames.index(DELIMITER) + 1 :]
        if len(parts) < 4 or signature != self.sign(parts[:4]):
            raise ValueError
        header, parent, _, content = (json.loads(part.decode("utf-8", "replace")) for part in parts[:4])
        if not all(isinstance(part, dict) for part in (header, parent, content)):
            raise ValueError
        return header, parent, content

    # ---- the protocol's types of messages, each with its content

    def _status(self, content):
        return {"execution_state": _short(content.get("execution_state"))}

    def _iopub_welcome(self, content):
        return {}

    def _kernel_info_reply(self, content):
        return {"status": "ok", "protocol_version": "5.3", "language_info": {"name": "python"}}

    def _clear_output(self, content):
        return {"wait": content.get("wait") is True}

    def _stream(self, content):
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return {"name": name, "text": self._text(content.get("text"), "printed text")}

    def _error(self, content):
        lines = content.get("traceback")
        lines = lines if isinstance(lines, list) else []
        if not all(isinstance(line, str) for line in lines):
            self.note("an error without a readable traceback")
        lines = [line for line in lines if isinstance(line, str)]
        if len(lines) > MAX_TRACEBACK_LINES:
            lines = [*lines[: MAX_TRACEBACK_LINES // 2], "…", *lines[-MAX_TRACEBACK_LINES // 2 :]]
        room = MAX_CELL_OUTPUT // max(len(lines), 1)
        return {
            "ename": _short(content.get("ename")) or "Error",
            "evalue": self._text(content.get("evalue", ""), "an error's message")[:10_000],
            "traceback": [valid_text(line, room) for line in lines],
        }

    def _execute_reply(self, content):
        status = content.get("status") if content.get("status") in ("ok", "error", "aborted") else "ok"
        payload = content.get("payload")
        payload = payload if isinstance(payload, list) else []
        leaves = any(isinstance(part, dict) and part.get("source") == "ask_exit" for part in payload)
        found = {
            "status": status,
            "execution_count": _count(content.get("execution_count")),
            "payload": [{"source": "ask_exit"}] if leaves else [],
        }
        return found | (self._error(content) if status != "ok" else {})

    def _display_data(self, content):
        found = {"data": self._data(content.get("data")), "metadata": sizes_of(content.get("metadata"))}
        transient = content.get("transient")
        name = transient.get("display_id") if isinstance(transient, dict) else None
        return found | {"transient": {"display_id": _short(name)} if isinstance(name, str) and name else {}}

    _update_display_data = _display_data

    def _execute_result(self, content):
        return self._display_data(content) | {"execution_count": _count(content.get("execution_count"))}

    # ---- parts of contents

    def _text(self, value, what):
        if isinstance(value, str):
            return valid_text(value, MAX_CELL_OUTPUT)
        self.note(f"{what} that is not text")
        return ""

    def _data(self, data):
        """An output's data by types; what does not fit its type is left out."""
        if not isinstance(data, dict):
            self.note("an output without data")
            return {}
        found = {}
        for kind, value in list(data.items())[:50]:
            kept = self._datum(kind, value) if TYPE.fullmatch(kind) else None
            if kept is None:
                self.note("a part of an output that does not fit its type")
            else:
                found[kind] = kept
        return found

    def _datum(self, kind, value):
        if kind in PICTURES:
            return picture_of({kind: value}).get(kind)
        if JSON.fullmatch(kind):
            try:
                return plain_json(value)
            except NotPlain:
                return None
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = "".join(value)
        return valid_text(value, MAX_CELL_OUTPUT) if isinstance(value, str) else None


def _short(value):
    return valid_text(value, MAX_NAME) if isinstance(value, str) else ""


def _count(value):
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 1_000_000 else None


def sizes_of(metadata: Any) -> dict[str, dict[str, int]]:
    """Of an output's metadata the sizes of its pictures: the rest is for programs that run what it says."""
    found = {}
    for kind in PICTURES:
        about = metadata.get(kind) if isinstance(metadata, dict) else None
        about = about if isinstance(about, dict) else {}
        sizes = {side: _count(about.get(side)) for side in ("width", "height")}
        sizes = {side: size for side, size in sizes.items() if size}
        found |= {kind: sizes} if sizes else {}
    return found
