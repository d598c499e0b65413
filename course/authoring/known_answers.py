"""What is said to each answer that is known: to a whole one, to the answer to one probe, and to a single number."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from operator import ne

import numpy as np

from course.exercises.base import Exercise, said_by
from helpers.checks import reading
from helpers.checks.kinds import KINDS

MOST = 8  # slips that can lead to the same number in a matrix
UNIT = "In {}, and rounded perhaps. Give the number itself, with all its digits: Python multiplies for you."
EXACTLY = "The number was rounded. Give all its digits: Python multiplies for you."
# Misconceptions in which an exercise says in words of its own what a formula's slip says: the own ones are told; of
# two own ones the first.
SAME_SLIP = {
    "parameters_without_biases": "biases_missing",
    "costs_without_channels": "input_channels_missing",
    "loss_to_three_decimals": "rounded",
    "strided_flipped": "turned",
    "flipped": "turned",
    "all_added_up": "summed",
    "same_transposed": "kernel_transposed",
    "same_with_copies": "border_repeated",
    "starts_at_zero": "with_zero",
    "sum_for_average": "added_up",
    "signs_ignored": "minus_signs_ignored",
    "start_no_plus_one": "start_no_plus_one_once",
    "strided_sum": "covered_times_strides",
}
CUT_OFF = "Right, but cut off after {}. Write it as an expression, and let Python compute it."
ROUNDED = "Right, but rounded to {}. Write it as an expression, and let Python compute it."


@dataclass(frozen=True)
class Claim:
    """What a slip makes of the answer to one probe.

    Parameters
    ----------
    name, sentence : str
    array : array
        As it is compared; numbers that the slip does not speak of are those of the right answer.
    rank : int
        The smaller, the likelier: a misconception, a slip of a formula, two of them at once.
    extent : int
        How many numbers of the whole answer it changes.
    """

    name: str
    sentence: str
    array: np.ndarray
    rank: int
    extent: int = 1


def known_answers(exercise: Exercise) -> dict[tuple[str, ...], list[dict]]:
    """Write down what is said to which answer.

    Parameters
    ----------
    exercise : Exercise

    Returns
    -------
    dict of tuple of str to list of dict
        By the parts of an answer, as `AnswerKey.messages` takes them.
    """
    right = list(map(np.array, exercise.observe(exercise.right, exercise.probes)))
    wrong = [(slip, exercise.observe(slip.answer, exercise.probes)) for slip in exercise.misconceptions]
    found, told = {}, {tuple(map(reading.text, arrays)) for _, arrays in wrong}
    separate = is_separate(exercise, right)
    for number, array in enumerate(right):
        claims = [
            Claim(slip.name, slip.sentence, _own(exercise, arrays[number], array), 0, _extent(arrays, right))
            for slip, arrays in wrong
            if not (separate and _exchanges(arrays, right))
        ]
        claims += _of_formulas(exercise, number, array, told)
        claims += [short for claim in claims for short in _rounded(claim, array)] if separate else []
        claims += _shortened(exercise, array)
        found |= _about_probe(number, array, claims, separate, KINDS[exercise.kind].has_words)
    for slip, arrays in wrong:
        message = {"right": False, "sentence": slip.sentence, "misconception": slip.name}
        found[tuple(map(reading.text, arrays))] = [message]
    for answer in exercise.also_right:
        texts = map(reading.text, exercise.observe(answer, exercise.probes))
        found[tuple(texts)] = [{"right": True, "sentence": said_by(answer), "misconception": ""}]
    found[tuple(map(reading.text, right))] = [{"right": True, "sentence": exercise.praise, "misconception": ""}]
    return found


def _own(exercise, found, right):
    """Of a table, what a slip makes wrong by itself: what only follows from it in later rows is as it should be there."""
    if exercise.network is None or found.shape != right.shape:
        return found
    follows = KINDS[exercise.kind](exercise).carried_on(found, exercise.described_network(exercise.probes[0]))
    begun = np.array([True, *(found[:-1, :-1] == right[:-1, :-1]).all(axis=1)])  # the row before is right
    return np.where(follows | ~begun[:, None], right, found)


def _extent(arrays, right):
    """How many numbers of an answer are not the right ones."""
    pairs = zip(map(reading.cells, arrays), map(reading.cells, right), strict=True)
    return sum(sum(map(ne, cells, expected)) + abs(len(cells) - len(expected)) for cells, expected in pairs)


def _exchanges(arrays, right):
    """Whether a slip puts the right numbers in other places: of a single one of them that says nothing."""
    given, expected = ([cell for array in found for cell in reading.cells(array)] for found in (arrays, right))
    return given != expected and sorted(given) == sorted(expected)


def is_separate(exercise: Exercise, right: list[np.ndarray]) -> bool:
    """Return whether the numbers of an answer are questions of their own.

    Parameters
    ----------
    exercise : Exercise
    right : list of array
        The right answer.

    Returns
    -------
    bool
    """
    if exercise.separate is not None:
        return exercise.separate
    kind = KINDS[exercise.kind]
    return kind.has_separate_cells and (not kind.may_mix_slips or all(one.ndim < 2 for one in right))


def _of_formulas(exercise: Exercise, number: int, right: np.ndarray, told: set) -> Iterator[Claim]:
    """Slips of the formulas that a probe asks for, but for those that are misconceptions with a name."""
    several = len(exercise.probes) > 1
    for asked in exercise.formulas:
        settings = asked.settings(*exercise.probes[number])
        for guess in asked.formula.guesses(settings, asked.twice) if settings is not None else ():
            if several and _everywhere(exercise, asked, guess.name) in told:
                continue
            value = np.round(guess.value, exercise.decimals)
            if asked.place is None:
                array = value
            elif value.size == 1:
                array = right.copy()
                array[asked.place] = value.item()
            else:
                continue
            # Of one number nobody can tell a misconception and a slip apart; of several the others tell.
            yield Claim(guess.name, guess.sentence, array, guess.slips - (several and guess.slips == 1))


def _everywhere(exercise, asked, name):
    """What a slip makes of every probe."""
    texts = []
    for probe in exercise.probes:
        settings = asked.settings(*probe)
        values = (
            [guess.value for guess in asked.formula.guesses(settings or {}, twice=False) if guess.name == name]
            if settings
            else []
        )
        texts.append(reading.text(np.round(values[0], exercise.decimals)) if values else "")
    return tuple(texts)


def _shortened(exercise: Exercise, right: np.ndarray) -> Iterator[Claim]:
    """Single numbers that were rounded, or given in thousands or millions."""
    if not KINDS[exercise.kind].may_mix_slips or right.ndim > 1:
        return
    for index, value in enumerate(right.ravel().tolist()):
        if re.fullmatch("10*", f"{value:.15g}"):  # with zeros too few it is another power of ten
            continue
        for decimals in range(min(exercise.decimals, 6)):
            if not np.isfinite(value) or (decimals == 0 and abs(value) < 2):
                continue  # 0 and 1 are answers of their own
            said = {0: "a whole number", 1: "one decimal"}.get(decimals, f"{decimals} decimals")
            for short in {round(value, decimals), _half_up(value, decimals)} - {value, 0}:
                yield _with(right, index, short, "rounded", ROUNDED.format(said))
            cut = float(np.trunc(value * 10**decimals + np.copysign(1e-9, value)) / 10**decimals)
            if decimals > 1 and cut not in (value, 0, round(value, decimals), _half_up(value, decimals)):
                yield _with(right, index, cut, "cut_off", CUT_OFF.format(said))
        for unit, name in ((1e3, "thousands"), (1e6, "millions"), (1e9, "billions")):
            for decimals in range(4) if value >= 10 * unit or (value > unit and value >= 1e4) else ():
                short = round(value / unit, decimals)
                yield _with(right, index, short, "in_another_unit", UNIT.format(name))
                if short * unit != value:
                    yield _with(right, index, short * unit, "rounded", EXACTLY)


def _half_up(value, decimals):
    """Round halves away from zero, as at school; Python rounds them to even digits."""
    return float(np.copysign(floor(abs(value) * 10**decimals + 0.5 + 1e-9) / 10**decimals, value))


def _with(right, index, value, name, sentence):
    array = right.copy()
    array.flat[index] = value
    return Claim(name, sentence, array, 0)


def _rounded(claim: Claim, right: np.ndarray) -> Iterator[Claim]:
    """A slip whose numbers were rounded besides."""
    if claim.array.shape != right.shape or right.dtype.kind == "U" or not np.isfinite(claim.array).all():
        return
    if (claim.array == right).all():  # of this probe the slip says nothing
        return
    for decimals in (1, 2, 3, 4):
        array = np.where(claim.array == right, right, np.round(claim.array, decimals))
        if (array != claim.array).any() and ((array != 0) | (claim.array == 0)).all():
            yield Claim(claim.name, claim.sentence, array, claim.rank, claim.extent)


def _about_probe(number, right, claims, separate, of_words):
    """What is said to an answer to one probe, and to its cells."""
    of_answers, of_cells = defaultdict(list), defaultdict(list)
    expected = reading.cells(right)
    for claim in claims:
        text = reading.text(claim.array)
        if text == reading.text(right):
            continue
        same_shape = claim.array.shape == right.shape
        if not (separate and same_shape):
            of_answers[str(number), text].append((claim, 1))
        if not same_shape or (not separate and claim.rank > 1):
            continue
        different = [place for place, cell in enumerate(reading.cells(claim.array)) if cell != expected[place]]
        for place in different:
            cell = reading.cells(claim.array)[place]
            of_cells[str(number), str(place), cell].append((claim, len(different)))
    found = {parts: _likeliest(group, of_words) for parts, group in of_answers.items()}
    found |= {parts: _likeliest(group, of_words) if separate else _all(group) for parts, group in of_cells.items()}
    return {parts: said for parts, said in found.items() if said}


def _likeliest(group, of_words):
    """One slip, or two of which one was made; of more nobody can say which it was."""
    first = min(claim.rank for claim, _ in group)
    group = [(claim, cells) for claim, cells in group if claim.rank == first]
    if of_words:  # of misconceptions those that speak of the fewest
        fewest = min(claim.extent for claim, _ in group)
        group = [(claim, cells) for claim, cells in group if claim.extent == fewest]
    different = {claim.sentence: (claim, cells) for claim, cells in group}
    if len(different) == 2 and _are_one_slip(*(claim.name for claim, _ in different.values())):
        return _messages([*different.values()][:1])
    return _messages(different.values()) if len(different) < (3 if first < 2 else 2) else []


def _are_one_slip(first, second):
    return first == second or SAME_SLIP.get(first) == second


def _all(group):
    different = {claim.sentence: (claim, cells) for claim, cells in group}
    return _messages(different.values()) if len(different) <= MOST else []


def _messages(claims):
    return [
        {"right": False, "sentence": claim.sentence, "misconception": claim.name, "cells": cells}
        for claim, cells in claims
    ]
