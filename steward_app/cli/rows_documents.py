"""The documents of `steward rows` that no service has. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.rows import Cell, Hit, Page, PlanStep, QueryResult, RowCount, Searched

_DIGITS = 20  # of the smallest number that SQLite holds, with its sign


@dataclass(frozen=True, slots=True)
class RowDocument:
    """A row. `id` names it for `--from` and `--after`; `cells` stand in the order of the columns.

    A long text, a BLOB and a text that is not valid UTF-8 stand as an object: storage class, size, beginning.
    """

    id: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PageDocument:
    """Rows of a table that follow one another.

    Attributes:
        first_row: number of the first row, from 1; an estimate where `exact` is False.
        total: how many rows there are, and how exact that is.
        key_columns: what the ids are made of.
        hidden: columns left out since they look personal.
        more_columns: how many more there are than can be shown at once.
    """

    database: str
    table: str
    columns: tuple[str, ...]
    key_columns: tuple[str, ...]
    hidden: tuple[str, ...]
    more_columns: int
    first_row: int
    exact: bool
    has_before: bool
    has_after: bool
    total: RowCount
    items: tuple[RowDocument, ...]


@dataclass(frozen=True, slots=True)
class HitDocument:
    """A cell in which something was found. `id` names its row for `steward rows page --from`."""

    id: str
    table: str
    column: str
    key_columns: tuple[str, ...]
    value: Cell


@dataclass(frozen=True, slots=True)
class FindDocument:
    """What was found, and in which tables it was looked for.

    Attributes:
        rule: how values were compared, in words.
        tables: every table searched; `capped` where it has more hits than are listed, `problem` where it could not
            be read.
    """

    database: str
    match: str
    rule: str
    tables: tuple[Searched, ...]
    items: tuple[HitDocument, ...]


@dataclass(frozen=True, slots=True)
class QueryDocument:
    """The first rows of a query; `cut` when there are more. The ids count the rows from 1.

    Attributes:
        hidden: columns left out since they look personal.
        more_columns: how many more there are than can be shown at once.
    """

    database: str
    columns: tuple[str, ...]
    hidden: tuple[str, ...]
    more_columns: int
    cut: bool
    items: tuple[RowDocument, ...]


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """How SQLite would run a query: steps, with the steps below them in depth first order.

    Attributes:
        items: `depth` is 0 for the outermost.
    """

    database: str
    items: tuple[StepDocument, ...]


@dataclass(frozen=True, slots=True)
class StepDocument:
    """A step of a plan. `id` counts them from 1."""

    id: str
    depth: int
    detail: str


def page_items(page: Page) -> tuple[RowDocument, ...]:
    """The rows of a page."""
    return tuple(RowDocument(key_to_id(key), cells) for key, cells in zip(page.keys, page.rows, strict=True))


def hit_item(hit: Hit) -> HitDocument:
    """A hit."""
    return HitDocument(key_to_id(hit.key), hit.table, hit.column, hit.key_columns, hit.value)


def query_items(result: QueryResult) -> tuple[RowDocument, ...]:
    """The rows of a query's result."""
    return tuple(RowDocument(str(number), cells) for number, cells in enumerate(result.rows, 1))


def plan_items(steps: tuple[PlanStep, ...]) -> tuple[StepDocument, ...]:
    """A plan as a list."""
    flat: list[tuple[int, str]] = []

    def add(level: tuple[PlanStep, ...], depth: int) -> None:
        for step in level:
            flat.append((depth, step.detail))
            add(step.steps, depth + 1)

    add(steps, 0)
    return tuple(StepDocument(str(number), depth, detail) for number, (depth, detail) in enumerate(flat, 1))


def key_to_id(key: Key) -> str:
    """A key as text: the number alone for a key of one integer, else JSON."""
    if len(key) == 1 and isinstance(key[0], int):
        return str(key[0])
    return json.dumps(plain(key), ensure_ascii=False)


def id_to_key(text: str) -> Key:
    """The key an id names; a text that is no id is a key of that one value. Raises `UsageError`."""
    try:
        if not text.startswith("["):
            is_number = text.removeprefix("-").isdecimal() and len(text) <= _DIGITS
            return (_value(int(text) if is_number and _fits(int(text)) else text),)
        key = tuple(map(_value, json.loads(text, object_hook=from_plain)))
    except (ValueError, TypeError, RecursionError) as error:
        raise _names_no_row(text) from error
    if not key:
        raise _names_no_row(text)
    return key


def _value(value: object) -> SqlValue:
    if not isinstance(value, int | float | str | bytes | None) or isinstance(value, bool):
        raise TypeError("not a value")
    if isinstance(value, int) and not _fits(value):
        raise ValueError("more than a row can hold")
    if isinstance(value, str):
        value.encode()  # raises where it is no Unicode
    return value


def _fits(number: int) -> bool:
    return -(1 << 63) <= number < 1 << 63


def _names_no_row(text: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"{quoted(text, 60)} does not name a row.",
        hint="Give the value of its key, or an id as the other commands print it.",
    )
