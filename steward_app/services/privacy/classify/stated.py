"""What the policy says of a place, in its own words: read, compared and written. Remarks of the steward stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from steward_app.catalog.policy import PolicyDocument
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.text import quoted
from steward_app.services.privacy.classify.model import Statement, stated_id
from steward_app.services.privacy.model import Place

WHO_AND_WHEN = ("decided_by", "decided_on")
_HELD = {"columns", "paths"}  # places of their own


def said(document: PolicyDocument, place: Place) -> dict[str, Json]:
    """All that is said of a column, path or table itself; {} where nothing is."""
    policy = document.policy.classification
    found: Any = _named(policy.tables, place.table) if policy is not None else None
    if found is not None and place.column:
        found = _named(found.columns, place.column)
    if found is not None and place.path:
        found = found.paths.get(place.path)
    if found is None:
        return {}
    everything: dict[str, Json] = found.model_dump(mode="json", exclude_unset=True, exclude=_HELD)
    return {word: value for word, value in everything.items() if value not in ("", None, [])}


def require_valid(statements: Iterable[Statement]) -> None:
    """Raise `UsageError` for words that a policy cannot say."""
    from pydantic import ValidationError

    from steward_app.catalog.policy_privacy import ColumnClass, TableClass

    for each in statements:
        try:
            (ColumnClass if each.place.column else TableClass).model_validate(dict(each.said))
        except ValidationError as error:
            first = error.errors()[0]
            word = str(first["loc"][0]) if first["loc"] else stated_id(each.place)
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"The policy cannot say this of {quoted(stated_id(each.place))}: {quoted(word)}.",
                hint="It is as it was.",
            ) from error


def write(document: PolicyDocument, statements: Iterable[Statement]) -> None:
    """Make a document say exactly this of each place. Raises `UsageError` where it would not be valid then."""
    fresh: dict[tuple[str, ...], Json] = {}
    gone: list[tuple[str, ...]] = []
    for each in statements:
        keys, before = _keys(document, each.place), said(document, each.place)
        fresh |= {(*keys, word): value for word, value in each.said.items() if before.get(word) != value}
        if each.said:
            gone += [(*keys, word) for word in before if word not in each.said]
        else:
            gone += _whole(document, keys, before)
    document.remove(gone)
    if fresh:
        document.put_all(fresh)


def _whole(
    document: PolicyDocument, keys: tuple[str, ...], before: Mapping[str, Json]
) -> list[tuple[str, ...]]:
    """What to take away so that nothing is said of a place; columns and paths in it are places of their own."""
    there = document.at(keys)
    if isinstance(there, dict) and any(there.get(word) for word in _HELD):
        return [(*keys, word) for word in before]
    return [keys]


def _keys(document: PolicyDocument, place: Place) -> tuple[str, ...]:
    columns = ("columns", place.column) if place.column else ()
    keys = document.spelt(("classification", "tables", place.table, *columns))
    return (*keys, "paths", place.path) if place.path else keys


def _named(names: Mapping[str, Any], name: str) -> Any:
    if name in names:
        return names[name]
    return next((said for each, said in names.items() if fold(each) == fold(name)), None)
