"""The rules by which personal data is found: the program's packs, and the steward's own beside the policy.

`clinic.db` has `clinic.db.steward.rules.yaml`, in the same words as the packs in `resources/rules/privacy/packs`; what
it says of a type is added to what they say. docs/privacy-rules.md describes them for stewards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.discover.folding import fold
from steward_app.services.privacy.discover.people import LISTS, entries_of, listed
from steward_app.services.rows.headers import Headers
from steward_app.services.rows.wording import phrases, spellings
from steward_app.storage import is_there, read_whole
from steward_app.storage.shipped import resource

if TYPE_CHECKING:
    from steward_app.services.privacy.discover.pack_model import KindRules, Pack

SUFFIX = ".steward.rules.yaml"
_LIMIT_BYTES = 4 << 20
_STREET_TYPES = ("street_type", "street_after", "street_before", "street_ending")


@dataclass(frozen=True, slots=True)
class Signs:
    """What the values of a column say for a type.

    Attributes:
        weights: by sign ("form.email", "words.city", "terms", "few"): what it says when every cell has it, in log-odds.
        needs: signs without any of which the name of a column is not believed; () where it needs none.
        people_only: 1 where it is personal in rows about people alone, 0.5 where it is likely to be.
    """

    weights: Mapping[str, float]
    needs: tuple[str, ...]
    people_only: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Packs:
    """All rules of a scan.

    Attributes:
        digest: over the texts that were read.
        patterns: by type: RE2 expressions for a whole value.
        checks: by type: names of checks, as modules of python-stdnum.
        words: by name: entries of a list of words, folded.
        terms: by type: words of its values, folded.
        signs: by type.
        headers: what names of columns and tables say.
    """

    digest: str
    patterns: Mapping[str, tuple[str, ...]]
    checks: Mapping[str, tuple[str, ...]]
    words: Mapping[str, frozenset[str]]
    terms: Mapping[str, tuple[str, ...]]
    signs: Mapping[str, Signs]
    headers: Headers


def own_rules_path(database: Path) -> Path:
    """Where the steward's own rules of a database stand, or would stand."""
    return database.with_name(database.name + SUFFIX)


def packs(database: Path | None = None, context: Context | None = None) -> Packs:
    """The rules for a database; the program's alone without one. Reading them takes seconds the first time.

    Raises `Cancelled` between two of its parts, those that were read are kept; `UsageError` (BAD_POLICY) naming file,
    line and column of what cannot be understood; `Failure` when a file cannot be read.
    """
    own = own_rules_path(database) if database is not None and database.name else None
    if context is not None:
        _read_in_parts(context)
    if own is None or not is_there(own):
        return _shipped()
    return _with_own(own.name, read_whole(own, limit_bytes=_LIMIT_BYTES))


def _read_in_parts(context: Context) -> None:
    """Read what is kept in memory piece by piece, so that it can be stopped in between."""
    for name, content in _sources():
        context.checkpoint()
        _read(name, content)
    for name in LISTS:
        context.checkpoint()
        entries_of(name)


@lru_cache(maxsize=4)
def _with_own(name: str, content: bytes) -> Packs:
    return _assembled([*_sources(), (name, content)])


@lru_cache(maxsize=1)
def _shipped() -> Packs:
    return _assembled(_sources())


def _sources() -> list[tuple[str, bytes]]:
    files = sorted(resource("rules", "privacy", "packs").glob("*.yaml"))
    return [(file.name, file.read_bytes()) for file in files]


def _assembled(sources: Iterable[tuple[str, bytes]]) -> Packs:
    digest = blake2b(digest_size=16)
    patterns: dict[str, tuple[str, ...]] = {}
    checks: dict[str, tuple[str, ...]] = {}
    terms: dict[str, tuple[str, ...]] = {}
    words = dict(listed())
    signs: dict[str, Signs] = {}
    headers = Headers()
    for name, content in sources:
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
        pack, document = _read(name, content)
        headers.learn(document)
        for kind, said in pack.kinds.items():
            patterns[kind] = (*patterns.get(kind, ()), *said.patterns)
            checks[kind] = (*checks.get(kind, ()), *said.checks)
            terms[kind] = tuple(dict.fromkeys((*terms.get(kind, ()), *_folded(said.terms))))
            signs[kind] = _joined(signs.get(kind), said)
        for name_of_list, entries in pack.lists.items():
            words[name_of_list] = words.get(name_of_list, frozenset()) | frozenset(_folded(entries))
    words["street_type"] = frozenset().union(*(words.get(name, frozenset()) for name in _STREET_TYPES))
    return Packs(
        digest.hexdigest(), _filled(patterns), _filled(checks), words, _filled(terms), signs, headers
    )


def _filled(by_kind: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {kind: entries for kind, entries in by_kind.items() if entries}


def _folded(said: str | Mapping[str, str]) -> Iterator[str]:
    return (fold(each) for language, phrase in phrases(said) for each in spellings(language, phrase))


def _joined(known: Signs | None, said: KindRules) -> Signs:
    people_only = 0.5 if said.people_only == "soft" else float(bool(said.people_only))
    if known is None:
        return Signs(said.signs, tuple(said.needs), people_only)
    needs = tuple(dict.fromkeys((*known.needs, *said.needs)))
    return Signs({**known.weights, **said.signs}, needs, people_only or known.people_only)


@lru_cache(maxsize=32)
def _read(name: str, content: bytes) -> tuple[Pack, Mapping[str, Any]]:
    """A pack, checked, and as it is written."""
    from pydantic import ValidationError
    from ruamel.yaml import YAML

    from steward_app.catalog import policy_text
    from steward_app.services.privacy.discover.pack_model import Pack

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(name, content.count(b"\n", 0, error.start) + 1, 1, "this is not text in UTF-8") from error
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except policy_text.NOT_YAML as error:
        raise _bad(name, *policy_text.problem(error)) from error
    try:
        return Pack.model_validate({} if document is None else document), document or {}
    except ValidationError as error:
        first = error.errors()[0]
        places = policy_text.parse(text)[1]  # slower, and knows where everything stands
        line, column = policy_text.position(places, first["loc"])
        names = [part for part in first["loc"] if isinstance(part, str)]
        word = quoted(names[-1]) if names else "the document"
        raise _bad(name, line, column, f"{word}: {_in_words(first['type'], first['msg'])}") from error


def _in_words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "this is not a word of this section"
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _bad(name: str, line: int, column: int, problem: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_POLICY,
        f"{quoted(name)}, line {line}, column {column}: {problem}.",
        hint="The file is unchanged. Correct it with any text editor, then try again.",
    )
