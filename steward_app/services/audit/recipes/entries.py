"""Reading the list of recipes in a file, which anybody may have edited: what cannot be read is told, with why."""

from __future__ import annotations

import json
from typing import Any

from steward_app.db import Session, fold
from steward_app.kernel.text import quoted
from steward_app.services.audit.recipes import kinds, names
from steward_app.services.audit.recipes.families import via
from steward_app.services.audit.recipes.model import (
    Immutable,
    Recipe,
    SoftDelete,
    Spec,
    StatusLog,
    Unreadable,
    UpdatedAt,
)

COLUMNS = ("id", "what", "spec", "objects", "made_us", "purging")
MOST = 1_000
"""Entries that are read; nobody has as many recipes in one file."""
HIGHEST = 10**9
"""The highest number that a recipe may have."""
_LONGEST = 4_000_000  # bytes of an entry


def is_there(session: Session) -> bool:
    """Whether the file has a list of recipes."""
    sql = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
    return session.value(sql, (names.REGISTRY,)) is not None


def flaw(session: Session) -> str:
    """Why the list that the file has cannot be used at all, or ""."""
    if not is_there(session):
        return ""
    found = session.all("SELECT name, upper(type), pk FROM pragma_table_xinfo(?, 'main')", (names.REGISTRY,))
    known = {str(name): (kind, key) for name, kind, key in found}
    virtual = session.value(
        "SELECT 1 FROM pragma_table_list(?) WHERE schema = 'main' AND (type <> 'table' OR wr)",
        (names.REGISTRY,),
    )
    if virtual or not known.keys() >= set(COLUMNS) or known["id"] != ("INTEGER", 1):
        return f"the table {quoted(names.REGISTRY)} is not as this program makes it"
    return ""


def entries(session: Session) -> tuple[Recipe | Unreadable, ...]:
    """What is in the list, the oldest first; where the list itself cannot be used, that alone."""
    if not is_there(session):
        return ()
    why = flaw(session)
    if why:
        return (Unreadable(0, why),)
    numbers = [
        number
        for (number,) in session.execute(
            f"SELECT id FROM main.{names.REGISTRY} ORDER BY id LIMIT ?", (MOST + 1,)
        )
        if isinstance(number, int)
    ]
    if len(numbers) > MOST:
        return (Unreadable(0, f"the list has more than {MOST:,} entries"),)
    return tuple(_entry(session, number) for number in numbers)


def _entry(session: Session, number: int) -> Recipe | Unreadable:
    if not 0 < number <= HIGHEST:
        return Unreadable(number, "its number is none that a recipe gets")
    kept = ", ".join(
        f"CASE WHEN typeof({name}) = 'text' AND length(CAST({name} AS BLOB)) <= {_LONGEST} THEN {name} END"
        for name in ("spec", "objects")
    )
    try:
        row = session.one(
            f"SELECT {kept}, made_us, purging IS NOT NULL AND purging <> 0 FROM main.{names.REGISTRY} WHERE id = ?",
            (number,),
        )
        assert row is not None
        spec_text, objects_text, made_us, purging = row
        if not isinstance(spec_text, str) or not isinstance(objects_text, str):
            raise ValueError("its entry is no text, or is too long")
        return _read(number, json.loads(spec_text), json.loads(objects_text), made_us, bool(purging))
    except json.JSONDecodeError:
        return Unreadable(number, "its entry is not JSON")
    except UnicodeError:
        return Unreadable(number, "its entry is not text in UTF-8")
    except RecursionError:
        return Unreadable(number, "its entry is nested too deeply")
    except ValueError as error:
        return Unreadable(number, f"its entry cannot be read: {error}")


def _read(number: int, spec_told: object, told: object, made_us: object, purging: bool) -> Recipe:
    """Raises `ValueError` with the reason."""
    spec = kinds.from_json(spec_told)
    undecided = isinstance(spec, UpdatedAt | SoftDelete | StatusLog) and spec.form is None
    if undecided or (isinstance(spec, StatusLog) and (not spec.log or spec.signed is None)):
        raise ValueError("it leaves open what is decided when a recipe is installed")
    if isinstance(spec, Immutable) and not spec.columns:
        raise ValueError("it names no column")
    if not isinstance(told, dict):
        raise ValueError("what it made is not told")
    columns = tuple((table, column) for table, column in map(_pair, _list(told, "columns")))
    log = _text(told.get("log"))
    if not all(_is_own(spec, column) for _, column in columns) or log not in ("", _log_of(spec)):
        raise ValueError("it says that it made what no recipe of its kind makes")
    return Recipe(
        id=number,
        spec=spec,
        tables=tuple(map(_text, _list(told, "tables"))),
        columns=columns,
        log=log,
        hashes=_texts(told, "hashes"),
        places=_texts(told, "places"),
        made_us=made_us if isinstance(made_us, int) else 0,
        purging=purging,
    )


def _is_own(spec: Spec, column: str) -> bool:
    """Whether a column is one that a recipe may have added, and so may drop."""
    if not isinstance(spec, UpdatedAt | SoftDelete):
        return False
    own = (spec.column, via(spec.column)) if isinstance(spec, SoftDelete) else (spec.column,)
    return fold(column) in map(fold, own)


def _log_of(spec: Spec) -> str:
    return spec.log if isinstance(spec, StatusLog) else ""


def _list(told: dict[Any, Any], name: str) -> list[Any]:
    found = told.get(name)
    if not isinstance(found, list):
        raise ValueError(f"its {quoted(name)} is no list")
    return found


def _pair(value: object) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a column it made is not named")
    return _text(value[0]), _text(value[1])


def _texts(told: dict[Any, Any], name: str) -> dict[str, str]:
    found = told.get(name)
    if not isinstance(found, dict):
        raise ValueError(f"its {quoted(name)} is no object of JSON")
    return {str(key): _text(value) for key, value in found.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a name in it is no text")
    return value
