"""How long `import helpers` takes, beside `import numpy`, each in a cold interpreter: median of ten, in one run.

python benchmarks/imports.py
"""

import statistics
import subprocess
import sys
import time

RUNS = 10


def seconds(statement):
    """Wall time of a Python that runs one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main():
    """Measure in turns, so that a busy moment hits all alike, and print."""
    statements = ["pass", "import numpy", "import helpers", "from helpers.checks import check"]
    taken = {statement: [] for statement in statements}
    for _ in range(RUNS):
        for statement in statements:
            taken[statement].append(seconds(statement))
    bare = statistics.median(taken["pass"])
    peer = statistics.median(taken["import numpy"]) - bare
    for statement in statements[1:]:
        own = statistics.median(taken[statement]) - bare
        print(f"{statement:35} {own:6.3f} s   {own / peer:5.2f} of `import numpy`")


if __name__ == "__main__":
    main()
