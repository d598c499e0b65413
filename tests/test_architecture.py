"""The rooms of the house: which may import which, and no circles."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from helpers.checks.kinds import KINDS

ROOT = Path(__file__).parents[1]

# From the ground up. What a room may import stands before it; `helpers` is open to all.
ROOMS = {
    "helpers": set(),
    "helpers.figures": {"helpers"},
    "helpers.training": {"helpers", "helpers.figures"},  # it draws its own curves
    "helpers.checks": {"helpers", "helpers.figures"},
    "helpers.demos": {"helpers", "helpers.figures", "helpers.training"},
    "course.gate": set(),
    "course.sandbox": {"course.gate"},
    "course.exercises": set(),
    "course.term": {"course.gate"},
    "course.authoring": {"course.exercises", "course.term"},
    "course.publishing": {"course.authoring", "course.exercises"},
    "course.grading": {"course.gate", "course.sandbox", "course.exercises", "course.authoring", "course.term"},
    "course.reporting": {"course.gate", "course.term"},
    "course.nbgrader_hooks": {"course.gate", "course.authoring", "course.grading", "course.term"},
    "course.project": set(),
    "course.permissions": set(),
    "course.commands": {
        "course.project", "course.permissions", "course.authoring", "course.publishing", "course.sandbox", "course.grading",
        "course.reporting", "course.nbgrader_hooks", "course.term",
    },
    "course": {"course.commands", "course.project", "course.permissions", "course.term"},
    "course.devtools": {"course", "course.project", "course.exercises", "course.authoring"},
}  # fmt: skip


def room(module):
    """The innermost room that a module is in."""
    return max((name for name in ROOMS if f"{module}.".startswith(f"{name}.")), key=len)


@cache
def modules():
    found = {}
    for path in [*ROOT.glob("course/**/*.py"), *ROOT.glob("helpers/**/*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path):
    """Names of the course's modules that a file imports, at its top or within a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & set(modules())
            found |= inner or {node.module}
    return found & set(modules())


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_what_is_below_it(name):
    may = (
        ROOMS[name]
        | {name}
        | (set() if name.startswith("helpers") else {n for n in ROOMS if n.startswith("helpers")})
    )
    upward = [
        f"{module} imports {other}"
        for module, path in modules().items()
        if room(module) == name
        for other in imports(path)
        if room(other) not in may
    ]
    assert upward == []


def test_every_folder_of_code_is_a_room_that_the_readme_explains():
    folders = {path.parent.relative_to(ROOT).as_posix() for path in modules().values()}
    rooms = {name.replace(".", "/") for name in ROOMS} & folders
    assert folders - rooms <= {"course/grading/batch", "helpers/checks/kinds"}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in rooms if f"| `{name}/`" not in text] == []


def test_nothing_imports_in_a_circle():
    list(TopologicalSorter({module: imports(path) for module, path in modules().items()}).static_order())


def test_a_command_begins_before_what_takes_a_second_to_import():
    """`course grade` starts what forks kernels first, and imports nbgrader while that loads."""
    command = (
        "import sys, course.cli; print([name for name in ('nbgrader', 'numpy', 'keras') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_import_within_a_function_or_of_a_name_is_found(tmp_path):
    file = tmp_path / "module.py"
    file.write_text(
        "import helpers.shapes\nfrom course.gate import files\ndef f():\n    from course.cli import main, grade\n"
    )
    assert imports(file) == {"helpers.shapes", "course.gate.files", "course.cli"}
    assert room("course.cli") == "course" and room("course.gate.files") == "course.gate"


def test_nothing_but_its_own_class_asks_for_the_kind_of_an_answer():
    asks = re.compile(
        r"((?<!dtype)\.kind|\[[\"']kind[\"']\]|get\([\"']kind[\"']\))\s*(==|!=|in\b|not in\b)|KINDS\[[\"']|[\"']\s*==\s*\w+\.kind\b"
    )
    own = ROOT / "helpers/checks/kinds"
    every = [path for path in modules().values() if own not in path.parents]
    assert [path for path in every if asks.search(path.read_text(encoding="utf-8"))] == []
    assert asks.search('if exercise.kind == "value":') and asks.search("key['kind'] in (1, 2)")
    assert (
        asks.search('key.get("kind") in (1, 2)')
        and asks.search('KINDS["table"]')
        and asks.search('"table" == key.kind')
    )


def test_a_kind_of_answer_is_one_class_in_one_file():
    files = {path.stem for path in ROOT.glob("helpers/checks/kinds/*.py")} - {"__init__", "base"}
    assert set(KINDS) == files
    assert all(kind.__name__.lower() == name for name, kind in KINDS.items())


def public_functions(body, prefix=""):
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not re.match(r"_(?!_)", node.name):
            yield prefix + node.name, node


def test_public_signatures_have_types():
    untyped = []
    for module, path in modules().items():
        if room(module) == "course.exercises" and path.name != "base.py":
            continue  # students' functions, whose types are what is asked for
        for name, node in public_functions(ast.parse(path.read_text(encoding="utf-8")).body):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [one.arg for one in arguments if one.annotation is None and one.arg not in ("self", "cls")]
            if bare or (node.returns is None and not node.name.startswith("__")):
                untyped.append(f"{module}.{name}: {', '.join(bare) or 'what it returns'}")
    assert not untyped
