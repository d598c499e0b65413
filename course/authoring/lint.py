"""What no text and no exercise of the course may lack or hold: the rules behind `course check`, which the tests use as well."""

import ast
import json
import re
import symtable
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain, combinations
from pathlib import Path
from urllib.parse import unquote

import nbformat
import numpy as np
from nbformat import NotebookNode

from course.authoring import answer_keys, headings, pairing, rubric
from course.authoring.solution_leaks import BEGIN, END
from course.authoring.told_answers import told_answers
from course.exercises import exercises
from course.exercises.base import Exercise, UnusableExercise, place_of
from helpers import checks
from helpers.checks import reading

MAX_CELL_LINES = 15  # of code in a cell; longer code lives in helpers
MAX_LINE = 95  # characters of code that are read without scrolling sideways
ROUNDING = 1e-9  # of sums of points
HEADINGS = {"notebooks": ("goals", "summary", "sources"), "source": ("goals",)}
LABELS = ("time", "needs")  # of a lecture; the start page shows them
GOALS = (3, 5)  # at least and at most, of a lecture
MIN_MISCONCEPTIONS = 4
DRAWS = 20  # of individual numbers, until one tells all misconceptions apart
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
    (r"(?<!\[)\b[Ss]ection\s\d+\.\d+\.\d+", "names a section of another lecture without a link to it"),
]


class UnknownName(Exception):
    """There is no lecture, assignment or exercise of a name; the message says which there are."""


def problems_of(root: Path, name: str) -> list[str]:
    """Validate a lecture, an assignment or an exercise, with all that it asks.

    Parameters
    ----------
    root : Path
    name : str

    Returns
    -------
    list of str
        'file:line: what is wrong'.

    Raises
    ------
    UnknownName
    """
    known = exercises()
    named = [text for text in pairing.texts(root) if text.stem == name]
    found = []
    for text in named:
        try:
            pairing.notebook_of(text)
        except pairing.UnreadableText as problem:
            found.append(str(problem))
            continue
        found += text_problems(text, text.relative_to(root).parts[0]) + notebook_problems(text)
        found += unknown_exercises(text, known) + _release_problems(root, text)
        for asked in dict.fromkeys(asked for _, asked in exercises_of(text) if asked in known):
            found += _problems_with_key(known[asked])
    if not named and name in known:
        found = _problems_with_key(known[name])
    elif not named:
        close = get_close_matches(name, [*known, *(text.stem for text in pairing.texts(root))], n=3, cutoff=0.4)
        hint = f"; similar: {', '.join(close)}" if close else ""
        raise UnknownName(f"there is no lecture, assignment or exercise {name!r}{hint}")
    return [line.replace(f"{root}/", "") for line in found]


def _problems_with_key(exercise):
    """What an exercise and its key lack; an answer that fails stops the search."""
    try:
        return exercise_problems(exercise) + _key_problems(exercise)
    except UnusableExercise as problem:
        return [str(problem)]


def _release_problems(root, text):
    """A master is released, with the items that it has now."""
    if text.relative_to(root).parts[0] != "source" or not pairing.in_step(text, text.with_suffix(".ipynb")):
        return []
    assignment = text.parent.name
    released = root / "release" / assignment / f"{text.stem}.ipynb"
    items = [
        set(answer_keys.points_of(nbformat.read(path, as_version=4)).items()) if path.is_file() else set()
        for path in (text.with_suffix(".ipynb"), released)
    ]
    stale = items[0] != items[1]
    return [f"{text}:1: its release is missing or stale; run `course release {assignment}`"] if stale else []


def _key_problems(exercise):
    """An exercise has an answer key, which is in step; a pool of variants takes too long to be made anew here."""
    file = checks.KEYS / f"{exercise.name}.json"
    if not file.is_file():
        return [f"{place_of(exercise.right)}: {exercise.name}: it has no answer key; run `course build`"]
    stored = json.loads(file.read_text(encoding="utf-8"))
    if "variants" in stored:
        return []
    made = answer_keys.student_key(exercise, stored["points"])
    stale = made != stored
    return (
        [f"{place_of(exercise.right)}: {exercise.name}: its answer key is stale; run `course build`"]
        if stale
        else []
    )


def problems(root: Path) -> list[str]:
    """Validate every text of a course and its notebook.

    Parameters
    ----------
    root : Path

    Returns
    -------
    list of str
        One line per problem: 'file:line: what is wrong'. Empty where all is well.
    """
    found = []
    for text in pairing.texts(root):
        found += text_problems(text, text.relative_to(root).parts[0]) + notebook_problems(text)
    for notebook in sorted(path for folder in pairing.FOLDERS for path in root.glob(f"{folder}/*.ipynb")):
        if not notebook.with_suffix(".md").is_file():
            found.append(f"{notebook}:1: unpaired notebook; write its text beside it")
    return [line.replace(f"{root}/", "") for line in found]


def text_problems(text: Path, folder: str) -> list[str]:
    """Validate a text.

    Parameters
    ----------
    text : Path
    folder : {'notebooks', 'source'}
        Whether it is a lecture or a master.

    Returns
    -------
    list of str
        'file:line: what is wrong'.
    """
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    prose, found = _prose(lines)
    missing = [name for name in HEADINGS[folder] if headings.heading(prose, name) is None]
    found += [(1, f"no heading '## {headings.WORDS[name][0]}'") for name in missing]
    if folder == "notebooks" and not missing:
        found += [*_label_problems(lines), *_goal_problems(prose), *_source_problems(lines)]
    found += _point_problems(lines) if folder == "source" else []
    code: list[tuple[int, str]] | None = None
    start = 0
    for number, line in enumerate(lines, start=1):
        if line.startswith("```{code-cell}"):
            code, start = [], number
        elif code is not None and line.startswith("```"):
            found += _cell_problems(code, start)
            code = None
        elif code is not None:
            code.append((number, line))
        else:
            line = prose[number - 1]
            both = "\n".join(prose[number - 1 : number + 1])  # what begins in this line may end in the next
            matches = [(re.search(pattern, both), message) for pattern, message in IN_TEXT]
            found += [(number, message) for match, message in matches if match and match.start() <= len(line)]
            found += _link_problems(Path(text).parent, number, line)
    if code is not None:
        found += [(start, "the cell does not end: ``` is missing"), *_cell_problems(code, start)]
    return [f"{text}:{number}: {message}" for number, message in found]


def _prose(lines):
    """A text's lines without cells, fenced examples, code and formulas, which stand empty; and fences that do not end."""
    prose: list[str] = []
    found, fence, start = [], "", 0
    for number, line in enumerate(lines, start=1):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        inside = bool(fence)
        if mark and not fence:
            fence, start = mark[1], number
        elif mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif line.startswith("```{code-cell}"):
            found.append(
                (start, f"what begins here does not end before the cell in line {number}: {fence} is missing")
            )
        prose.append("" if inside or fence else re.sub(r"(`+).+?\1|\$[^$]*\$", "x", line))
    return prose, found


def _label_problems(lines):
    """A lecture says how long it takes and what somebody has to know before."""
    text = "\n".join(lines)
    missing = [headings.WORDS[name][0] for name in LABELS if not headings.label(text, name, r"\S.*")]
    return [(1, f"no '**{word}:**' below the title") for word in missing]


def _source_problems(lines):
    """A lecture names at least one source, and each can be opened."""
    start = headings.heading(lines, "sources")
    listed = re.findall(r"^- .*(?:\n  .*)*", "\n".join(lines[start:]), re.MULTILINE)
    if not listed:
        return [(start + 1, "no source; list them, each with a link to open it")]
    without = [one for one in listed if not re.search(r"\]\(https://[^)]+\)", one)]
    return [(start + 1, f"a source without a link: {one.splitlines()[0][2:60]}") for one in without]


def _goal_problems(lines):
    """A lecture has a few numbered goals, and its summary mirrors them."""
    places = [headings.heading(lines, name) for name in ("goals", "summary")]
    goals, summary = (_numbered(lines, place + 1) for place in places)
    least, most = GOALS
    found = []
    if not least <= goals <= most:
        found.append((places[0] + 1, f"{goals} numbered goals; a lecture has {least} to {most}"))
    if summary != goals:
        found.append(
            (places[1] + 1, f"{summary} numbered points for {goals} goals; the summary mirrors the goals")
        )
    return found


def _numbered(lines, start):
    end = next((place for place in range(start, len(lines)) if lines[place].startswith("## ")), len(lines))
    return sum(bool(re.match(r"\d+\. ", line)) for line in lines[start:end])


def _point_problems(lines):
    """The points at the top are those of all items; those in a section's heading are those of its items."""
    told = headings.label("\n".join(lines), "points", headings.NUMBER).replace(",", ".")
    sections, total = [], 0
    for number, line in enumerate(lines, start=1):
        section = re.match(rf"## \d+\..*\(({headings.NUMBER}) \w+", line)
        if section:
            sections.append([number, float(section[1].replace(",", ".")), 0])
        for points in re.findall(r"^\s*points: ([\d.]+)$|\"points\": ([\d.]+)", line):
            given = float(points[0] or points[1])
            total += given
            if sections:
                sections[-1][2] += given
    found = [
        (number, f"the heading says {said:g} points, and the items below it give {given:g}")
        for number, said, given in sections
        if abs(said - given) > ROUNDING
    ]
    top = next(
        (
            number
            for number, line in enumerate(lines, start=1)
            if re.search(headings.any_of("points") + r"\s?:\*\*", line)
        ),
        1,
    )
    if not told:
        found.append((1, "the text does not say how many points there are: **Points:** and the number"))
    elif abs(float(told) - total) > ROUNDING:
        found.append((top, f"the text says {told} points, and its items give {total:g}"))
    return found


def _link_problems(folder, number, line):
    links = re.findall(r"\]\(([^)#\s]+)(?:#((?:[^()\s]|\([^()\s]*\))+))?", line)
    links += re.findall(r"""<a\b[^>]*\bhref=["']([^"'#]+)(?:#([^"']+))?""", line)
    links += re.findall(r"^ {0,3}\[(?!\^)[^\]]+\]:\s*<?([^#\s>]+)(?:#([^\s>]+))?>?(?:\s+[\"'(].*)?\s*$", line)
    for target, place in links:
        if re.match(r"[a-z]+:", target):
            continue
        if not (folder / target).exists():
            yield number, f"the link leads nowhere: {target}"
        elif place and target.endswith(".ipynb") and unquote(place) not in _places(folder / target):
            yield number, f"the link leads to no heading of {target}: {unquote(place)}"


def _places(notebook):
    """Where links into a notebook can lead, as JupyterLab names its headings."""
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return {heading.strip().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def exercises_of(text: Path) -> list[tuple[int, str]]:
    """Find the exercises that a text asks.

    Parameters
    ----------
    text : Path

    Returns
    -------
    list of (int, str)
        Line and name, of each `check("name", ...)` in a cell.
    """
    found, in_cell = [], False
    for number, line in enumerate(Path(text).read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            in_cell = line.startswith("```{code-cell}")
        elif in_cell and not line.lstrip().startswith("#"):
            found += [(number, name) for name in re.findall(r"""(?<![\w.])check\(\s*["'](\w+)["']""", line)]
    return found


def unknown_exercises(text: Path, known: Collection[str]) -> list[str]:
    """Find checks of exercises that do not exist.

    Parameters
    ----------
    text : Path
    known : collection of str
        Names of exercises.

    Returns
    -------
    list of str
    """
    return [
        f"{text}:{number}: there is no exercise {name!r}; write it in course/exercises, or correct the name"
        for number, name in exercises_of(text)
        if name not in known
    ]


def exercise_problems(exercise: Exercise) -> list[str]:
    """Validate an exercise.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    list of str
        'file:line: what is wrong'.
    """
    found = []
    if not exercise.praise:
        found.append((exercise.right, "it says nothing to a right answer: write a docstring"))
    number, least = len(exercise.misconceptions), fewest_misconceptions(exercise)
    if number < least:
        found.append((exercise.right, f"it has {number} misconceptions; {least} at least"))
    said = {}
    for misconception in exercise.misconceptions:
        sentence = misconception.sentence
        if not sentence or sentence in said:
            what = (
                f"says the same as {said[sentence]}"
                if sentence
                else "has no docstring, which is what is said to the student"
            )
            found.append((misconception.answer, f"the misconception {misconception.name} {what}"))
        said[sentence] = misconception.name
    found += _coinciding(exercise) + _right_answer_with_nan(exercise)
    return [f"{place_of(function)}: {exercise.name}: {message}" for function, message in found]


def fewest_misconceptions(exercise: Exercise) -> int:
    """Return how many misconceptions an exercise has to name; few words leave few wrong answers.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    int
    """
    wrong = len(exercise.choices) ** len(exercise.probes) - 1 if exercise.choices else MIN_MISCONCEPTIONS
    return min(wrong, MIN_MISCONCEPTIONS)


def _right_answer_with_nan(exercise):
    """A right answer with nan would be taken for an open one."""
    arrays = [] if exercise.draw else exercise.observe(exercise.right, exercise.probes)
    held = any(array.dtype.kind == "f" and np.isnan(array).any() for array in arrays)
    return [(exercise.right, "its right answer holds nan, which is not a number")] if held else []


def _coinciding(exercise):
    """Answers of an exercise that its probes do not tell apart."""
    if exercise.draw:
        rng = np.random.default_rng(0)
        drawn = (replace(exercise, probes=exercise.draw(rng), draw=None) for _ in range(DRAWS))
        exercise = next((made for made in drawn if made.is_separable()), None) or replace(
            exercise, probes=exercise.draw(rng), draw=None
        )
    answers = {"the right answer": exercise.right} | {slip.name: slip.answer for slip in exercise.misconceptions}
    texts = {
        name: [reading.text(a) for a in exercise.observe(answer, exercise.probes)]
        for name, answer in answers.items()
    }
    return [
        (answers[other], f"{one} and {other} give the same answer; choose a probe that tells them apart")
        for one, other in combinations(texts, 2)
        if texts[one] == texts[other]
    ]


def notebook_problems(text: Path) -> list[str]:
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
        return [*found, f"{notebook}:1: stale, differs from its text; `course build` brings them in step"]
    cells = nbformat.read(notebook, as_version=4).cells
    written = Path(text).read_text(encoding="utf-8")
    told = chain(_needed_answers(cells), _no_python(cells))
    if Path(text).parent.name == "notebooks":
        told = chain(told, _told_answers(cells), _swallowed_sections(cells))
    else:
        found += _item_problems(text, cells)
    placed = [(written.count("\n", 0, written.find(source)) + 1, said) for source, said in told]
    return found + _rubric_problems(text, cells) + [f"{text}:{line}: {said}" for line, said in placed]


def _told_answers(cells):
    for source, name, number in told_answers(cells, exercises()):
        yield (
            source,
            f"the answer to {name}, {number}, can be read here before the question is answered; tag the cell 'answer'",
        )


def _swallowed_sections(cells):
    """Headings in an answer, which a class sees only once it is asked for."""
    for cell in cells:
        if cell.cell_type == "markdown" and "answer" in cell.metadata.get("tags", []):
            for line in re.findall(r"^#+ .+", cell.source, re.MULTILINE):
                yield line, f"{line.lstrip('# ')!r} begins in an answer; end the answer with a line +++"


def _no_python(cells):
    """Code that does not even begin to run."""
    from IPython.core.inputtransformer2 import TransformerManager

    for cell in cells:
        if cell.cell_type != "code" or cell.source.startswith("%%"):
            continue
        try:
            code = TransformerManager().transform_cell(cell.source)
            compile(code, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            yield cell.source, f"line {error.lineno} of this cell is not Python: {error.msg}"


def _item_problems(text, cells):
    """Each cell of a master that nbgrader knows has a name of its own; a check has that of its exercise, and points."""
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    found, seen = [], Counter()
    for cell in cells:
        settings = cell.metadata.get("nbgrader", {})
        code = cell.source if cell.cell_type == "code" else ""
        asked = re.findall(r"""^check\(\s*["'](\w+)["']""", code, re.MULTILINE)
        name, points = str(settings.get("grade_id", "")), settings.get("points")
        source = cell.source.splitlines()[0] if cell.source.strip() else ""
        places = [
            number
            for number, line in enumerate(lines, start=1)
            if name and re.search(rf"grade_id\W+{re.escape(name)}\b", line)
        ]
        said = []
        if settings and not re.fullmatch(r"[\w-]+", name, re.ASCII):
            said.append("cannot be a cell's name; use letters, digits, - and _")
        if settings and seen[name]:
            said.append("is the name of two cells; give each its own")
        if settings.get("grade") and not (isinstance(points, int | float) and points >= 0):
            said.append("is graded, and has no points, or none that are a number from 0 upwards")
        if settings.get("grade") and asked and name != f"check-{asked[0]}":
            said.append(f"checks {asked[0]}; its name has to be check-{asked[0]}, or nobody gets its points")
        if asked and not settings.get("grade"):
            said.append("checks an answer, and gives no points: its nbgrader has no `grade: true`")
        number = (
            places[min(seen[name], len(places) - 1)]
            if places
            else 1 + lines.index(source)
            if source in lines
            else 1
        )
        seen[name] += bool(settings)
        found += [f"{text}:{number}: {name or 'a cell'} {one}" for one in said]
    return found


def _needed_answers(cells):
    """Names that later cells need and only an answer's cell defines: a student who skips the answer would get an error."""
    made: dict[str, bool] = {}  # by name, whether an answer's cell alone makes it
    for cell in cells:
        if cell.cell_type != "code":
            continue
        own, needed = _names_of(cell.source)
        is_answer = "answer" in cell.metadata.get("tags", [])
        for name in sorted(needed - own) if not is_answer else ():
            if made.get(name):
                yield (
                    cell.source,
                    f"this cell needs {name}, which only an answer's cell defines; define it before the question",
                )
        made |= {name: is_answer and made.get(name, True) for name in own}


def _names_of(source):
    """The names that a cell makes, and those that it looks up, also within its functions."""
    lines = [line for line in source.splitlines() if not line.startswith(("%", "!"))]
    try:
        cell = symtable.symtable("\n".join(lines), "cell", "exec")
    except SyntaxError:
        return set(), set()
    own = {one.get_name() for one in cell.get_symbols() if one.is_assigned() or one.is_imported()}
    needed = {one.get_name() for one in cell.get_symbols() if one.is_referenced()}
    inner = cell.get_children()
    while inner:
        part = inner.pop()
        inner += part.get_children()
        needed |= {one.get_name() for one in part.get_symbols() if one.is_global() and one.is_referenced()}
    return own, needed


def _rubric_problems(text, cells):
    """An answer that a person reads has a rubric, which gives what the answer is worth."""
    lines = Path(text).read_text(encoding="utf-8").splitlines()
    rubrics = rubric.rubrics(cells)
    found = []
    for cell in cells:
        settings = cell.metadata.get("nbgrader", {})
        if not (settings.get("grade") and settings.get("solution")):
            continue
        name, points = settings["grade_id"], settings["points"]
        number = next((number for number, line in enumerate(lines, start=1) if name in line), 1)
        given = sum(item.points for item in rubrics.get(name, []))
        if name not in rubrics:
            said = "a person reads this answer, but there is no rubric above it; add a list of items such as '- 1 point for ...'"
            found.append(f"{text}:{number}: {name}: {said}")
        elif given != points:
            found.append(f"{text}:{number}: {name}: its rubric gives {given:g} points, and it is worth {points:g}")
    return found


def undescribed_pictures(notebook: NotebookNode) -> list[int]:
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
            drawings = str(output.get("data", {}).get("text/html", "")).split("<svg")[1:]
            described = all("<title>" in drawing for drawing in drawings)
            if not described or any(not output["metadata"].get(kind, {}).get("alt", "").strip() for kind in kinds):
                found.append(number)
    return found


def _cell_problems(code, start):
    """Problems of a code cell, given as (line number, line); its metadata between two `---` is not code."""
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
        if len(line) > MAX_LINE:
            found.append(
                (
                    number,
                    f"{len(line)} characters of code in a line; {MAX_LINE} at most, or it is scrolled sideways",
                )
            )
        found += [(number, message) for pattern, message in FORBIDDEN if re.search(pattern, line)]
    return found


def _solution_lines(code):
    """Count the lines between a master's marks."""
    marks = [place for place, (_, line) in enumerate(code) if BEGIN in line or END in line]
    return marks[-1] - marks[0] - 1 if marks else 0
