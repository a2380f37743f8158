"""Other ways in which a text writes a name that is known: inflected, as a pet form, with one typing error.

Endings are those that Slavic languages, Finnish, Hungarian and Turkish put at names; beginnings are the words of one
letter, and the article, that Hebrew and Arabic write together with what follows. A genitive s, and whatever follows an
apostrophe, need no list. Ends by which German, English or French make plurals of common words are left out: a name
that stays is found by reading, a text full of holes is of no use. What is read as a name is short of that only by rules
that are tried on thousands of common words (`tests/services/privacy/transform/test_variants.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from steward_app.storage.shipped import resource

_LEAST = 4  # letters of a name that is inflected
_LEAST_OF_LONG_ENDING = 3
_MISTYPED = 5  # letters of a name beside another one that may have a typing error
_MISTYPED_ALONE = 9
MOST_MISTYPED = 50_000
"""Different words of names among which typing errors are looked for: some 50 MB of memory."""

_FORMS = (  # an ending, and what the name itself ends in instead; "-" for nothing
    # Polish, Czech, Slovak: Kowalskiego, Nowakowi, Markiem, Anną, Novákovou
    "iego:i iemu:i im:i iej:a ego:y emu:y ą:a ę:a y:a i:a/ia ie:a ce:ka dze:ga rze:ra owi:- iem:- em:- "
    "a:- u:-/a ou:a ovi:-/a ové:ová ovou:ová ovej:ová ého:ý ému:ý ým:ý ka:ek kowi:ek kovi:ek kiem:ek "
    "kem:ek ku:ek ca:ec cem:ec cowi:ec covi:ec ła:eł łowi:eł łem:eł la:el lovi:el lem:el "
    # Russian, Ukrainian
    "а:- у:-/а ым:- ом:- ем:й/ь е:-/а ой:а ы:а и:а/ь/я ю:я/й/ь я:й/ь ей:я ого:ий/ый ому:ий/ый им:ий "
    # Finnish: Virtasen, Mäkelälle
    "sen:nen selle:nen sella:nen sellä:nen selta:nen seltä:nen sessa:nen sessä:nen sesta:nen sestä:nen "
    "lle:- lla:- llä:- lta:- ltä:- ssa:- ssä:- stä:- än:ä ön:ö sta:nen/- "
    # Hungarian, Turkish
    "nak:- nek:- val:- vel:- tól:- től:- ról:- ről:- hoz:- hez:- nın:- nin:- nun:- nün:- ın:- ün:- dan:- "
    "tan:- ya:- ye:- yı:- yü:- "
    # Hungarian: Bálintné is the wife of Bálint
    "né:- nénak:- nének:- nével:- nét:- néről:- nétől:- "
)
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    ending: tuple("" if each == "-" else each for each in instead.split("/"))
    for ending, _, instead in (form.partition(":") for form in _FORMS.split())
}
_LENGTHS = tuple(sorted({len(ending) for ending in _ENDINGS}, reverse=True))
_BEGINNING = re.compile(
    "[ושה]?(?:כש)?[לבכמשה]?(?=[א-ת]{3})"  # and, that, the; when; to, in, as, from
    "|[وف]?(?:لل|[بك]?ال|[بلك])?(?=[ء-ي]{3})"  # and, so; to the, in the, the; in, to, as
)
_TO_THE, _THE = "لل", "ال"


def uninflected(word: str) -> Iterator[str]:
    """What a word may be the form of, in small letters as it is; the longest ending first."""
    yield from _without_beginning(word)
    for length in _LENGTHS:
        for instead in _ENDINGS.get(word[-length:], ()) if length < len(word) else ():
            name = word[:-length] + instead
            if len(name) >= (_LEAST_OF_LONG_ENDING if length > 2 else _LEAST):
                yield name


def _without_beginning(word: str) -> Iterator[str]:
    """A word without each part of what is written together with it, the longest first."""
    beginning = _BEGINNING.match(word)
    for length in range(beginning.end() if beginning else 0, 0, -1):
        yield word[length:]
        if word[:length].endswith(_TO_THE):
            yield _THE + word[length:]  # the article of a name has lost its first letter


@lru_cache(maxsize=1)
def _nicknames() -> tuple[Mapping[str, tuple[str, ...]], frozenset[str]]:
    from ruamel.yaml import YAML

    said = YAML(typ="safe", pure=True).load(resource("rules", "privacy", "nicknames.yaml"))
    return {name: tuple(forms) for name, forms in said["names"].items()}, frozenset(said["words"])


def nicknames(given: str) -> tuple[str, ...]:
    """Pet forms of a given name in small letters."""
    return _nicknames()[0].get(given, ())


def is_word(nickname: str) -> bool:
    """Whether a pet form is a word or a name in its own right, which means somebody beside a family name alone."""
    return nickname in _nicknames()[1]


class Mistyped:
    """Names, found by words that differ in one letter: one is wrong, missing, too many, or two are exchanged."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, list[str]] = {}
        for name in names:
            if len(name) >= _MISTYPED:
                for part in _without_one(name):
                    self._names.setdefault(part, []).append(name)

    def name(self, word: str, *, beside_a_name: bool) -> str:
        """The name that a word is, but for a typing error after its first letter; "" where it is none."""
        if len(word) < (_MISTYPED if beside_a_name else _MISTYPED_ALONE):
            return ""
        for part in _without_one(word):
            for name in self._names.get(part, ()):
                if name[0] == word[0] and _one_apart(name, word):
                    return name
        return ""


def _without_one(word: str) -> Iterator[str]:
    yield word
    yield from dict.fromkeys(word[:at] + word[at + 1 :] for at in range(len(word)))


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter differs, is missing, is too many, or stands before its neighbour."""
    if one == other:
        return False
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    return short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
