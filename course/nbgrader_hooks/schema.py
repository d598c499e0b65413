"""The version of its schema that a new gradebook notes: nbgrader starts a program to find it, which takes seconds."""

import nbgrader.api
from alembic.script import ScriptDirectory
from nbgrader.dbutil import ALEMBIC_DIR


def revision() -> str:
    """Read the newest version of the gradebook's schema from nbgrader's own migrations.

    Returns
    -------
    str
    """
    return ScriptDirectory(ALEMBIC_DIR).get_current_head() or ""


def install() -> None:
    """Let every gradebook that is made by this process note it."""
    nbgrader.api.get_alembic_version = revision
