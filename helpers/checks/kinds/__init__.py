"""The kinds of answers: one file each, found by its name; a file holds one class of that name, with all that it does."""

import pkgutil
from importlib import import_module

from helpers.checks.kinds.base import Kind


def _kinds() -> dict[str, type[Kind]]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            if (
                isinstance(value, type)
                and issubclass(value, Kind)
                and value.__module__.endswith(f".{module.name}")
            ):
                found[module.name] = value
    return {name: kind for name, kind in found.items() if kind is not Kind}


KINDS = _kinds()
