"""Questions whose answer stands below them for all to read: a sentence or an output that is not folded with the answer."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from nbformat import NotebookNode

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
        asked = re.search(r"""^\s*check\(\s*["'](\w+)["']""", asking.source, re.MULTILINE)
        exercise = known.get(asked[1]) if asked and asking.cell_type == "code" else None
        if exercise is None or exercise.draw or not _asks_for_numbers(KINDS[exercise.kind]):
            continue
        given = "\n".join(read for cell in cells[:place] for read in _readings(cell)) + asking.source
        numbers = {number for number in _numbers(exercise) if not _stands(number, given)}
        for cell in _rest_of_section(cells[place + 1 :]):
            for number in sorted(numbers):
                if any(_stands(number, _without_questions(read)) for read in _readings(cell)):
                    yield cell.source, exercise.name, number


def _asks_for_numbers(kind):
    """Whether the answer is numbers, each to be computed; not words, a function or a network."""
    return kind.may_mix_slips and not kind.has_words


def _numbers(exercise):
    """The numbers of the right answer that are unlikely to stand in a text by chance, as a text writes them."""
    values = (value for right in exercise.observe(exercise.right, exercise.probes) for value in np.ravel(right))
    for value in values:
        if not np.issubdtype(np.asarray(value).dtype, np.number):
            continue
        if float(value).is_integer():
            if abs(value) >= LEAST:
                yield f"{abs(int(value)):,}"
                yield str(abs(int(value)))
        else:
            yield f"{abs(value):g}"


def _stands(number, text):
    return re.search(rf"(?<![\w.,]){re.escape(number)}(?![\w]|[.,]\d)", text) is not None


def _readings(cell):
    """What is read of a cell: its text, and what it has printed."""
    if cell.cell_type == "markdown":
        yield cell.source
    for output in cell.get("outputs", []):
        yield output.get("text", "") or output.get("data", {}).get("text/plain", "")


def _without_questions(text):
    """The text without the paragraphs that ask something, which may name numbers of their own."""
    return re.sub(r"\*\*Question\.\*\*(?:.+\n?)+", "", text)


def _rest_of_section(cells):
    """The cells up to the next heading of the second level that are not folded; of the last, what stands before it."""
    for cell in cells:
        is_folded = "answer" in cell.metadata.get("tags", [])
        ends = re.search(r"^## ", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if not is_folded:
            yield NotebookNode({**cell, "source": cell.source[: ends.start()] if ends else cell.source})
        if ends:
            return
