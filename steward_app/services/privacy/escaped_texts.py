r"""Texts some letters of which are written with escapes: M=C3=BCller, M%C3%BCller, M&uuml;ller, M\u00fcller.

Mails, links, pages of the web and JSON have them, also behind other words. What is changed in what such a text says is
changed there in what is written, with escapes of the same kind; all else stays byte for byte as it was.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header
from html.entities import html5
from operator import attrgetter
from typing import Final, NamedTuple
from urllib.parse import quote

from steward_app.services.privacy.changes import Change

DEEPEST: Final = 16
"""How many escapes and codes are read of which one is written with the other: each may take all of a text anew."""

_WORD: Final = re.compile(r"=\?[\w-]{1,40}\?[bBqQ]\?[^?\s]*\?=")
_BETWEEN: Final = re.compile(r"\s+(?==\?)")  # two such words, where it says nothing
_HEAD: Final = re.compile(r"(?:[A-Za-z][\w-]*:.*\n(?:[ \t].*\n)*)+\r?\n")
_IN_MAIL: Final = re.compile(r"=[89A-F][0-9A-F]")
_BREAK: Final = r"(?<!=)=\r?\n(?!\r?\n|--)"  # and not the end of base64
_BYTES_IN_MAIL: Final = re.compile(rf"(?:=[89A-F][0-9A-F]|{_BREAK})+")
_BYTES_IN_LINK: Final = re.compile(r"(?:%[2-9A-Fa-f][0-9A-Fa-f])+")
_BYTE: Final = re.compile(r"[=%]([0-9A-Fa-f]{2})")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|([A-Za-z][A-Za-z0-9]{1,31}));")
_HALF: Final = r"\\{1,8}u[dD][%s][0-9a-fA-F]{2}"
_IN_JSON: Final = re.compile(
    rf'{_HALF % "89abAB"}{_HALF % "c-fC-F"}|\\{{1,8}}(?:u[0-9a-fA-F]{{4}}|[bfnrt"/])'
)  # of JSON in a text of JSON, with the more strokes the further in
_OTHER_STROKE: Final = re.compile(r'(?<!\\)(?:\\\\)*\\(?!["\\/bfnrtu])')
_UNITS: Final = re.compile(r"u([0-9a-fA-F]{4})")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_STAYS_IN_LINKS: Final = "".join(sign for sign in map(chr, range(33, 127)) if sign != "%")


class _Escape(NamedTuple):
    """What is written for some letters, from where they are said on."""

    start: int
    end: int
    said_at: int
    letters: str

    @property
    def said_to(self) -> int:
        return self.said_at + len(self.letters)


class _Kind(NamedTuple):
    r"""A kind of escapes.

    Attributes:
        signs: each is in a text that has some.
        read: where they stand, with their letters.
        write: writes a text with them, as some are written that stand there.
        everywhere: a text that has them has no other letters beyond ASCII.
        doubtful: whether those of a text may be none, but the beginnings of words: `ref=BCDE`, `C:\rita`.
    """

    signs: str
    read: Callable[[str], Iterator[tuple[int, int, str]]]
    write: Callable[[str, str], str]
    everywhere: bool = True
    doubtful: Callable[[str, Sequence[_Escape]], bool] = lambda text, escapes: False


class Unescaped:
    """What a text says of which some letters are written with escapes of one kind.

    Attributes:
        plain: what it says.
    """

    def __init__(self, text: str, kind: _Kind, escapes: Sequence[tuple[int, int, str]]) -> None:
        self._text, self._kind = text, kind
        self._escapes: list[_Escape] = []
        parts, at, said = [], 0, 0
        for start, end, letters in escapes:
            said += start - at
            self._escapes.append(_Escape(start, end, said, letters))
            parts += [text[at:start], letters]
            at, said = end, said + len(letters)
        self.plain = "".join((*parts, text[at:]))
        self._everywhere = kind.everywhere and text.isascii() and not self.plain.isascii()
        self._head = found.end() if kind is _MAIL and (found := _HEAD.match(text)) else 0

    @property
    def is_json(self) -> bool:
        """Whether they are those of JSON."""
        return self._kind is _JSON

    def written(self, changes: Sequence[Change]) -> list[Change]:
        """Changes of what it says, in order and apart, as changes of what is written."""
        found: list[Change] = []
        last = 0
        for start, end, instead in changes:
            first, behind = self._said_from(start), self._said_to(end)
            if found and first < found[-1].end:  # letters of one escape
                before = found.pop()
                kept = before.instead[: len(before.instead) - (before.end - last)]
                first, instead = before.start, kept + self.plain[last:start] + instead
            else:
                instead = self.plain[first:start] + instead
            found.append(Change(first, behind, instead + self.plain[end:behind]))
            last = end
        return [self._as_written(each) for each in found]

    @property
    def is_doubtful(self) -> bool:
        """Whether what looks like one of them may be none."""
        return self._kind.doubtful(self._text, self._escapes)

    def is_cut(self, start: int, end: int) -> bool:
        """Whether a part of what is written begins in what looks like an escape."""
        at = bisect_right(self._escapes, start, key=attrgetter("start")) - 1
        return at >= 0 and self._escapes[at].start < start < self._escapes[at].end < end

    def _said_from(self, place: int) -> int:
        """Where the letters of the escape begin in which a place of what is said lies; a place between them itself."""
        at = bisect_right(self._escapes, place, key=attrgetter("said_at")) - 1
        if at >= 0 and place < self._escapes[at].said_to:
            return self._escapes[at].said_at
        return place

    def _said_to(self, place: int) -> int:
        at = bisect_right(self._escapes, place - 1, key=attrgetter("said_at")) - 1
        return max(place, self._escapes[at].said_to) if at >= 0 else place

    def _as_written(self, change: Change) -> Change:
        """A change of what is said, of whole escapes."""
        before = bisect_right(self._escapes, change.start, key=attrgetter("said_to")) - 1
        start = change.start + self._behind(before)
        last = bisect_right(self._escapes, change.end - 1, key=attrgetter("said_at")) - 1
        end = change.end + self._behind(last)
        instead, of_them = change.instead, last > before
        if (of_them or self._everywhere) and start >= self._head:
            some = self._escapes[last if of_them else 0]
            instead = self._kind.write(instead, self._text[some.start : some.end])
        return Change(start, end, instead)

    def _behind(self, at: int) -> int:
        """How much longer what is written is than what is said, up to an escape."""
        return self._escapes[at].end - self._escapes[at].said_to if at >= 0 else 0


def unescaped(text: str) -> Unescaped | None:
    """What a text says some letters of which are written with escapes; None for any other.

    A text may have several kinds of them, a mail those of its head and those of its body: each is read in its turn,
    what this gives is asked again.
    """
    for kind in _KINDS:
        if all(map(text.__contains__, kind.signs)) and (found := list(kind.read(text))):
            return Unescaped(text, kind, found)
    return None


def of_a_page(text: str) -> str:
    """A text with the letters that pages of the web write as entities."""
    return _ENTITY.sub(_letter, text) if "&" in text and ";" in text else text


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of the head of a mail (RFC 2047)."""
    for found in _WORD.finditer(text):
        try:
            letters = "".join(
                each.decode(charset or "ascii", "replace") if isinstance(each, bytes) else each
                for each, charset in decode_header(found[0])
            )
        except (LookupError, HeaderParseError, ValueError):
            continue
        if letters != found[0]:
            yield *found.span(), letters
            if blank := _BETWEEN.match(text, found.end()):
                yield *blank.span(), ""


def _in_mail(text: str) -> Iterator[tuple[int, int, str]]:
    if _IN_MAIL.search(text):
        yield from _of_bytes(text, _BYTES_IN_MAIL)


def _in_link(text: str) -> Iterator[tuple[int, int, str]]:
    return _of_bytes(text, _BYTES_IN_LINK)


def _of_bytes(text: str, runs: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """The letters whose bytes are written as numbers, one by one, and the ends of lines that are none."""
    for run in runs.finditer(text):
        begun = run.start()
        written = [(each.start(), each.end()) for each in _BYTE.finditer(text, *run.span())]
        data = bytes(int(text[start + 1 : end], 16) for start, end in written)
        said, codec = _decoded(data)
        at = 0
        for letter in said:
            first, at = at, at + len(letter.encode(codec))
            if written[first][0] > begun:
                yield begun, written[first][0], ""
            begun = written[at - 1][1]
            yield written[first][0], begun, letter
        if begun < run.end():
            yield begun, run.end(), ""


def _decoded(data: bytes) -> tuple[str, str]:
    """What some bytes say, and in which encoding."""
    for codec in ("utf-8", "cp1252"):
        with suppress(UnicodeDecodeError):
            return data.decode(codec), codec
    return data.decode("latin-1"), "latin-1"


def _in_page(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _ENTITY.finditer(text):
        if (letters := _letter(found)) != found[0]:
            yield *found.span(), letters


def _letter(entity: re.Match[str]) -> str:
    known = entity[1] is None or f"{entity[1]};" in html5
    return html.unescape(entity[0]) if known else entity[0]


def _in_json(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _IN_JSON.finditer(text):
        if units := _UNITS.findall(found[0]):
            data = b"".join(int(unit, 16).to_bytes(2, "big") for unit in units)
            letters = data.decode("utf-16-be", "replace")
        else:
            letters = _SHORT.get(found[0][-1], found[0][-1])
        yield *found.span(), letters


def _as_in_mail(text: str, some: str) -> str:
    codec = _codec(text, some)
    return "".join(
        each if each.isascii() else "".join(f"={byte:02X}" for byte in each.encode(codec, "replace"))
        for each in text
    )


def _as_in_link(text: str, some: str) -> str:
    return quote(text, safe=_STAYS_IN_LINKS, encoding=_codec(text, some), errors="replace")


def _codec(text: str, some: str) -> str:
    """In which encoding a text is written, as some letter is, of one byte or several."""
    if len(_BYTE.findall(some)) == 1 and some[1] in "89ABCDEFabcdef":
        with suppress(UnicodeEncodeError):
            text.encode("cp1252")
            return "cp1252"
    return "utf-8"


def _as_in_page(text: str, some: str) -> str:
    del some
    return html.escape(text, quote=False).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _as_in_json(text: str, some: str) -> str:
    strokes = len(some) - len(some.lstrip("\\"))
    before = "\\" * (
        1 << strokes.bit_length() - 1
    )  # “\"” in a text of JSON is “\\\"” in another, “\u” is “\\u”
    return "".join(
        each
        if " " <= each <= "~" and each not in '"\\'
        else "".join(f"{before}u{unit}" for unit in _units(each))
        for each in text
    )


def _units(letter: str) -> Iterator[str]:
    data = letter.encode("utf-16-be", "replace").hex()
    return (data[at : at + 4] for at in range(0, len(data), 4))


def _is_one_byte(text: str, escapes: Sequence[_Escape]) -> bool:
    """Whether a letter beyond ASCII has one byte, as in no UTF-8."""
    return any(each.end - each.start == len("=E4") and not each.letters.isascii() for each in escapes)


def _has_other_strokes(text: str, escapes: Sequence[_Escape]) -> bool:
    """Whether a stroke begins no escape."""
    return _OTHER_STROKE.search(text) is not None


_MAIL: Final = _Kind("=", _in_mail, _as_in_mail, doubtful=_is_one_byte)
_JSON: Final = _Kind("\\", _in_json, _as_in_json, doubtful=_has_other_strokes)
_KINDS: Final = (
    _Kind("=?", _words, lambda text, some: text, everywhere=False),
    _MAIL,
    _Kind("%", _in_link, _as_in_link, everywhere=False, doubtful=_is_one_byte),
    _Kind("&;", _in_page, _as_in_page),
    _JSON,
)
