"""Every change to ipykernel, IPython, jupyter_client and TensorFlow still meets what it changes; a test names the one that broke."""

import ast
import inspect
from importlib import import_module
from importlib.metadata import version

import pytest

from course.sandbox import manager, preload, provisioner

# What is our own in a subclass, and overrides nothing.
OWN = {
    "PreparedKernel._connect",
    "PreparedApp.prepare",
    "PreparedApp.connect",
    "BoundedStream.room",
    "BoundedStream.printed",
    "GatedChannel.reader",
    "ConfinedProvisioner.connection",
    "ConfinedProvisioner.environment",
    "ConfinedProvisioner.files",
    "ConfinedProvisioner.limits",
    "ConfinedProvisioner.modules",
    "ConfinedProvisioner.pid",
    "ConfinedProvisioner.processor_used",
    "ConfinedProvisioner.reason",
    "ConfinedProvisioner.said",
    "ConfinedProvisioner.status",
}


def overrides():
    """(class, name) of everything that a subclass of ours changes in a library's."""
    for module in (preload, manager, provisioner):
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == module.__name__:
                for name in vars(cls):
                    own = name.startswith("__") and name != "__init__"
                    if not own and f"{cls.__name__}.{name}" not in OWN:
                        yield cls, name


def library(cls):
    """Name and version of the library whose class this one extends."""
    name = cls.__mro__[1].__module__.split(".")[0]
    return f"{name} {version(name)}"


@pytest.mark.parametrize(("cls", "name"), overrides(), ids=lambda part: getattr(part, "__name__", part))
def test_what_is_overridden_is_there(cls, name):
    bases = [base for base in cls.__mro__[1:] if name in vars(base)]
    if cls in (manager.ConfinedKernelManager, manager.PlainKernelManager) and name == "settings":
        return
    assert bases, f"{library(cls)} has no `{name}` any more, which {cls.__module__}.{cls.__name__} overrides"


@pytest.mark.parametrize(("cls", "name"), overrides(), ids=lambda part: getattr(part, "__name__", part))
def test_an_override_takes_the_arguments_of_what_it_overrides(cls, name):
    ours = inspect.getattr_static(cls, name)
    theirs = next((vars(base)[name] for base in cls.__mro__[1:] if name in vars(base)), None)
    if not (inspect.isfunction(ours) and inspect.isfunction(theirs)):
        return
    given = list(inspect.signature(theirs).parameters.values())
    needed = [p.name for p in given if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    taken = inspect.signature(ours)
    several = [p.kind for p in taken.parameters.values() if p.kind == p.VAR_POSITIONAL]
    if not several:
        taken.bind(*needed)


def test_what_is_replaced_without_a_hook_is_there():
    from ipykernel.iostream import IOPubThread

    assert callable(IOPubThread._setup_pipe_in), (
        f"ipykernel {version('ipykernel')}: IOPubThread has no _setup_pipe_in"
    )
    source = inspect.getsource(IOPubThread)
    assert "self._setup_pipe_in()" in source and "_pipe_flag" in source, "it is not used as it was"


def test_what_is_replaced_in_tensorflow_is_there():
    """Without loading TensorFlow, which takes seconds: the names are looked up in its files."""
    from importlib.util import find_spec
    from pathlib import Path

    home = Path(find_spec("tensorflow").origin).parent / "python"
    said = f"tensorflow {version('tensorflow')}"
    context = (home / "eager/context.py").read_text(encoding="utf-8")
    assert "pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction" in context, said
    for file, name in (
        ("framework/kernels.py", "get_registered_kernels_for_op"),
        ("framework/op_def_registry.py", "get"),
    ):
        defined = {
            node.name
            for node in ast.parse((home / file).read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        assert name in defined, f"{said}: {file} has no {name}"


def test_upper_bounds_are_those_that_the_overrides_were_tried_with():
    import tomllib
    from pathlib import Path

    pyproject = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    bounds = {entry.split(">")[0]: entry for entry in pyproject["project"]["dependencies"]}
    assert all("<" in bounds[name] for name in ("ipykernel", "jupyter-client", "nbgrader"))


def test_modules_that_are_imported_before_a_fork_exist():
    from course.sandbox.fork_server import ALWAYS_LOADED, PRELOADED

    for name in (*ALWAYS_LOADED, *PRELOADED):
        assert import_module(name)
