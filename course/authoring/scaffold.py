"""First versions of a lecture, an assignment and an exercise, which pass every check and are then written anew, piece by piece."""

import keyword
import re
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
LONGEST = 60  # characters of a name


class ScaffoldError(Exception):
    """A first version cannot be written; the message says why."""


def write(root: Path, kind: str, name: str) -> tuple[list[Path], str]:
    """Write a first version.

    Parameters
    ----------
    root : Path
        Folder of the course.
    kind : {'lecture', 'assignment', 'exercise'}
    name : str
        Of its files, such as `7_after_alexnet` for a lecture and `after_alexnet` for an assignment.

    Returns
    -------
    list of Path
        What was written.
    str
        Name of the exercise in it.

    Raises
    ------
    ScaffoldError
        Where the name cannot be one of a file, or something of that name is there already.
    """
    if not re.fullmatch(r"(\d+_)?[a-z][a-z0-9_]*", name):
        raise ScaffoldError(f"{name!r} cannot be a name here: use small letters, digits and underscores")
    if len(name) > LONGEST:
        raise ScaffoldError(f"{name[:20]!r}... has {len(name)} characters; a name has {LONGEST} at most")
    word = re.sub(r"^\d+_", "", name)
    if kind == "exercise" and keyword.iskeyword(word):
        raise ScaffoldError(f"{word!r} is a keyword of Python, and an exercise is a function; choose another name")
    if kind == "lecture" and word == name:
        raise ScaffoldError(f"lectures are in the order of their names; put a number first, such as 7_{name}")
    exercise = {"exercise": word, "lecture": f"{word}_question", "assignment": f"{word}_first"}[kind]
    module = f"{word}_lecture" if kind == "lecture" else word
    title = word.replace("_", " ").capitalize()
    made = {root / "course" / "exercises" / f"{module}.py": "exercise.py.txt"}
    if kind == "lecture":
        made[root / "notebooks" / f"{name}.md"] = "lecture.md"
    elif kind == "assignment":
        made[root / "source" / name / f"{name}.md"] = "assignment.md"
    there = [path.relative_to(root).as_posix() for path in made if path.exists()]
    if there:
        raise ScaffoldError(f"{there[0]} is there already; choose another name, or edit it")
    asked = re.compile(rf"^def {exercise}\(", re.MULTILINE)
    for path in (root / "course" / "exercises").glob("*.py"):
        if asked.search(path.read_text(encoding="utf-8")):
            raise ScaffoldError(f"there is an exercise {exercise!r} in {path.name} already; choose another name")
    for path, template in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        about = f"Exercises of the {kind} {name}." if kind != "exercise" else f"The exercise {name}."
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        path.write_text(text.format(title=title, name=word, exercise=exercise, about=about), encoding="utf-8")
    return list(made), exercise
