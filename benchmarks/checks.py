"""How often a check names the slip, on answers of which the slip is known, and how long a check takes.

    python benchmarks/checks.py answers.json [--list]

The file holds a list of answers: `item` is the exercise, `answer` the source of a student's cell, `student` the name where
numbers are individual, `truth` is right, wrong or ambiguous, and `slip` what was done. Whether a sentence names the very slip is
for a person to read: `--list` prints all of them.
"""

import argparse
import contextlib
import io
import json
import statistics
import time
from collections import Counter
from pathlib import Path

from helpers.checks import assess, load

# What the answers are written with.
TOOLS = """
import numpy as np

def corr(X, K):
    X, K = np.asarray(X, float), np.asarray(K, float)
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    return np.array([[(X[i : i + h, j : j + w] * K).sum() for j in range(columns)] for i in range(rows)])

def same(X, K):
    return corr(np.pad(X, 1), K)

def tconv(X, K, s=1):
    X, K = np.asarray(X, float), np.asarray(K, float)
    out = np.zeros([(n - 1) * s + k for n, k in zip(X.shape, K.shape)])
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            out[i * s : i * s + K.shape[0], j * s : j * s + K.shape[1]] += X[i, j] * K
    return out
"""


def answer_of(case: dict):
    """Run a student's cell."""
    names = {}
    exec(TOOLS, names)
    if "keras" in case["answer"]:
        import keras

        names["keras"] = keras
    with contextlib.redirect_stdout(io.StringIO()):
        exec(case["answer"], names)
    return names[case["item"]]


def main() -> None:
    """Check all answers, and print what was said by kind of exercise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    said, seconds = Counter(), {}
    for case in json.loads(options.file.read_text(encoding="utf-8")):
        key, _ = load(case["item"], case.get("student"))
        answer = answer_of(case)
        with contextlib.redirect_stdout(io.StringIO()):
            start = time.perf_counter()
            verdict = assess(key, answer)
            seconds.setdefault(case["kind"], []).append(time.perf_counter() - start)
        state = "right" if verdict.state == "right" else "named" if verdict.misconception else "place and hints"
        said[case["truth"], case["kind"], state] += 1
        if options.list:
            print(f"{case['item']}: {case['slip']}\n  {state}: {verdict.sentence}")
    for truth in ("wrong", "right", "ambiguous"):
        for kind in seconds:
            found = {state: n for (t, k, state), n in said.items() if (t, k) == (truth, kind)}
            total = sum(found.values())
            parts = ", ".join(f"{state} {n} ({n / total:.0%})" for state, n in sorted(found.items()))
            print(f"{truth:10} {kind:8} {total:4}  {parts}")
    for kind, times in seconds.items():
        print(f"{kind:8} median {1000 * statistics.median(times):.1f} ms, most {1000 * max(times):.1f} ms")


if __name__ == "__main__":
    main()
