"""Sentences locked by the answers they belong to.

A key must name errors without showing answers. So each sentence is encrypted with a password of its own, and the password is
encrypted once for every answer that the sentence speaks about, by a secret derived from that very answer: only who
gives the answer can read the sentence. The derivation is slow on purpose. This keeps answers from being read, not from being
searched for: a program that tries all small numbers finds a cell's value within a second.

PBKDF2 and SHA-256 alone are used, which every browser's library has as well.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache

ROUNDS = 2_000
HALF = 16  # bytes of a secret that name it, and bytes that encrypt


@lru_cache(maxsize=4096)
def secret(*parts: str, rounds: int = ROUNDS) -> bytes:
    """Derive the secret of an answer.

    Parameters
    ----------
    *parts : str
        The exercise, then whatever was answered.
    rounds : int
        How slow the derivation is.

    Returns
    -------
    bytes
        32 of them.
    """
    return hashlib.pbkdf2_hmac("sha256", "\x1f".join(parts[1:]).encode(), parts[0].encode(), rounds, 2 * HALF)


def digest(*parts: str, rounds: int = ROUNDS) -> str:
    """Return a digest of an answer, which names it without showing it.

    Parameters
    ----------
    *parts : str
        The exercise, then whatever was answered.
    rounds : int

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    return secret(*parts, rounds=rounds)[:HALF].hex()


def encrypt(messages: Iterable[dict], salt: str) -> tuple[list[str], dict[str, bytes]]:
    """Encrypt messages, each with a password of its own.

    Parameters
    ----------
    messages : iterable of dict
        Plain data.
    salt : str
        What the passwords are made from; whoever knows it can read all messages.

    Returns
    -------
    tuple of list of str and dict of str to bytes
        The encrypted messages in hexadecimal digits; and by the text of each what opens it: its number, and its password.
    """
    texts = sorted({_text(message) for message in messages})
    passwords = [hashlib.sha256(f"{salt}\x1f{text}".encode()).digest()[:HALF] for text in texts]
    encrypted = [_xor(text.encode(), password).hex() for text, password in zip(texts, passwords, strict=True)]
    return encrypted, {text: n.to_bytes(2, "big") + passwords[n] for n, text in enumerate(texts)}


def lock(
    known: dict[tuple[str, ...], list[dict]], openers: dict[str, bytes], exercise: str, rounds: int = ROUNDS
) -> dict[str, str]:
    """Lock what opens messages by the answers that they speak about.

    Parameters
    ----------
    known : dict of tuple of str to list of dict
        By the parts of an answer what is said to it.
    openers : dict of str to bytes
        As `encrypt` made them.
    exercise : str
    rounds : int

    Returns
    -------
    dict of str to str
        In hexadecimal digits, by half of an answer's digest.
    """
    entries = {}
    for answered, said in known.items():
        found = secret(exercise, *answered, rounds=rounds)
        opened = b"".join(openers[_text(message)] for message in said)
        entries[found[: HALF // 2].hex()] = _xor(opened, found[HALF:]).hex()
    return dict(sorted(entries.items()))


def unlock(entries: dict[str, str], encrypted: list[str], *parts: str, rounds: int = ROUNDS) -> list[dict]:
    """Open the messages that belong to an answer.

    Parameters
    ----------
    entries : dict of str to str
        As `lock` made them.
    encrypted : list of str
        As `encrypt` made them.
    *parts : str
        The exercise, then the answer.
    rounds : int

    Returns
    -------
    list of dict
        Empty where no message belongs to this answer.
    """
    found = secret(*parts, rounds=rounds)
    opened = _xor(bytes.fromhex(entries.get(found[: HALF // 2].hex(), "")), found[HALF:])
    steps = [opened[start : start + HALF + 2] for start in range(0, len(opened), HALF + 2)]
    return [
        json.loads(_xor(bytes.fromhex(encrypted[int.from_bytes(step[:2], "big")]), step[2:])) for step in steps
    ]


def _text(message):
    return json.dumps(message, sort_keys=True)


def _xor(text, key):
    """Encrypt or decrypt with a stream of bytes: SHA-256 of the key and a counter."""
    blocks = range(-(-len(text) // 32))
    stream = b"".join(hashlib.sha256(key + block.to_bytes(4, "big")).digest() for block in blocks)
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
