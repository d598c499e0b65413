"""The report on a term: how each assignment went, what went wrong most, who needs help, how the groups do."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean

from course.gate.worksheet import no_formula
from course.reporting.report import NEEDS_HELP, Report, Slip, page, students
from course.term.groups import groups_in

MOST_SLIPS = 15  # of the whole term
FELL = 0.3  # of the points, below the mean of one's own earlier assignments
MISSED = 2  # assignments


@dataclass(frozen=True)
class Person:
    """How one student does.

    Parameters
    ----------
    student, who, group : str
        The id; the name with the id after it; the group.
    shares : tuple of float or None
        Share of the points of each assignment; None where there is no final grade.
    missed : int
        Assignments that were not handed in.
    """

    student: str
    who: str
    group: str
    shares: tuple[float | None, ...]
    missed: int

    @property
    def mean(self) -> float | None:
        """Mean share of what has a grade."""
        known = [share for share in self.shares if share is not None]
        return mean(known) if known else None

    @property
    def reason(self) -> str:
        """Why this student may need help; empty if nothing suggests it."""
        known = [share for share in self.shares if share is not None]
        signs = []
        if self.missed >= MISSED:
            signs.append(f"{self.missed} assignments missing")
        if known and mean(known) < NEEDS_HELP:
            signs.append(f"{100 * mean(known):.0f} % of the points")
        if len(known) > 1 and mean(known[:-1]) - known[-1] >= FELL:
            signs.append(f"fell to {100 * known[-1]:.0f} %, from {100 * mean(known[:-1]):.0f} %")
        return ", ".join(signs)


class TermReport:
    """The report on all assignments that were graded.

    Parameters
    ----------
    reports : sequence of Report
        In the order of the course.
    groups : dict of str to str
        By student.
    """

    def __init__(self, reports: Sequence[Report], groups: dict[str, str]):
        self.reports, self.groups = reports, groups

    @cached_property
    def people(self) -> list[Person]:
        """Everybody on the list, by id."""
        grades = [{work.grade.student: work.grade for work in report.works} for report in self.reports]
        found = []
        for student in sorted({student for known in grades for student in known}):
            own = [known.get(student) for known in grades]
            shares = tuple(
                one.total / one.most if one and one.state == "graded" and one.most else None for one in own
            )
            missed = sum(one is None or one.state == "not handed in" for one in own)
            who = next(grade.who for grade in own if grade)
            found.append(Person(student, who, self.groups.get(student, ""), shares, missed))
        return found

    @cached_property
    def slips(self) -> list[tuple[str, Slip]]:
        """The most frequent slips of the term, each with its assignment, by the share of those who answered."""
        found = [(report.assignment, slip) for report in self.reports for slip in report.slips if slip.count > 1]
        return sorted(found, key=lambda pair: (-pair[1].percent, -pair[1].count))[:MOST_SLIPS]

    @cached_property
    def need_help(self) -> list[Person]:
        """Those with a reason, the fewest points first."""
        return sorted((one for one in self.people if one.reason), key=lambda one: one.mean or 0)

    @cached_property
    def by_group(self) -> list[tuple[str, int, int | None]]:
        """Groups with how many they are, and their mean share in per cent, None before it is known; empty without groups."""
        found = []
        for name in sorted({group for one in self.people for group in groups_in(one.group)}):
            members = [one for one in self.people if name in groups_in(one.group)]
            means = [one.mean for one in members if one.mean is not None]
            found.append((name, len(members), round(100 * mean(means)) if means else None))
        return found

    @cached_property
    def first_words(self) -> str:
        """The term in a paragraph."""
        graded = f"{len(self.reports)} assignments" if len(self.reports) > 1 else "one assignment"
        told = f"{students(len(self.people))}, {graded} graded so far."
        if self.need_help:
            told += f" Students who may need help: {len(self.need_help)}."
        if self.slips:
            assignment, slip = self.slips[0]
            told += f" The slip most made is in {assignment}, {slip.exercise} ({slip.percent} %): {slip.sentence}"
        return told

    @staticmethod
    def share_of(report: Report) -> int | None:
        """Mean share of the points that are final, in per cent."""
        grades = [work.grade for work in report.works if work.grade.state == "graded" and work.grade.most]
        return round(100 * mean(one.total / one.most for one in grades)) if grades else None

    def as_html(self) -> str:
        """Write the report as a page that loads nothing."""
        return page("term_report.html.j2", self)

    def as_csv(self) -> str:
        """Write points as a table for spreadsheets: a row for each student, a column for each assignment."""
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["student", "group", *(report.assignment for report in self.reports), "total", "of"])
        grades = [{work.grade.student: work.grade for work in report.works} for report in self.reports]
        for person in self.people:
            own = [known.get(person.student) for known in grades]
            final = [one for one in own if one and one.state == "graded"]
            points = [f"{one.total:g}" if one and one.state == "graded" else "" for one in own]
            sums = [f"{sum(one.total for one in final):g}", f"{sum(one.most for one in final):g}"]
            rows.writerow([*map(no_formula, (person.student, person.group)), *points, *sums])
        return out.getvalue()
