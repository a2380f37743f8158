"""What the text of an object says, whichever way it is written: two texts with the same form need no change.

Spaces, remarks, quotes around names and the case of keywords do not count, nor, in a table, the order of a column's
clauses, the order of constraints, and whether a constraint stands at its column or at the table: ALTER TABLE puts them
where it can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from steward_app.db.names import fold, quote
from steward_app.db.tokens import Category, meaning, significant, tokenize, unquote
from steward_app.services.migrate.edit.reshape import bare
from steward_app.services.migrate.edit.spans import Clause, ClauseKind, ColumnSpan, TableSpans, read_spans

Words: TypeAlias = tuple[tuple[str, str], ...]


def words(sql: str) -> Words:
    """What a text says: its tokens without spaces and remarks, keywords in capitals, names without quotes."""
    return tuple(
        (kind, unquote(text) if kind == Category.IDENTIFIER else text) for kind, text in meaning(sql)
    )


@dataclass(frozen=True, slots=True)
class ConstraintForm:
    """A constraint, the same at a column or at the table. `says` is what stands behind its name and first word."""

    kind: ClauseKind
    name: str
    says: Words


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """A column without its constraints. `not_null` is its clause with the name, () where it may be NULL."""

    name: str
    declared_type: Words
    default: Words
    collation: str
    generated: Words
    not_null: Words

    def without_not_null(self) -> tuple[object, ...]:
        """What only a table written anew can change."""
        return (self.name, self.declared_type, self.default, self.collation, self.generated)


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table. `primary_key` is () without one."""

    name: str
    columns: tuple[ColumnForm, ...]
    primary_key: tuple[object, ...]
    constraints: Counter[ConstraintForm]
    options: frozenset[str]


def table_form(sql: str) -> TableForm | None:
    """What a CREATE TABLE says, or None where its text cannot be read."""
    spans = read_spans(sql)
    if spans is None:
        return None
    key, found = _constraints(spans)
    return TableForm(
        name=unquote(sql[spans.name.start : spans.name.end].rpartition(".")[2].strip()),
        columns=tuple(_column(sql, column) for column in spans.columns),
        primary_key=key,
        constraints=found,
        options=frozenset(option for option, _ in spans.options),
    )


def same_table(one: str, other: str) -> bool:
    """Whether two CREATE TABLE say the same."""
    if one == other or words(one) == words(other):
        return True
    form = table_form(one)
    return form is not None and form == table_form(other)


def same_object(one: str, other: str) -> bool:
    """Whether two texts of an index, view, trigger or virtual table say the same."""
    return one == other or words(one) == words(other)


def with_names(sql: str, names: Mapping[str, str]) -> str:
    """A text in which names that are known, by their folded form, stand as they are given, in double quotes.

    What a view calls its columns stays: whoever reads them sees the case.
    """
    heading = "VIEW" in [token.word for token in significant(tokenize(sql))[:3]]
    parts, before = [], ""
    for token in tokenize(sql):
        named = token.category is Category.IDENTIFIER and names.get(fold(unquote(token.text)))
        parts.append(quote(named) if named and not heading and before != "AS" else token.text)
        if token.category not in (Category.SPACE, Category.COMMENT):
            before = token.word
        heading = heading and before != "AS"
    return "".join(parts)


def constraint_of(sql: str, clause: Clause) -> ConstraintForm:
    """A CHECK, UNIQUE or foreign key of a text."""
    said = words(bare(sql, clause))
    names = tuple((Category.IDENTIFIER.value, name) for name in clause.columns)
    match clause.kind:
        case ClauseKind.UNIQUE if len(said) < 2 or said[1][1] != "(":  # at its column
            said = (_OPENS, *names, _CLOSES, *said[1:])
        case ClauseKind.FOREIGN_KEY if said[0][1] == "REFERENCES":
            said = (_OPENS, *names, _CLOSES, *said)
        case ClauseKind.FOREIGN_KEY:
            said = said[2:]  # FOREIGN KEY
        case _:
            said = said[1:]
    return ConstraintForm(clause.kind, clause.name, said)


_OPENS = (Category.PUNCTUATION.value, "(")
_CLOSES = (Category.PUNCTUATION.value, ")")


def _constraints(spans: TableSpans) -> tuple[tuple[object, ...], Counter[ConstraintForm]]:
    """The primary key, and every CHECK, UNIQUE and foreign key."""
    key: tuple[object, ...] = ()
    found: list[ConstraintForm] = []
    at_columns = (clause for column in spans.columns for clause in column.clauses)
    for clause in (*at_columns, *spans.clauses):
        if clause.kind is ClauseKind.PRIMARY_KEY:
            key = _primary_key(spans, clause)
        elif clause.kind in (ClauseKind.CHECK, ClauseKind.UNIQUE, ClauseKind.FOREIGN_KEY):
            found.append(constraint_of(spans.sql, clause))
    return key, Counter(found)


def _primary_key(spans: TableSpans, clause: Clause) -> tuple[object, ...]:
    """At a column, DESC keeps an INTEGER key from being the rowid; at the table it does not."""
    said = words(bare(spans.sql, clause))[2:]
    at_column = not said or said[0] != _OPENS
    if not at_column:
        return clause.name, *said
    names = tuple((Category.IDENTIFIER.value, name) for name in clause.columns)
    rest = tuple(word for word in said if word[1] != "ASC")
    counting = tuple(word for word in rest if word[1] == "AUTOINCREMENT")
    other = tuple(word for word in rest if word[1] != "AUTOINCREMENT")
    descending = "descending column" if other[:1] and other[0][1] == "DESC" else None
    form = (clause.name, _OPENS, *names, *counting, _CLOSES, *other)
    return (*form, descending) if descending else form


def _column(sql: str, column: ColumnSpan) -> ColumnForm:
    def inside(kind: ClauseKind) -> Words:
        clause = column.clause(kind)
        return words(sql[clause.inside.start : clause.inside.end]) if clause else ()

    generated, not_null = column.clause(ClauseKind.GENERATED), column.clause(ClauseKind.NOT_NULL)
    stored = generated is not None and sql[generated.start : generated.end].upper().endswith("STORED")
    collation = "".join(fold(word) for _, word in inside(ClauseKind.COLLATE))
    default = _unwrapped(inside(ClauseKind.DEFAULT))
    return ColumnForm(
        name=column.name,
        declared_type=_folded(words(sql[column.declared_type.start : column.declared_type.end])),
        default=() if default == ((Category.KEYWORD.value, "NULL"),) else default,
        collation="" if collation == "binary" else collation,
        generated=((("stored" if stored else "virtual"), ""), *inside(ClauseKind.GENERATED))
        if generated
        else (),
        not_null=(("name", not_null.name), *words(bare(sql, not_null))) if not_null else (),
    )


def _folded(said: Words) -> Words:
    return tuple((Category.IDENTIFIER.value, fold(word)) for _, word in said)


def _unwrapped(said: Words) -> Words:
    """Without the brackets around the whole of it."""
    while len(said) > 2 and said[0] == _OPENS and said[-1] == _CLOSES and _balanced(said[1:-1]):
        said = said[1:-1]
    return said


def _balanced(said: Iterable[tuple[str, str]]) -> bool:
    depth = 0
    for word in said:
        depth += (word == _OPENS) - (word == _CLOSES)
        if depth < 0:
            return False
    return True
