"""All exercises; modules of this package and the exercises in them are discovered automatically."""

import pkgutil
import traceback
from importlib import import_module
from pathlib import Path

from course.exercises.base import Exercise, UnusableExercise, place_of


def exercises() -> dict[str, Exercise]:
    """Find every exercise.

    Returns
    -------
    dict of str to Exercise
        By name, in the order in which they stand.

    Raises
    ------
    UnusableExercise
        When two have the same name, or a module cannot be imported.
    """
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(_imported(module.name)).values():
            if isinstance(value, Exercise):
                if value.name in found and found[value.name] is not value:
                    raise UnusableExercise(
                        f"{place_of(value.right)}: two exercises are called {value.name!r}; give each its own name"
                    )
                found[value.name] = value
    return found


def _imported(name):
    try:
        return import_module(f"{__name__}.{name}")
    except UnusableExercise:
        raise
    except Exception as error:  # whatever is wrong in somebody's file
        here = str(Path(__file__).parent)
        lines = [
            at
            for at in traceback.extract_tb(error.__traceback__)
            if at.filename.startswith(here) and not at.filename.endswith("base.py")
        ]
        file, line, said = lines[-1].filename, lines[-1].lineno, str(error)
        if isinstance(error, SyntaxError) and error.filename:
            file, line, said = error.filename, error.lineno, error.msg
        raise UnusableExercise(f"{file}:{line}: {type(error).__name__}: {said}") from error
