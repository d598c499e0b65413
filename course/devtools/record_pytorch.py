"""Record what PyTorch prints in the lectures, for machines without it: `python -m course.devtools.record_pytorch`."""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers.pytorch import RECORDED, RECORDING


def main() -> None:
    """Run every lecture that uses PyTorch, and write what it shows beside `helpers.pytorch`."""
    fresh = RECORDED.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    os.environ[RECORDING] = str(fresh)
    for path in sorted(Path("notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if any("@with_pytorch" in cell.source for cell in notebook.cells):
            print(f"{path.stem}: running")
            NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    if not fresh.is_file():
        sys.exit("nothing was recorded; is PyTorch installed (`make pytorch`)?")
    fresh.replace(RECORDED)


if __name__ == "__main__":
    main()
