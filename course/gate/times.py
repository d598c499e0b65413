"""When something was handed in, as learning platforms and nbgrader write it."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser

# Abbreviations that mean one thing; IST and the like mean several, and are not guessed.
HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "CET": 1, "MEZ": 1, "BST": 1, "WEST": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "JST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "AST": -4, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6,
    "MST": -7, "PDT": -7, "PST": -8, "AKST": -9, "HST": -10,
}  # fmt: skip
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?([0-5]\d)?")
ZONED = re.compile(r"(?P<when>.*?\d(?:\s?[AaPp]\.?[Mm]\.?)?)\s*(?P<zone>(?![AP]M$)[A-Z]{1,5}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?|[A-Z][A-Za-z_]+/[A-Za-z0-9_+/-]+)?")  # fmt: skip
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# Which of two numbers is the month depends on the country, but for dots; and what follows a time may be an offset or not.
AMBIGUOUS = re.compile(r"(?<!\d)\d{1,2}\s?[/-]\s?\d{1,2}\s?[/-]|:\d\d.*\s[+-]\s?\d")
DAY_FIRST = re.compile(r"(?<!\d)\d{1,2}\.\s?\d{1,2}\.\s?\d{4}")
INSIDE = re.compile(
    r"\s((?:UTC|GMT)[+-]\d{1,2}(?::?\d\d)?|[A-Z]{3,5})(?=\s)"
)  # a zone before the year, as of Unix' `date`
# Names of months by their first letters, as German, French, Spanish, Italian, Dutch and Portuguese write them.
MONTHS = [
    "jan|gen|ene", "feb|fev|fév", "mar|mär|mrz|maa", "apr|abr|avr", "mai|may|mag|mei", "jun|juin|giu", "jul|juil|lug",
    "aug|aoû|ago", "sep|set", "oct|okt|out|ott", "nov", "dec|dez|déc|dic",
]  # fmt: skip
DEFAULTS = (datetime(1900, 1, 1, 0, 0), datetime(1901, 2, 2, 1, 1))  # of what a text leaves out
WORD = re.compile(r"[^\W\d_]{3,}\.?")
PARTICLES = re.compile(r"(?<=\d)\.(?=\s)|\b(?:de|um|at|à|às|a las|om|alle ore|Uhr)\b")


class NotATime(Exception):
    """A text is not a time that means one moment."""


def time_of(text: str, local: tzinfo | None = UTC) -> datetime:
    """Read a time.

    Parameters
    ----------
    text : str
        Such as `2026-11-15 00:30:00 +0100`, `2026-11-15T00:30:00Z`, `2026-11-15 00:30 Europe/Berlin`, or as platforms write it,
        `Sunday, 15 November 2026, 12:30 AM` and `Sonntag, 15. November 2026, 00:30`.
    local : tzinfo or None
        Zone of a time that names none; None for that of this machine. nbgrader takes such times for UTC.

    Returns
    -------
    datetime
        In UTC, without a zone, as the gradebook keeps times.

    Raises
    ------
    NotATime
    """
    text = " ".join(text[:200].split())
    found = ZONED.fullmatch(text) if len(text) <= 100 else None
    if not found or not YEAR.search(text) or AMBIGUOUS.search(found["when"]):
        raise NotATime(f"{text[:60]!r} cannot be read as a time")
    written, named = found["when"], found["zone"]
    inside = None if named else INSIDE.search(written)
    if inside:
        named, written = inside[1], written.replace(inside[1], "", 1)
    zone = local if named is None else _zone(named)
    try:
        plain, first = _in_english(written), bool(DAY_FIRST.search(written))
        when, other = (parser.parse(plain, default=default, ignoretz=True, dayfirst=first) for default in DEFAULTS)
        if when != other:  # a part of the date or of the time was not given
            raise NotATime(f"{text[:60]!r} is not a whole date with a time")
        when = when if zone is None else when.replace(tzinfo=zone)  # None: this machine's own, with its summers
        return when.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    except NotATime:
        raise
    except Exception:  # the parser fails in many ways on what is not a time
        raise NotATime(f"{text[:60]!r} cannot be read as a time") from None


def _zone(name):
    if name in HOURS:
        return timezone(timedelta(hours=HOURS[name]))
    offset = OFFSET.fullmatch(name)
    if offset:
        sign, hours, minutes = offset.groups()
        shift = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if shift <= timedelta(hours=14):
            return timezone(-shift if sign == "-" else shift)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotATime(f"the time zone {name[:40]!r} is not known") from None


def _in_english(when):
    """Write the month's name in English, and leave out the day's name and small words."""
    if not WORD.search(when):
        return when
    return WORD.sub(_month_or_nothing, PARTICLES.sub(" ", when)).replace(" ,", ",")


def _month_or_nothing(word):
    name = word[0].lower().rstrip(".")
    if name in ("noon", "midnight"):
        raise NotATime(f"{name!r} is not read")
    for number, starts in enumerate(MONTHS):
        if re.match(starts, name) and not name.startswith(("mardi", "mart", "maand")):
            return parser.parserinfo.MONTHS[number][0]
    return " "
