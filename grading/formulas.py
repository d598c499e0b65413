"""Formulas as MathML, which browsers draw by themselves: feedback pages need no network."""

import re
from html import escape

from latex2mathml.converter import convert
from nbgrader.preprocessors import NbGraderPreprocessor

FORMULA = re.compile(r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|\$(?P<line>[^$\n]+)\$", re.DOTALL)


def as_mathml(text):
    """Replace the formulas of a Markdown text; code stays as it is.

    Parameters
    ----------
    text : str
        With formulas between `$` or `$$`.

    Returns
    -------
    str
    """
    return FORMULA.sub(_convert, text)


def _convert(found):
    if found["code"]:
        return found["code"]
    try:
        formula = convert(found["block"] or found["line"], display="block" if found["block"] else "inline")
    except Exception:  # a student's formula may be none; the converter then fails in many ways
        return f"<code>{escape(found[0])}</code>"
    return formula.replace("*", "&#42;").replace("_", "&#95;")  # Markdown would read them


class FormulasAsMathML(NbGraderPreprocessor):
    """Convert the formulas of a notebook's texts."""

    def preprocess_cell(self, cell, resources, index):
        """Convert one cell; code cells have no formulas."""
        if cell.cell_type == "markdown":
            cell.source = as_mathml(cell.source)
        return cell, resources
