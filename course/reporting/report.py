"""What a class got wrong: slips by how frequent they are, how each exercise did, who needs help, who wrote the same.

No answer is shown with a name; only the lists about people have names.
"""

import ast
import csv
import io
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, pairwise
from pathlib import Path
from statistics import mean, pstdev

import jinja2

from course.gate.plain import printable
from course.gate.worksheet import no_formula
from course.reporting.grades import Grade
from course.term.deadlines import length_of
from helpers.checks.recording import REPORTED
from helpers.checks.variants import HANDED_IN_BY
from helpers.checks.verdict import NOTHING_CAME_OUT
from helpers.tokens import css

TEMPLATES = Path(__file__).parent / "templates"
TO_TALK_ABOUT = 3  # slips that are worth the beginning of the next lecture
NEEDS_HELP = 0.5  # of the points; who has less than this share
RARE = 3  # students; a wrong answer that at most so many gave is a mark
SAME = 2  # such marks that two students share before it is said
SAME_WORDS = 0.6  # share of two texts' runs of words that are the same before it is said
RUN, FEWEST_WORDS = 5, 15  # words in a run; of a text that is compared
MOST_EXAMPLE, MOST_COMPARED = 300, 20_000  # characters of an answer that is shown as an example; that is compared
# Where names are in a syntax tree.
NAMED = {ast.Name: "id", ast.arg: "arg", ast.FunctionDef: "name"}
OFTEN = {1: "once", 2: "twice", 3: "three times or more"}
HOURS = {
    "within the last hour": 1,
    "1 to 6 hours before": 6,
    "6 to 24 hours before": 24,
    "1 to 3 days before": 72,
    "earlier": math.inf,
}
PLACE = re.compile(
    r"^(?:\d+ of \d+ [^.]*\. )?(?:(?:Answer|Number|The number in|Row|Part) [^:]{1,60}: )*"
)  # which part of an answer it is about


@dataclass(frozen=True)
class Work:
    """What one student handed in.

    Parameters
    ----------
    grade : Grade
    verdicts : dict of str to dict
        By exercise: `state`, `sentence`, `credit` and `misconception`.
    answers : dict of str to str
        By exercise, as source.
    points : dict of str to float
        What each exercise gives; 1 where nothing is said.
    texts : dict of str to str
        Answers in words, which a person reads.
    """

    grade: Grade
    verdicts: dict[str, dict] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Slip:
    """A misconception of a class: how many made it, of how many, what they are told, and an answer that shows it."""

    exercise: str
    misconception: str
    count: int
    of: int
    sentence: str
    example: str

    @property
    def percent(self) -> int:
        """Of those who answered the exercise."""
        return round(100 * self.count / self.of)


@dataclass(frozen=True)
class Item:
    """How an exercise did.

    Parameters
    ----------
    exercise : str
    states : Counter
        How many answers were right, partly right, wrong and open.
    share : float
        Mean share of its points; the difficulty of test theory.
    discrimination : float or None
        Correlation with the share of all other exercises; None where all answers are worth the same.
    unnamed : int
        Wrong answers of which no slip is known.
    """

    exercise: str
    states: Counter
    share: float
    discrimination: float | None
    unnamed: int

    @property
    def percent(self) -> int:
        """Mean share of its points."""
        return round(100 * self.share)


@dataclass(frozen=True)
class Judged:
    """An item of the rubric of an answer that a person reads: how many met it, of those on whom it was judged."""

    answer: str
    criterion: str
    met: int
    of: int

    @property
    def percent(self) -> int:
        """Of those on whom it was judged."""
        return round(100 * self.met / self.of)


class Report:
    """The report on one assignment.

    Parameters
    ----------
    assignment : str
    works : sequence of Work
        Of all students on the list, with those who handed in nothing.
    judged : sequence of Judged
        Of the answers that a person has read by their rubric.
    individual : collection of str
        Exercises in which each student has numbers of his or her own.
    tries : mapping of str to int, optional
        How often students handed in, as far as it is known.
    """

    def __init__(
        self,
        assignment: str,
        works: Sequence[Work],
        judged: Sequence[Judged] = (),
        individual: Collection[str] = (),
        tries: Mapping[str, int] | None = None,
    ):
        self.assignment, self.works, self.judged, self.individual = assignment, works, judged, individual
        self.tries = tries or {}
        self.handed_in = [work for work in works if work.grade.state in ("graded", "not read yet")]
        self.ungraded = [work for work in works if work.grade.state == "not graded yet"]

    @cached_property
    def exercises(self) -> list[str]:
        """In the order of the notebook."""
        return list(dict.fromkeys(name for work in self.handed_in for name in work.verdicts))

    @cached_property
    def slips(self) -> list[Slip]:
        """Misconceptions, the most frequent first."""
        made = defaultdict(list)
        for work in self.handed_in:
            for name, verdict in work.verdicts.items():
                if verdict["misconception"]:
                    told = (
                        REPORTED.get(verdict["misconception"], "")
                        if _is_reported(verdict)
                        else _without_names(verdict["sentence"])
                    )
                    made[name, verdict["misconception"]].append((printable(told), work.answers.get(name, "")))
        answered = {name: sum(self._is_answered(work, name) for work in self.handed_in) for name in self.exercises}
        found = []
        for (name, slip), said in made.items():
            sentence = Counter(PLACE.sub("", one) for one, _ in said).most_common(1)[0][0]
            example = min((answer for _, answer in said), key=lambda answer: (not answer, len(answer)))
            shown = _shortened(self._without_people(example[: 4 * MOST_EXAMPLE]))
            found.append(Slip(name, slip, len(said), answered[name], sentence, shown))
        return sorted(found, key=lambda slip: (-slip.count, slip.exercise, slip.misconception))

    def _without_people(self, text):
        """A text in which nobody of the class is named."""
        return self._people.sub("…", text) if self._people else text

    @cached_property
    def _people(self):
        names = {
            name
            for one in (work.grade for work in self.works)
            for whole in (one.student, one.first_name, one.last_name, one.email)
            for name in (whole, *whole.split())
            if len(name) > 2 and not (name.isdigit() and len(name) < 4)
        }
        told = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        # Not what code calls: somebody may be called Max.
        return re.compile(rf"(?<![\w.])(?:{told})(?!\w|\s*\()", re.IGNORECASE) if told else None

    @cached_property
    def items(self) -> list[Item]:
        """Exercises, in the order of the notebook."""
        return [self._item(name) for name in self.exercises]

    def _item(self, name):
        verdicts = [work.verdicts[name] for work in self.handed_in if name in work.verdicts]
        credits = [verdict["credit"] for verdict in verdicts]
        others = [
            mean([verdict["credit"] for other, verdict in work.verdicts.items() if other != name] or [0])
            for work in self.handed_in
            if name in work.verdicts
        ]
        unnamed = sum(
            verdict["state"] in ("wrong", "partly")
            and not verdict["misconception"]
            and verdict["sentence"] != NOTHING_CAME_OUT
            for verdict in verdicts
        )
        states = Counter(verdict["state"] for verdict in verdicts)
        return Item(name, states, mean(credits), _correlation(credits, others), unnamed)

    @cached_property
    def first_words(self) -> str:
        """How many handed in, and what to talk about in the next lecture."""
        return " ".join([self.opening, *self.to_talk_about])

    @cached_property
    def to_talk_about(self) -> list[str]:
        """A few slips that several made, each with its exercise."""
        slips = [slip for slip in self.slips if slip.count > 1][:TO_TALK_ABOUT]
        return [f"{slip.exercise} ({slip.count} of {slip.of}): {slip.sentence}" for slip in slips]

    @cached_property
    def opening(self) -> str:
        """How many handed in, as a beginning."""
        if not self.handed_in and not self.ungraded:
            return "Nothing was handed in yet."
        handed_in = f"{students(len(self.handed_in) + len(self.ungraded))} handed in"
        if self.ungraded:
            handed_in += f" ({len(self.ungraded)} not graded yet)"
        if not self.to_talk_about:
            return f"{handed_in}, and no slip was made twice."
        return f"{handed_in}. Begin the next lecture with this."

    @cached_property
    def distribution(self) -> list[tuple[str, int]]:
        """How many students have which share of the points, in tenths."""
        shares = [work.grade.total / work.grade.most for work in self.handed_in if work.grade.most]
        counts = Counter(min(9, int(10 * share + 1e-9)) for share in shares)
        return [(f"{10 * tenth}-{10 * tenth + 10} %", counts[tenth]) for tenth in range(10)]

    @cached_property
    def need_help(self) -> list[Work]:
        """Who has less than half of the points that were judged, the fewest first."""
        judged = [work for work in self.handed_in if work.verdicts]
        return sorted((work for work in judged if self._share(work) < NEEDS_HELP), key=self._share)

    @staticmethod
    def _share(work):
        most = {name: work.points.get(name, 1) for name in work.verdicts}
        reached = sum(most[name] * verdict["credit"] for name, verdict in work.verdicts.items())
        return reached / sum(most.values()) if any(most.values()) else 0

    @cached_property
    def missing(self) -> list[Work]:
        """Who handed in nothing."""
        return [work for work in self.works if work.grade.state == "not handed in"]

    @cached_property
    def late(self) -> list[Work]:
        """Who was late, the latest first."""
        late = [work for work in self.works if work.grade.minutes_late > 0]
        return sorted(late, key=lambda work: -work.grade.minutes_late)

    @cached_property
    def unread(self) -> int:
        """How many wait for a person to read an answer."""
        return sum(work.grade.state == "not read yet" for work in self.works)

    @cached_property
    def alike(self) -> list[tuple[str, str, list[str]]]:
        """Pairs who gave the same wrong answers where hardly anybody else did, with the exercises; a reason to ask, no proof.

        Where numbers are individual, one of the two may be right: it was the other's number.
        """
        givers = defaultdict(list)
        for work in self.handed_in:
            for name, verdict in work.verdicts.items():
                answer = _gist(work.answers.get(name, ""))
                if answer and self._is_answered(work, name):
                    givers[name, answer].append((work.grade.who, verdict["state"] != "right"))
        shared, most = defaultdict(list), min(RARE, len(self.handed_in) // 2)
        for (name, _), given in givers.items():
            if 1 < len(given) <= most:
                for (one, slipped), (other, also) in combinations(sorted(given), 2):
                    if (slipped and also) or (name in self.individual and (slipped or also)):
                        shared[one, other].append(name)
        return sorted((*pair, names) for pair, names in shared.items() if len(names) >= SAME)

    @cached_property
    def same_words(self) -> list[tuple[str, str, list[str]]]:
        """Pairs who answered in nearly the same words, where hardly anybody else did, with the questions."""
        shared = defaultdict(list)
        for name in dict.fromkeys(name for work in self.handed_in for name in work.texts):
            runs = {work.grade.who: _runs(work.texts.get(name, "")) for work in self.handed_in}
            users = defaultdict(set)
            for student, found in runs.items():
                for run in found:
                    users[run].add(student)
            rare = [sorted(who) for who in users.values() if 1 < len(who) <= min(RARE, len(self.handed_in) // 2)]
            common = Counter(pair for who in rare for pair in combinations(who, 2))
            for (one, other), count in common.items():
                if count >= SAME_WORDS * min(len(runs[one]), len(runs[other])):
                    shared[one, other].append(name)
        return sorted((*pair, names) for pair, names in shared.items())

    @cached_property
    def times(self) -> list[tuple[str, int]]:
        """How many handed in how long before the due date; empty where none is known."""
        hours = [work.grade.minutes_left / 60 for work in self.handed_in if work.grade.minutes_left is not None]
        ends = [0.0, *HOURS.values()]
        early = [sum(start <= one < end for one in hours) for start, end in pairwise(ends)]
        late = sum(one < 0 for one in hours)
        return [*zip(reversed(HOURS), reversed(early), strict=True), ("after the due date", late)] if hours else []

    @cached_property
    def how_often(self) -> list[tuple[str, int]]:
        """How many handed in once, twice and more often; empty where nobody's tries are known."""
        known = [self.tries[work.grade.student] for work in self.handed_in if work.grade.student in self.tries]
        counts = Counter(min(count, 3) for count in known)
        return [(name, counts[count]) for count, name in OFTEN.items()] if known else []

    @cached_property
    def borrowed(self) -> list[tuple[str, str, str]]:
        """Who gave an answer that is right for the numbers of somebody else: student, exercise, and whose they are."""
        return [
            (work.grade.who, name, whose)
            for work in self.handed_in
            for name, verdict in work.verdicts.items()
            if (whose := printable(verdict.get("lent_by", "")) or self._whose(work, name))
        ]

    def _whose(self, work, name):
        """Who has the numbers that a wrong answer is right for; of several, those who fit the student's other answers, too."""
        if not work.verdicts[name].get("right_for"):
            return ""
        owners = {
            exercise: {
                other.grade.who for other in self.handed_in if _has_right(other, exercise, verdict["right_for"])
            }
            for exercise, verdict in work.verdicts.items()
            if verdict.get("right_for")
        }
        found = sorted(set.intersection(*owners.values()) or owners[name])
        return " or ".join(found) if len(found) <= RARE else f"one of {len(found)} students"

    @staticmethod
    def _is_answered(work, name):
        verdict = work.verdicts.get(name, {"state": "open"})
        return verdict["state"] != "open" and verdict["sentence"] != NOTHING_CAME_OUT

    @staticmethod
    def how_late(work: Work) -> str:
        """Write how late somebody was."""
        return length_of(60 * work.grade.minutes_late)

    def as_html(self) -> str:
        """Write the report as a page that loads nothing."""
        return page("report.html.j2", self)

    def as_csv(self) -> str:
        """Write the slips as a table for spreadsheets."""
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["exercise", "slip", "students", "of", "sentence"])
        for slip in self.slips:
            texts = map(
                no_formula, (slip.exercise, slip.misconception, str(slip.count), str(slip.of), slip.sentence)
            )
            rows.writerow(texts)
        return out.getvalue()


def page(template: str, report: object) -> str:
    """Fill in the page of a report.

    Parameters
    ----------
    template : str
    report : object
        What the template writes about.

    Returns
    -------
    str
        HTML that loads nothing.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(template).render(report=report, tokens=css(by_system=True))


def students(number: int) -> str:
    """Write how many students: '1 student', '2 students'."""
    return f"{number} student{'' if number == 1 else 's'}"


def _has_right(work, name, variants):
    """Whether somebody's numbers are among these variants, and the answer to them was right."""
    verdict = work.verdicts.get(name, {"state": "open"})
    return verdict["state"] == "right" and verdict.get("numbers") in variants


def _without_names(sentence):
    """What was said of the answer, without the note on who has handed in and whose name was typed."""
    return sentence.partition(HANDED_IN_BY)[0].strip()


def _is_reported(verdict):
    """Whether the sentence is the notebook's own; journals of an earlier version do not say so."""
    return verdict.get("is_reported", False)


def _gist(source):
    """What an answer comes to, whatever its names, spaces and brackets; of what is not Python, or long, the letters."""
    if len(source) > MOST_COMPARED:  # parsing takes memory, and submissions are not trusted
        return "".join(source.split())
    try:
        tree = ast.parse(source)
        nodes = list(ast.walk(tree))
        own = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        own |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        names: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value.is_integer():
                node.value = int(node.value)
            part = NAMED.get(type(node))
            if part and getattr(node, part) in own:
                setattr(node, part, names.setdefault(getattr(node, part), f"n{len(names)}"))
        return ast.dump(tree).replace("Tuple(", "List(") if tree.body else ""
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(source.split())


def _runs(text):
    """Runs of words of a text, whatever its capitals and signs; of a short one none."""
    words = re.findall(r"\w+", text[:MOST_COMPARED].casefold())
    return (
        {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)} if len(words) >= FEWEST_WORDS else set()
    )


def _shortened(answer):
    return answer if len(answer) <= MOST_EXAMPLE else f"{answer[:MOST_EXAMPLE]} …"


def _correlation(first, second):
    """Pearson's; None where one of the two does not vary."""
    spread = pstdev(first) * pstdev(second) if len(first) > 1 else 0
    if spread < 1e-9:
        return None
    middle_first, middle_second = mean(first), mean(second)
    pairs = zip(first, second, strict=True)
    return mean([(one - middle_first) * (other - middle_second) for one, other in pairs]) / spread
