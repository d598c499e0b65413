"""What Moodle's columns are called, by its language packs, and what stands in those of its grading worksheet.

The languages are English, German, French, Spanish, Italian, Dutch and Portuguese.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from course.gate.times import NotATime, time_of
from course.gate.worksheet import Worksheet

IDENTIFIER = ("identifier", "id", "identifiant", "identificador", "identificativo", "identificatie")
GRADE = ("grade", "bewertung", "note", "calificación", "valutazione", "cijfer", "beoordeling", "nota", "avaliação")
MAXIMUM = (
    "maximum grade",
    "bestwertung",
    "note maximale",
    "calificación máxima",
    "valutazione massima",
    "maximumcijfer",
    "maximale cijfer",
    "maximale beoordeling",
    "nota máxima",
    "avaliação máxima",
)
CHANGEABLE = (
    "grade can be changed",
    "bewertung kann geändert werden",
    "la note peut être modifiée",
    "nota pode ser alterada",
)
SCALE = ("scale", "skala", "barème", "escala", "scala", "schaal")
NAME = (
    "full name",
    "vollständiger name",
    "nom complet",
    "nombre completo",
    "nome completo",
    "nome",
    "volledige naam",
)
USERNAME = (
    "username",
    "benutzername",
    "anmeldename",
    "nom d'utilisateur",
    "nombre de usuario",
    "nome utente",
    "gebruikersnaam",
)
ID_NUMBER = (
    "matrikelnummer",
    "matrikel-nr.",
    "matr.-nr.",
    "id number",
    "id-nummer",
    "numéro d'identification",
    "número de id",
)
EMAIL = (
    "email address", "e-mail-adresse", "adresse de courriel", "dirección de correo", "correo electrónico", "indirizzo email", "e-mailadres",
    "endereço de e-mail", "endereço de email",
)  # fmt: skip
KNOWN_AS = (*ID_NUMBER, *USERNAME, *EMAIL)
SUBMITTED = (
    "last modified (submission)", "zuletzt geändert (abgabe)", "dernière modification (travail remis)", "última modificación (entrega)",
    "fecha de entrega", "ultima modifica (consegna)", "laatst gewijzigd (inzending)", "última modificação (envio)",
    "última modificação (trabalho)", "última modificação (submissão)", "última modificação (entrega)",
)  # fmt: skip
NO, YES = ("no", "nein", "non", "não", "nee"), ("yes", "ja", "oui", "sí", "si", "sì", "sim")
PARTICIPANT = re.compile(
    r"[^\W\d][^\d]{5,}(\d+)"
)  # such as "Participant 12" and "Teilnehmer/in12", in any language
# In those that are known: under "id", "student12" is somebody's own id.
NUMBERED = re.compile(r"(?:participant|teilnehmer|deelnemer|partecipante)[^\d]*(\d+)", re.IGNORECASE)


def place_of(heading: Sequence[str], words: Sequence[str]) -> int | None:
    """Find a column by the words that it may be called, the first ones first.

    Parameters
    ----------
    heading, words : sequence of str
        In small letters.

    Returns
    -------
    int or None
    """
    return next((heading.index(word) for word in words if word in heading), None)


def participants(table: Worksheet) -> dict[int, str]:
    """Read the numbers that Moodle gives participants for one assignment.

    Parameters
    ----------
    table : Worksheet

    Returns
    -------
    dict of int to str
        By row; empty where the column of identifiers (the first one, in a language that is not known) holds something else.
    """
    place = place_of(table.heading(), IDENTIFIER)
    form = PARTICIPANT if place is None else NUMBERED
    found = {row: form.fullmatch(table[row, place or 0]) for row, _ in table.filled_rows()}
    return {row: one[1] for row, one in found.items() if one}


def times(table: Worksheet) -> tuple[dict[int, datetime], list[str]] | None:
    """Read when each participant handed in.

    Parameters
    ----------
    table : Worksheet

    Returns
    -------
    tuple of dict of int to datetime and list of str, or None
        By row, in UTC, and a sentence for each time that cannot be read; None where no column is known to hold them. To look
        for a column of times would find those of the grades where the others cannot be read.
    """
    place = place_of(table.heading(), SUBMITTED)
    return None if place is None else _times_in(table, place)


def _times_in(table, place):
    found, unread = {}, []
    for row, texts in table.filled_rows():
        if place < len(texts) and re.search(r"\d", texts[place]):
            try:
                found[row] = time_of(texts[place], local=None)
            except NotATime as problem:
                unread.append(f"{texts[0]}: {problem}")
    return found, unread
