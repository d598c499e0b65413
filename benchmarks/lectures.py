"""How long each lecture takes from a cold kernel, beside a notebook that does nothing but import Keras, in one run.

python benchmarks/lectures.py [LECTURE ...]
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]


def seconds(notebook):
    """Seconds that a notebook takes, its kernel's start included."""
    start = time.perf_counter()
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    return time.perf_counter() - start


def main(names):
    """Measure and print."""
    peer = seconds(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import keras")]))
    print(f"import keras: {peer:.1f} s")
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        if not names or path.stem in names:
            taken = seconds(nbformat.read(path, as_version=4))
            print(f"{path.stem}: {taken:.1f} s, {taken / peer:.1f} times as long")


if __name__ == "__main__":
    main(sys.argv[1:])
