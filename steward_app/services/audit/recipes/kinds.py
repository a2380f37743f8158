"""The kinds of recipes behind one face: what each needs, what it is made of, and how it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from typing import Any, cast

from steward_app.db import Session, fold
from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.recipes import (
    append_only,
    immutable,
    soft_delete,
    soft_delete_needs,
    status_log,
    times,
    updated_at,
)
from steward_app.services.audit.recipes.model import (
    AppendOnly,
    Form,
    Immutable,
    OnDelete,
    SoftDelete,
    Spec,
    StatusLog,
    UpdatedAt,
    What,
)
from steward_app.services.audit.recipes.needs import Needs, named
from steward_app.services.audit.recipes.parts import Parts
from steward_app.services.schema.model import Schema

LONGEST_DAYS = soft_delete_needs.LONGEST_DAYS
_SPECS: dict[What, type[Any]] = {
    What.UPDATED_AT: UpdatedAt,
    What.SOFT_DELETE: SoftDelete,
    What.IMMUTABLE: Immutable,
    What.APPEND_ONLY: AppendOnly,
    What.STATUS_LOG: StatusLog,
}
_NOTHING = type(None)
_TYPES: dict[str, tuple[type, ...]] = {
    "table": (str,),
    "column": (str,),
    "log": (str,),
    "once_set": (bool,),
    "signed": (bool, _NOTHING),
    "form": (_NOTHING,),
    "columns": (),
    "follow": (),
}


def needs_of(session: Session, schema: Schema, spec: Spec) -> Needs:
    """What a recipe needs, and what will be different for programs. Raises `UsageError` where it makes no sense."""
    match spec:
        case UpdatedAt():
            return updated_at.needs(session, schema, spec)
        case SoftDelete():
            return soft_delete_needs.needs(session, schema, spec)
        case Immutable():
            return immutable.needs(session, schema, spec)
        case AppendOnly():
            return append_only.needs(session, schema, spec)
        case StatusLog():
            return status_log.needs(session, schema, spec)


def parts_of(schema: Schema, spec: Spec, number: int) -> Parts:
    """What a recipe is made of, once the columns it needs are there. Raises `MissingError` where one is not."""
    match spec:
        case UpdatedAt():
            return updated_at.parts(schema, spec, number)
        case SoftDelete():
            return soft_delete.parts(schema, spec, number)
        case Immutable():
            return immutable.parts(schema, spec, number)
        case AppendOnly():
            return append_only.parts(schema, spec, number)
        case StatusLog():
            return status_log.parts(schema, spec, number)


def to_json(spec: Spec) -> dict[str, Json]:
    """A spec as JSON can hold it."""
    told: dict[str, Any] = {
        key: list(value) if isinstance(value, tuple) else value for key, value in asdict(spec).items()
    }
    return {"what": spec.what.value, **told}


def from_json(told: object) -> Spec:
    """The same read again. Raises `ValueError` with the reason where somebody wrote it, and wrongly."""
    if not isinstance(told, dict):
        raise ValueError("it is not an object of JSON")
    if told.get("what") not in [each.value for each in What]:
        raise ValueError("its kind is not known")
    kind = _SPECS[What(told["what"])]
    known = {each.name for each in fields(kind)}
    given = {str(name): value for name, value in told.items() if name != "what"}
    if given.keys() - known:
        raise ValueError(f"it says {named(sorted(given.keys() - known)[:3])}, which means nothing here")
    missing = {each.name for each in fields(kind) if each.default is MISSING} - given.keys()
    if missing:
        raise ValueError(f"it does not say {named(sorted(missing))}")
    return cast(Spec, kind(**{name: _read(name, value) for name, value in given.items()}))


def _read(name: str, value: object) -> object:
    """One word of a spec, as it must be."""
    if name == "form" and isinstance(value, str) and value in list(Form):
        return Form(value)
    if name == "on_delete":
        if isinstance(value, str) and value in list(OnDelete):
            return OnDelete(value)
    elif name in ("columns", "follow") and isinstance(value, list | tuple):
        if all(isinstance(each, str) for each in value):
            return tuple(value)
    elif name == "grace_days":
        if type(value) is int and 0 <= value <= LONGEST_DAYS:
            return value
    elif isinstance(value, _TYPES[name]):
        return value
    raise ValueError(f"its {quoted(name)} is not one")


def sentence(spec: Spec, tables: Sequence[str] = ()) -> str:
    """What a recipe does.

    Args:
        tables: those it stands on: rows of the others follow a soft delete.
    """
    table = quoted(spec.table)
    match spec:
        case UpdatedAt():
            return (
                f"{quoted(spec.column)} of {table} says when its row was last changed{_written(spec.form)}."
            )
        case SoftDelete():
            done = "a DELETE sets it" if spec.on_delete is OnDelete.STAMP else "a DELETE is refused"
            others = tuple(dict.fromkeys(each for each in tables if fold(each) != fold(spec.table)))
            told = f", {done}, and rows of {named(others)} follow" if others else f", and {done}"
            return (
                f"Rows of {table} are deleted softly: {quoted(spec.column)} says since when{told}."
                f" They may be purged after {plural(spec.grace_days, 'day')}."
            )
        case Immutable():
            once = " once they are set" if spec.once_set else ""
            return f"{named(spec.columns)} of {table} cannot be changed{once}."
        case AppendOnly():
            return f"Rows of {table} are never changed, replaced or deleted."
        case StatusLog():
            signed = ", and by whom as far as the audit knows" if spec.signed else ""
            log = quoted(spec.log or f"{spec.table}_{spec.column}_log")
            return f"{log} tells each value of {quoted(spec.column)} in {table}, and from when{signed}."


def title(spec: Spec) -> str:
    """The kind of recipe, in words."""
    return {
        What.UPDATED_AT: "last-change stamp",
        What.SOFT_DELETE: "soft delete",
        What.IMMUTABLE: "immutable columns",
        What.APPEND_ONLY: "append-only table",
        What.STATUS_LOG: "log of a status",
    }[spec.what]


def _written(form: Form | None) -> str:
    return f", written as {times.EXAMPLES[form]}" if form else ""
