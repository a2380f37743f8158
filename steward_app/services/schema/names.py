"""Names that can deceive a reader: what is odd about them, in words.

What looks alike follows the idea of https://www.unicode.org/reports/tr39/ for the letters that names are made of.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from steward_app.db.names import KEYWORDS, fold
from steward_app.kernel.text import visible

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝьвнкмтАВЕНКМОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοικνρυ" + "0OIl1|",
    "aeopcyxijsdhqwbbhkmtabehkmopctxijsabezhikmnoptyxoiknpu" + "oollll",
)


_LATIN_LOOKS = frozenset(chr(c) for c in _LOOK_ALIKES if c > 0x7F)
"""Letters of other alphabets that look like those of the Latin one."""
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0100, 0xE01F0)),
}
"""What is neither a space nor a format character, and shows nothing all the same."""


def hazards(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """What is odd about each name, where something is; look-alikes are told among the names given, and words of SQL."""
    names = tuple(names)
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[skeleton(name)].append(name)
    alphabets = {_script(c) for name in names if not _is_plain(name) for c in name if c not in _LATIN_LOOKS}
    found = {}
    for name in names:
        odd = [*_characters(name), *_letters(name, alphabets)]
        word = _words_of_sql().get(skeleton(name), "")
        odd += [f"looks like the word {word}"] if word and word != name.upper() else []
        odd += [
            f"looks like {visible(other)}" for other in alike[skeleton(name)] if fold(other) != fold(name)
        ]
        if odd:
            found[name] = tuple(odd)
    return found


def skeleton(name: str) -> str:
    """The same for names a reader takes for each other: without what is not seen, letters by their looks."""
    if _is_plain(name):
        return name.translate(_LOOK_ALIKES).lower().translate(_LOOK_ALIKES)
    visible = "".join(
        c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) not in ("Cf", "Cc")
    )
    folded = visible.translate(_LOOK_ALIKES).casefold().translate(_LOOK_ALIKES)
    return " ".join(folded.split())


def _is_plain(name: str) -> bool:
    """Letters, digits and underscores of ASCII only, as nearly every name is."""
    return name.isascii() and name.isidentifier()


def _characters(name: str) -> Iterable[str]:
    if _is_plain(name):
        return
    if not name:
        yield "empty name"
    if any(unicodedata.category(c) == "Cc" for c in name):
        yield "control character"
    if any(c in _BIDI for c in name):
        yield "character that turns the direction of text"
    if any(unicodedata.category(c) == "Cf" and c not in _BIDI for c in name):
        yield "character of no width"
    if "\ufffd" in name or any(unicodedata.category(c) == "Cs" for c in name):
        yield "bytes that are not valid text"
    if any(c in _UNSEEN for c in name):
        yield "character that is not seen"
    if any(unicodedata.category(c) in ("Zs", "Zl", "Zp") and c != " " for c in name):
        yield "space that is no plain space"
    if any(map(unicodedata.combining, name)) and unicodedata.normalize("NFC", name) != name:
        yield "accents written apart from their letters"
    if name != name.strip():
        yield "space at its beginning or end"


def _letters(name: str, alphabets: Collection[str]) -> Iterable[str]:
    """Letters that pass for others: in a word of two alphabets, or in one that only looks Latin.

    Args:
        alphabets: those in which some name is written that does not look Latin.
    """
    if name.isascii():
        return
    shaped = "".join(dict.fromkeys(c for c in name if _shaped(c)))
    if shaped:
        yield f"letters of another width or shape ({shaped})"
    for word in re.split(r"[\W\d_]+", name):
        passing = "".join(dict.fromkeys(c for c in word if c in _LATIN_LOOKS))
        if not passing:
            continue
        script = _script(passing[0])
        others = {c for c in word if _script(c) != "LATIN"}
        if len(others) < len(set(word)) and others <= _LATIN_LOOKS:
            yield f"letters of two alphabets ({passing}: {script.capitalize()})"
        elif set(word) <= _LATIN_LOOKS and script not in alphabets and (len(word) > 1 or script != "GREEK"):
            yield f"{script.capitalize()} letters that look like {visible(word.translate(_LOOK_ALIKES))}"


def _shaped(character: str) -> bool:
    """Whether a letter is one of ASCII in another form: of full width, bold, script."""
    plain = unicodedata.normalize("NFKC", character)
    is_letter = unicodedata.category(character) in ("Lu", "Ll")
    return is_letter and not character.isascii() and len(plain) == 1 and plain.isascii()


def _script(character: str) -> str:
    """The first word of a letter's name, which is its alphabet: LATIN, CYRILLIC, GREEK."""
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""


@cache
def _words_of_sql() -> Mapping[str, str]:
    """The words of SQL by what they look like; but for short ones, as which numbered names (a11) would pass."""
    return {skeleton(form): word for word in KEYWORDS if len(word) > 3 for form in (word, word.lower())}
