"""The lesson validator: what no text of the course may lack or hold."""

import re
from pathlib import Path

from course.authoring import pairing
from course.authoring.solution_leaks import BEGIN, END

MAX_CELL_LINES = 15  # of code in a cell; longer code lives in helpers
HEADINGS = {"notebooks": ("## Goals", "## Summary"), "source": ("## Goals",)}
FORBIDDEN = [
    (r"from\s+\S+\s+import\s+\*", "wildcard import; name what is imported"),
    (
        r"https?://|\bpip install\b|\burlopen\b|\burlretrieve\b|\brequests\b",
        "loads something at run time; the course runs without a network",
    ),
    (
        r"\bplt\.|\bimshow\(|matplotlib\.pyplot",
        "figure without text alternative; draw it by a function of helpers.figures",
    ),
]
IN_TEXT = [
    (r"!\[\s*\]\(|<img(?![^>]*\balt=[\"'][^\"'])", "figure without text alternative"),
    (
        r"!\[[^\]]*\]\(\s*https?://|<(?:img|script|iframe|link)[^>]*https?://",
        "loads a URL at run time; ship the file or draw the figure",
    ),
]


def problems(root):
    """Validate every text of a course and its notebook.

    Parameters
    ----------
    root : Path

    Returns
    -------
    list of str
        One line a problem: 'file:line: what is wrong'. Empty where all is well.
    """
    found = []
    for text in pairing.texts(root):
        found += text_problems(text, HEADINGS[text.relative_to(root).parts[0]])
        found += notebook_problems(text)
    for notebook in sorted(path for folder in pairing.FOLDERS for path in root.glob(f"{folder}/*.ipynb")):
        if not notebook.with_suffix(".md").is_file():
            found.append(f"{notebook}:1: unpaired notebook; write its text beside it")
    return [line.replace(f"{root}/", "") for line in found]


def text_problems(text, headings):
    """Validate a text.

    Parameters
    ----------
    text : Path
    headings : sequence of str
        Lines that it must hold.

    Returns
    -------
    list of str
    """
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    found = [(1, f"no heading {heading!r}") for heading in headings if heading not in lines]
    code, start = None, 0
    for number, line in enumerate(lines, start=1):
        if line.startswith("```{code-cell}"):
            code, start = [], number
        elif code is not None and line.startswith("```"):
            found += _cell_problems(code, start)
            code = None
        elif code is not None:
            code.append((number, line))
        else:
            found += [(number, message) for pattern, message in IN_TEXT if re.search(pattern, line)]
    if code is not None:
        found += [(start, "the cell does not end: ``` is missing"), *_cell_problems(code, start)]
    return [f"{text}:{number}: {message}" for number, message in found]


def notebook_problems(text):
    """Validate the notebook paired with a text.

    Parameters
    ----------
    text : Path

    Returns
    -------
    list of str
    """
    notebook = Path(text).with_suffix(".ipynb")
    if not notebook.is_file():
        return [f"{text}:1: unpaired text; `course build` writes its notebook"]
    found = [
        f"{notebook}:1: cell {number} has stored outputs; clear them"
        for number in pairing.stored_outputs(notebook)
    ]
    if not pairing.in_step(text, notebook):
        found.append(f"{notebook}:1: stale, differs from its text; `course build` brings them in step")
    return found


def undescribed_pictures(notebook):
    """Find pictures without a text alternative among an executed notebook's outputs.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    list of int
        Numbers of the cells, from 0.
    """
    found = []
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            kinds = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
            if any(not output["metadata"].get(kind, {}).get("alt", "").strip() for kind in kinds):
                found.append(number)
    return found


def _cell_problems(code, start):
    """Problems of a code cell, given as (line number, line); its metadata between two `---` is no code."""
    if code and code[0][1] == "---":
        end = next((place for place, (_, line) in enumerate(code[1:], start=1) if line == "---"), None)
        if end is None:
            return [(start, "the cell's metadata do not end: a second line `---` is missing")]
        code = code[end + 1 :]
    code = [(number, line) for number, line in code if not line.startswith(":")]
    solution = _solution_lines(code)
    public = len(code) - solution - bool(solution)  # a comment stands for the solution between two marks
    lines = max(public, solution)
    found = (
        [(start, f"cell of {lines} lines; {MAX_CELL_LINES} at most, move code to helpers")]
        if lines > MAX_CELL_LINES
        else []
    )
    for number, line in code:
        found += [(number, message) for pattern, message in FORBIDDEN if re.search(pattern, line)]
    return found


def _solution_lines(code):
    """Count the lines between a master's marks."""
    marks = [place for place, (_, line) in enumerate(code) if BEGIN in line or END in line]
    return marks[-1] - marks[0] - 1 if marks else 0
