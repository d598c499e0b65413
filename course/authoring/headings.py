"""The words by which a text says what it is, in several languages: headings and labels are looked up here, never spelled out."""

import re
from collections.abc import Sequence

# The first word of each is what `course new` writes.
WORDS = {
    "goals": ("Goals", "Objectives", "Ziele", "Lernziele", "Objectifs", "Objetivos", "Obiettivi"),
    "sources": (
        "Sources",
        "Quellen",
        "Literatur",
        "Références",
        "Bibliographie",
        "Fuentes",
        "Bibliografía",
        "Fonti",
    ),
    "summary": ("Summary", "Zusammenfassung", "Résumé", "Resumen", "Riassunto"),
    "time": ("Time", "Zeit", "Dauer", "Durée", "Tiempo", "Duración", "Tempo"),
    "needs": ("You need", "Voraussetzungen", "Sie brauchen", "Prérequis", "Requisitos", "Prerequisiti"),
    "points": ("Points", "Punkte", "Puntos", "Punti"),
    "assignment": ("Assignment", "Aufgabe", "Übung", "Devoir", "Tarea", "Compito"),
    "question": ("Question", "Frage", "Pregunta", "Domanda"),
    "about": ("about", "etwa", "ungefähr", "environ", "unos", "circa"),
}


NUMBER = r"\d+(?:[.,]\d+)?"  # of points: 3, 1.5 or 1,5


def any_of(name: str) -> str:
    """Return a regular expression for a word in any language.

    Parameters
    ----------
    name : str
        A key of `WORDS`.
    """
    return f"(?:{'|'.join(map(re.escape, WORDS[name]))})"


def heading(lines: Sequence[str], name: str) -> int | None:
    """Find a heading of the second level.

    Parameters
    ----------
    lines : sequence of str
    name : str
        A key of `WORDS`.

    Returns
    -------
    int or None
        Its place, from 0; None where there is no such heading.
    """
    wanted = {f"## {word}" for word in WORDS[name]}
    return next((place for place, line in enumerate(lines) if line.strip() in wanted), None)


def label(text: str, name: str, value: str) -> str:
    """Read what comes after a bold label, such as `**Time:** about 50 minutes`.

    Parameters
    ----------
    text, name : str
    value : str
        Regular expression of what is read.

    Returns
    -------
    str
        In one line; empty where there is no such label.
    """
    found = re.search(rf"\*\*{any_of(name)}\s?:\*\* (?:{any_of('about')} )?({value})", text)
    return " ".join(found[1].split()) if found else ""
