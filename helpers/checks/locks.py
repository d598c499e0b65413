"""Sentences locked by the answers they belong to.

A table must name errors without showing answers. So each sentence is encrypted, and its key is derived from the
very answer it speaks about: only who gives that answer can read the sentence. The derivation is
slow on purpose. This keeps answers from being read, not from being searched for: a program that tries all small
numbers finds a cell's value within a second.
"""

import hashlib
import json

ROUNDS = 2_000


def digest(*parts: str, rounds: int = ROUNDS) -> str:
    """Return a digest of an answer, which names it without showing it.

    Parameters
    ----------
    *parts : str
        The exercise, then whatever was answered.
    rounds : int
        How slow the derivation is; 1 for a table that no student sees.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    return _key(parts, rounds)[:16].hex()


def lock(message: dict, *parts: str, rounds: int = ROUNDS) -> tuple[str, str]:
    """Encrypt a message so that it opens only with the same parts.

    Parameters
    ----------
    message : dict
        Plain data.
    *parts : str
        The exercise, then the answer.
    rounds : int

    Returns
    -------
    tuple of str
        The digest to look it up by, and the message, both in hexadecimal digits.
    """
    return digest(*parts, rounds=rounds), _xor(json.dumps(message).encode(), _key(parts, rounds)).hex()


def unlock(messages: dict[str, str], *parts: str, rounds: int = ROUNDS) -> dict | None:
    """Open the message that belongs to an answer.

    Parameters
    ----------
    messages : dict of str to str
        As `lock` made them.
    *parts : str
        The exercise, then the answer.
    rounds : int

    Returns
    -------
    dict or None
        None where no message belongs to this answer.
    """
    locked = messages.get(digest(*parts, rounds=rounds))
    return None if locked is None else json.loads(_xor(bytes.fromhex(locked), _key(parts, rounds)))


def _key(parts, rounds):
    return hashlib.pbkdf2_hmac("sha256", "\x1f".join(parts[1:]).encode(), parts[0].encode(), rounds, 48)


def _xor(text, key):
    stream = hashlib.shake_256(key[16:]).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))
