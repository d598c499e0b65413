"""Numbers that answer a question and stand below it for all to read, in a sentence or an output that is not folded."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from nbformat import NotebookNode

from course.authoring import headings
from course.exercises.base import Exercise
from helpers.checks.kinds import KINDS

LEAST = 10  # a smaller whole number stands in a text for many reasons


def told_answers(cells: Sequence[NotebookNode], known: Mapping[str, Exercise]) -> Iterator[tuple[str, str, str]]:
    """Find numbers that answer a question and are first read below it, in the same section, without unfolding anything.

    Parameters
    ----------
    cells : sequence of NotebookNode
        Of a lecture; outputs are looked at where it has run.
    known : mapping of str to Exercise

    Yields
    ------
    source : str
        Of the cell where the number stands.
    name : str
        Of the exercise.
    number : str
        As it is written there.
    """
    for place, asking in enumerate(cells):
        if asking.cell_type != "code":
            continue
        given = [number for cell in cells[:place] if not _is_folded(cell) for number in _numbers_in(cell)]
        given += _written(asking.source)
        for name in re.findall(r"""^\s*check\(\s*["'](\w+)["']""", asking.source, re.MULTILINE):
            answers = [
                answer for answer in _answers(known.get(name)) if not any(_is(answer, one) for one in given)
            ]
            for cell in _rest_of_section(cells[place + 1 :]):
                read = _numbers_in(cell, but_questions=True)
                told = (one for one in read if any(_is(answer, one) for answer in answers))
                for number in dict.fromkeys(told):
                    yield cell.source, name, number


def _answers(exercise):
    """The numbers of the right answer, where numbers are asked for, the same of everybody."""
    if exercise is None or exercise.draw:
        return []
    kind = KINDS[exercise.kind]
    if not kind.may_mix_slips or kind.has_words:  # a function, a network, or a choice of words
        return []
    right = exercise.observe(exercise.right, exercise.probes)
    return [abs(float(value)) for values in right for value in np.ravel(values)]


def _is(answer, written):
    """Whether a number in a text is the answer, perhaps rounded; one of few digits stands there for many reasons."""
    value, decimals = float(written.replace(",", "")), len(written.partition(".")[2])
    if answer.is_integer():
        return value == answer and answer >= LEAST
    long_enough = decimals >= 2 or (decimals == 1 and value >= LEAST)
    return value > 0 and long_enough and value == round(answer, decimals)


def _written(text):
    """Numbers as a text writes them, with commas between thousands, also in a formula."""
    whole = r"\d{1,3}(?:,\d{3})+|\d+"
    return re.findall(rf"(?<![\w.,])(?:{whole})(?:\.\d+)?(?!\w|[.,]\d)", text.replace("{,}", ","))


def _numbers_in(cell, but_questions=False):
    """The numbers that a student reads in a cell: in its text, and in what it has printed."""
    if cell.cell_type == "markdown":
        seen = re.sub(r"<!--.*?-->|\]\([^)]*\)", "", cell.source, flags=re.DOTALL)
        if but_questions:  # up to the next heading: they may name numbers of their own
            question = rf"\*\*{headings.any_of('question')}\b[^*]*\*\*.*?(?=^#|\Z)"
            seen = re.sub(question, "", seen, flags=re.DOTALL | re.MULTILINE)
        yield from _written(seen)
    for output in cell.get("outputs", []):
        yield from _written(output.get("text", "") or output.get("data", {}).get("text/plain", ""))


def _is_folded(cell):
    return "answer" in cell.metadata.get("tags", [])


def _rest_of_section(cells):
    """The cells up to the next heading of the second level that are not folded; of the last, what stands before it."""
    for cell in cells:
        ends = re.search(r"^## ", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if not _is_folded(cell):
            yield NotebookNode({**cell, "source": cell.source[: ends.start()] if ends else cell.source})
        if ends:
            return
