"""Names that can deceive a reader: what is odd about them, in words."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from steward_app.db.names import fold
from steward_app.kernel.text import visible

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝьвнкмтАВЕНКМОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοικνρυ" + "0OIl1|",
    "aeopcyxijsdhqwbbhkmtabehkmopctxijsabezhikmnoptyxoiknpu" + "oollll",
)


def hazards(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """What is odd about each name, where something is; look-alikes are told among the names given."""
    names = tuple(names)
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[skeleton(name)].append(name)
    found = {}
    for name in names:
        odd = [*_characters(name)]
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
    if name != name.strip():
        yield "space at its beginning or end"
