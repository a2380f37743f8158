"""From a function over distinct values of one storage class to a step over whole columns.

No function is called a cell: values of a class are gathered, their distinct ones go through the technique together,
and what became of them is remembered as long as the memory is worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.model import Batch, Column

Many: TypeAlias = Callable[[Sequence[Any]], Sequence[SqlValue]]
"""New values for values of one storage class, in the same order."""

REMEMBERED = 200_000
"""Distinct values a column remembers."""

_MOSTLY_NEW = 0.7  # above this share of new values in a batch, remembering costs more than it saves


class Remembering:
    """A function over distinct values that remembers what became of them, within bounds."""

    def __init__(self, many: Many) -> None:
        self._many = many
        self._known: dict[SqlValue, SqlValue] = {}
        self._mostly_new = False

    def __call__(self, values: Sequence[SqlValue]) -> Sequence[SqlValue]:
        if self._mostly_new:
            return self._many(values)
        known = self._known
        new = list(set(values).difference(known))
        if new:
            if len(known) + len(new) > REMEMBERED:
                known.clear()
                new = list(set(values))
            known.update(zip(new, self._many(new), strict=True))
        self._mostly_new = len(values) > 1_000 and len(new) > _MOSTLY_NEW * len(values)
        if self._mostly_new:
            found = [known[value] for value in values]
            known.clear()
            return found
        return list(map(known.__getitem__, values))


class CellStep:
    """A technique that looks at a cell alone.

    Args:
        by_class: for each storage class, as its Python type, what becomes of its values.
        of_null: what NULL becomes; it stays NULL unless the technique says otherwise.
        blanks: whether texts of nothing but white space are changed as others are; else they stay.
    """

    def __init__(
        self,
        by_class: Mapping[type, Many],
        *,
        of_null: SqlValue = None,
        blanks: bool = False,
        remember: bool = True,
    ) -> None:
        made = {kind: Remembering(many) if remember else many for kind, many in by_class.items()}
        self._by_class: Mapping[type, Many] = made
        self._of_null = of_null
        self._blanks = blanks

    def __call__(self, values: Column, batch: Batch) -> Column:
        del batch
        return self.changed(values)

    def changed(self, values: Column) -> Column:
        """What becomes of some values."""
        kinds = set(map(type, values))
        if kinds == {str}:
            return self._texts(values)
        if len(kinds) == 1 and (kind := kinds.pop()) in self._by_class:
            return self._by_class[kind](values)
        found: list[SqlValue] = [self._of_null] * len(values)
        for kind in set(map(type, values)) - {type(None)}:
            places = [place for place, value in enumerate(values) if type(value) is kind]
            some = [values[place] for place in places]
            new = self._texts(some) if kind is str else self._by_class[kind](some)
            for place, value in zip(places, new, strict=True):
                found[place] = value
        return found

    def _texts(self, values: Column) -> Sequence[SqlValue]:
        many = self._by_class[str]
        if self._blanks or not any(not value or value.isspace() for value in values):  # type: ignore[union-attr]
            return many(values)
        found = list(values)
        places = [place for place, value in enumerate(values) if value.strip()]  # type: ignore[union-attr]
        for place, value in zip(places, many([values[place] for place in places]), strict=True):
            found[place] = value
        return found


def every_class(many: Many, **overrides: Many) -> dict[type, Many]:
    """The same for all storage classes, but for those that are given: `texts`, `integers`, `reals`, `blobs`."""
    names = {"texts": str, "integers": int, "reals": float, "blobs": bytes}
    return {kind: overrides.get(name, many) for name, kind in names.items()}


def as_text_in_bytes(texts: Many, otherwise: Many) -> Many:
    """For BLOBs: those of UTF-8 text go through `texts` and come back as bytes, the others through `otherwise`."""

    def many(values: Sequence[Any]) -> Sequence[SqlValue]:
        decoded = [_decoded(value) for value in values]
        found: list[SqlValue] = [None] * len(decoded)
        as_texts = [place for place, text in enumerate(decoded) if text is not None]
        others = [place for place, text in enumerate(decoded) if text is None]
        for place, value in zip(as_texts, texts([decoded[place] for place in as_texts]), strict=True):
            found[place] = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for place, value in zip(others, otherwise([values[place] for place in others]), strict=True):
            found[place] = value
        return found

    return many


def _decoded(value: bytes) -> str | None:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
