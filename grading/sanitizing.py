"""Pages of submissions that run nothing: who reads one in the Formgrader, or a student's feedback, is not its author."""

import re

from nbgrader.preprocessors import NbGraderPreprocessor

SHOWN = ("text/plain", "image/png", "image/jpeg")
TAG = re.compile(r"(?P<code>```.*?```|`[^`\n]*`)|<(?=[A-Za-z/!?])", re.DOTALL)


def without_tags(text):
    """Let tags in a Markdown text be read and not obeyed; code stays as it is.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return TAG.sub(lambda found: found["code"] or "&lt;", text)


class WithoutScripts(NbGraderPreprocessor):
    """Take from what students have written all that a browser would run; masters' cells and the judge's outputs stay."""

    def preprocess_cell(self, cell, resources, index):
        """Make one cell harmless."""
        settings = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not settings.get("grade"):
            for output in cell.outputs:
                if "data" in output:
                    output.data = {kind: shown for kind, shown in output.data.items() if kind in SHOWN}
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]
        elif cell.cell_type == "raw":
            cell.source = without_tags(cell.source)
        elif cell.cell_type == "markdown" and not settings.get("locked"):
            cell.source = without_tags(cell.source)
            cell.pop("attachments", None)
        return cell, resources
