"""All exercises; a module of this package is found by being here, an exercise by standing in its module."""

import pkgutil
from importlib import import_module

from course.exercises.base import Exercise


def exercises() -> dict[str, Exercise]:
    """Find every exercise.

    Returns
    -------
    dict of str to Exercise
        By name, in the order in which they stand.

    Raises
    ------
    ValueError
        When two have the same name.
    """
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, Exercise):
                if value.name in found and found[value.name] is not value:
                    raise ValueError(f"two exercises are called {value.name!r}; give each its own name")
                found[value.name] = value
    return found
