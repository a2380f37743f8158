"""Names of persons as links and names of files have them: trinh-thanh-dat, trinh_thanh_dat, trinhthanhdat.

Small letters without accents (`plain_letters`), Greek and Cyrillic ones in Latin letters as well, and one sign between
all words or none. A name of one word looks like any other word there, and so does a short one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.services.privacy.latin_letters import in_latin_letters
from steward_app.services.privacy.plain_letters import spellings

LEAST: Final = 8
"""Letters of a name that is looked for without blanks."""

FIRST_UNSPACED: Final = "\u3040"
"""All letters of names that nobody writes with blanks stand behind it: 王伟, 田中太郎, 김민수.

The first letter of most words tells that they are none.
"""

_MOST_WORDS: Final = 6
_SIGNS: Final = ("-", "_", ".", "")
_NAME: Final = re.compile(r"[^\W\d_]+(?:[ .,'’-]{1,2}[^\W\d_]+)+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_OF_A_RUN: Final = r"[-_./\\+=~@#%&?:]"
_BEHIND: Final = re.compile(rf"(?<=\S{_OF_A_RUN})|(?<=^{_OF_A_RUN})|(?<=\s[/\\.@#~])")
_BEFORE: Final = re.compile(rf"{_OF_A_RUN}\w")


def in_links(name: str) -> Iterator[str]:
    """A whole name in these ways, and with blanks where it has accents; nothing for what is none, or too short."""
    for words in _plain(_words_of(name)):
        yield from (sign.join(words) for sign in _SIGNS)
        if (blank := " ".join(words)) != name.lower():
            yield blank


def counts(text: str, written: str, name: str) -> bool:
    """Whether a name counts as it is written in a text: without any sign, it may be a word of a sentence."""
    as_one = written.isalpha() and written in together(_words_of(name))
    return not as_one or stands_in_a_run(text, written)


def together(words: Sequence[str]) -> Iterator[str]:
    """The words of a name written as one."""
    yield from ("".join(each) for each in _plain(words))


def is_in_a_run(text: str, start: int, end: int) -> bool:
    """Whether a word stands in a file name, a link or a path, and not as a word of a sentence; or by itself.

    Names written as one may be words: Rose Wood, Will Power.
    """
    if text[:start].strip() == text[end:].strip() == "":
        return True
    return bool(_BEHIND.match(text, start) or _BEFORE.match(text, end))


def stands_in_a_run(text: str, word: str) -> bool:
    """Whether a word stands so anywhere in a text; both in small letters."""
    return any(
        is_in_a_run(text, *found.span())
        for found in re.finditer(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text)
    )


def _words_of(name: str) -> Sequence[str]:
    """The words of a text that may be a name, the given name first; none of others."""
    words = _WORD.findall(name) if _NAME.fullmatch(name) else ()
    return (*words[1:], words[0]) if "," in name and words else words


def _plain(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if not (1 < len(words) <= _MOST_WORDS and sum(map(len, words)) >= LEAST):
        return
    if all(map(str.isascii, words)):
        yield tuple(map(str.lower, words))
    else:
        in_latin = (tuple(each.split()) for each in in_latin_letters(" ".join(words)))
        yield from dict.fromkeys((*zip(*map(spellings, words), strict=True), *in_latin))
