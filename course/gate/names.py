"""Names of people as platforms and spreadsheets spell them."""

import re
import unicodedata

from helpers.checks.variants import LETTERS

APOSTROPHES = re.compile("['’ʼ`´]")  # which names of files do not have
TRANSLITERATED = {**LETTERS, **str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})}


def words_of(name: str) -> list[str]:
    """Split a name into words of small ASCII letters and digits: 'Müller-Groß, Änne' is mueller, gross, aenne.

    Parameters
    ----------
    name : str

    Returns
    -------
    list of str
    """
    spelled = unicodedata.normalize("NFC", name.casefold()).translate(TRANSLITERATED)
    plain = unicodedata.normalize("NFKD", spelled)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # Marks that are left are vowels, as in Hindi; a mark without a letter stands behind a picture.
    kept = "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in plain)
    return [word for word in kept.split() if unicodedata.category(word[0])[0] in "LN"]


def identity(name: str) -> tuple[str, ...]:
    """Reduce a name to what its spellings have in common: the order of words, case and accents do not matter, and ü is ue.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of str
    """
    return tuple(sorted(words_of(name)))
