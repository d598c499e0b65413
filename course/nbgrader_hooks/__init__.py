"""What the course changes in nbgrader's own commands and in the Formgrader, where no setting reaches.

`install` is called by `nbgrader_config.py`, which every nbgrader process reads.
"""

import sys

from course.nbgrader_hooks import autograde, release, schema, students

FORMGRADER = "nbgrader.server_extensions.formgrader"


def install() -> None:
    """Change nbgrader's classes; calling it again changes nothing."""
    for part in (autograde, release, schema, students):
        part.install()
    if FORMGRADER in sys.modules:  # commands need not load a server
        from course.nbgrader_hooks import formgrader

        formgrader.install()
