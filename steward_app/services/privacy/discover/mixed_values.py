"""Columns of mixed values: in tables of keys and values, a word beside each value says what it is.

Such a table is told by the name of the column (“meta_value” beside “meta_key”, “Wert” beside “Merkmal”), by its key, or
by form: beside one word stand days, beside another addresses of e-mail, beside a third numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.dates import whole_day
from steward_app.services.privacy.discover.neighbours import MEASURED
from steward_app.services.privacy.model import Place
from steward_app.services.rows.wording import split_words
from steward_app.services.schema.model import Generated, Schema, Table, TableKind

VALUE: Final = MEASURED | {
    *("v", "val", "text", "data"),
    *("inhalt", "contenu", "contenido", "conteudo", "contenuto", "inhoud"),
}
_MOST_ROWS: Final = 5_000
MOST_WORDS, _LONGEST_WORD = 200, 60
SEVERAL: Final = 3
"""Different words that there are at least; `MOST_WORDS` at most."""
_OFTEN: Final = 4  # rows of each word, on the average
_MOST_COLUMNS: Final = 12
_LONGEST_DAY: Final = 40
_MOST_CALLED: Final = 5_000  # rows of a table of words
_NOTHING: Final[Mapping[str, str]] = {}
_EXPLAINED, _MIXED = 0.9, 0.6  # shares of values of the form that most have, beside each word and in all


@dataclass(frozen=True, slots=True)
class Mixed:
    """Values of a column by the word beside them.

    Attributes:
        beside: the column of the words.
        values: of the first rows, by word.
        called: what words mean that are numbers of rows of another table.
    """

    beside: str
    values: Mapping[str, Sequence[SqlValue]]
    called: Mapping[str, str] = field(default_factory=dict)

    def name(self, word: str) -> str:
        """What the values beside a word are called."""
        return self.called.get(word, word)


def mixed_values(session: Session, schema: Schema, place: Place, beside: Sequence[str]) -> Mixed | None:
    """The values of a column by the words beside them; None where it holds values of one sort.

    Args:
        beside: the columns of the table that have few different words.
    """
    table = schema.table(place.table)
    if table is None or table.kind is not TableKind.TABLE or place.path:
        return None
    columns = list(stored(table))
    if place.column not in columns or place.column in beside:
        return None
    others = [name for name in columns if name in beside][:_MOST_COLUMNS]
    leading = {name: called for name in beside if (called := _called_by_key(session, schema, table, name))}
    return _mixed(session, place, dict.fromkeys(others, _NOTHING)) or _mixed(session, place, leading)


def _mixed(session: Session, place: Place, beside: Mapping[str, Mapping[str, str]]) -> Mixed | None:
    """The values by the words of the column that says most of them; each with what its words mean."""
    rows = _rows(session, place, list(beside)) if beside else []
    found = [
        (_explained(values), Mixed(name, values, called))
        for at, (name, called) in enumerate(beside.items(), 1)
        if (values := _by_word(((row[0], row[at]) for row in rows), called))
        and (says_value(place.column, name) or _are_mixed(values))
    ]
    return max(found, key=lambda each: each[0])[1] if found else None


def _called_by_key(session: Session, schema: Schema, table: Table, name: str) -> Mapping[str, str]:
    """What the numbers of a foreign key mean: the first texts of its table of which each row there has its own."""
    keys = (each for each in table.foreign_keys if tuple(map(fold, each.columns)) == (fold(name),))
    key = next(keys, None)
    parent = schema.table(key.parent_table) if key else None
    if key is None or parent is None or not (columns := key.parent_columns or parent.key_columns):
        return {}
    for column in parent.columns:
        if column.affinity != "TEXT" or fold(column.name) == fold(columns[0]):
            continue
        sql = (
            f"SELECT {quote(columns[0])}, {quote(column.name)} FROM {qualified(parent.name)}"
            f" LIMIT {_MOST_CALLED + 1:d}"
        )
        rows = _read(session, sql)
        texts = {text for _, text in rows if isinstance(text, str) and _is_word(text)}
        if SEVERAL <= len(texts) == len(rows) <= _MOST_CALLED:
            return {str(number): str(text) for number, text in rows}
    return {}


def stored(table: Table) -> Iterator[str]:
    """The columns that may hold words: no part of a foreign key, and stored."""
    bound = {fold(name) for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        if column.generated is Generated.NO and not column.hidden and fold(column.name) not in bound:
            yield column.name


def is_of_kinds(table: Table, name: str, value: Place, called: str) -> bool:
    """Whether a column may say what another holds: it is the last part of a key, or the other says nothing else.

    Args:
        called: the name of the other.
    """
    key = table.primary_key.columns if table.primary_key else ()
    keys = [key, *(each.columns for each in table.uniques)]
    keys += [
        tuple(column.name for column in index.columns if column.name)
        for index in table.indexes
        if index.unique
    ]
    in_key = any(len(names) > 1 and name in names and value.column not in names for names in keys)
    return in_key or says_value(called, name)


def says_value(called: str, beside: str) -> bool:
    """Whether the name of a column says that it holds values and no more: “meta_value” beside “meta_key”."""
    words = set(split_words(called))
    return (words - set(split_words(beside)) or words) <= VALUE


def _rows(session: Session, place: Place, others: Sequence[str]) -> list[Row]:
    value = quote(place.column)
    sql = (
        f"SELECT {value}, {', '.join(map(quote, others))} FROM {qualified(place.table)}"
        f" WHERE {value} IS NOT NULL LIMIT {_MOST_ROWS:d}"
    )
    return _read(session, sql)


def _read(session: Session, sql: str) -> list[Row]:
    try:
        with in_sqlites_words():
            return list(legible_rows(session, sql))
    except SqliteSays:
        return []


def _by_word(
    rows: Iterable[tuple[SqlValue, SqlValue]], called: Mapping[str, str]
) -> Mapping[str, list[SqlValue]]:
    """The values by the word beside them; none where there are too many words, or what are none."""
    found: dict[str, list[SqlValue]] = {}
    count = 0
    for value, word in rows:
        if word is None:
            continue
        known = str(word) in called if called else isinstance(word, str) and _is_word(word)
        if not known or len(found) > MOST_WORDS:
            return {}
        found.setdefault(str(word), []).append(value)
        count += 1
    return found if SEVERAL <= len(found) <= min(MOST_WORDS, count // _OFTEN) else {}


def _is_word(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_WORD and any(map(str.isalpha, text))


def _are_mixed(values: Mapping[str, Sequence[SqlValue]]) -> bool:
    """Whether the form of a value depends on the word beside it: one form beside each word, of many in all."""
    forms = {word: Counter(filter(None, map(_form, each))) for word, each in values.items()}
    most = {word: each.most_common(1)[0] for word, each in forms.items() if each}
    whole = sum(forms.values(), Counter[str]())
    if len({form for form, _ in most.values()}) < SEVERAL:
        return False
    explained = sum(count for _, count in most.values())
    return explained >= _EXPLAINED * whole.total() and max(whole.values()) <= _MIXED * whole.total()


def _explained(values: Mapping[str, Sequence[SqlValue]]) -> float:
    """The share of values that have the form which most beside their word have."""
    forms = [Counter(filter(None, map(_form, each))) for each in values.values()]
    return sum(max(each.values(), default=0) for each in forms) / max(1, sum(each.total() for each in forms))


def _form(value: SqlValue) -> str:
    """What sort of value one is by its form; "" where it says nothing."""
    if not isinstance(value, str):
        return "" if value is None else "bytes" if isinstance(value, bytes) else "number"
    text = value.strip()
    if "@" in text and " " not in text:
        return "address"
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    if digits and len(text) <= _LONGEST_DAY and whole_day(text) is not None:
        return "day"
    if not digits + letters:
        return ""
    if not letters:
        return "number"
    return "code" if digits else "words" if " " in text else "word"
