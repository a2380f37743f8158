"""From a function over distinct values of one storage class to a step over whole columns.

No function is called a cell: values of a class are gathered, their distinct ones go through the technique together,
and what became of them is remembered as long as the memory is worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from sys import getsizeof
from typing import Any, TypeAlias

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.model import Batch, Column

Many: TypeAlias = Callable[[Sequence[Any]], Sequence[SqlValue]]
"""New values for values of one storage class, in the same order."""

REMEMBERED = 200_000
"""Distinct values a column remembers."""

REMEMBERED_BYTES = 64 << 20
"""Memory of these values, where nothing else is said."""

_ENTRY_BYTES = 100  # of a dictionary, for each entry

_MOSTLY_NEW = (
    0.5  # above this share of new values among those looked up, remembering costs more than it saves
)
_NEARLY_ALL_NEW = 0.9  # such a column is not waited for until the memory is full
_JUDGED_AFTER = 30_000


class _Known(dict[Any, Any]):
    """What became of values.

    Attributes:
        missing: values that were looked up, and are not in it.
    """

    def __init__(self) -> None:
        self.missing: set[Any] = set()

    def __missing__(self, value: Any) -> None:
        self.missing.add(value)


class Remembering:
    """A function over distinct values, or rows of values, that remembers what became of them, within bounds.

    Args:
        size_of: bytes of what it is given, and of what becomes of it.

    Attributes:
        asked: for a value at least.
        mostly_new: hardly any value comes again, and none is remembered any more.
    """

    def __init__(
        self, many: Callable[[Sequence[Any]], Sequence[Any]], size_of: Callable[[Any], int] = getsizeof
    ) -> None:
        self._many, self._size_of = many, size_of
        self._known = _Known()
        self._looked_up = 0
        self._bytes, self.most_bytes = 0, REMEMBERED_BYTES
        self.asked = self.mostly_new = False

    def __call__(self, values: Sequence[Any]) -> Sequence[Any]:
        self.asked = True
        if self.mostly_new:
            return self._many(values)
        found = self._found(values)
        if self._known.missing:  # most values of most batches are known
            self._learn()
            found = self._found(values)
        self._looked_up += len(values)
        self._stay_within()
        return found

    def remember_at_most(self, size_bytes: int) -> None:
        """Hold no more memory than that; 0 forgets everything."""
        self.most_bytes = size_bytes
        if not size_bytes:
            self.forget()

    def forget(self) -> None:
        """Remember nothing of what was looked up until now."""
        self._known.clear()
        self._looked_up = self._bytes = 0

    def _found(self, values: Sequence[Any]) -> list[Any]:
        return list(map(self._known.__getitem__, values))

    def _learn(self) -> None:
        new = list(self._known.missing)
        self._known.missing.clear()
        made = self._many(new)
        self._bytes += sum(map(self._size_of, chain(new, made))) + len(new) * _ENTRY_BYTES
        self._known.update(zip(new, made, strict=True))

    def _stay_within(self) -> None:
        full = len(self._known) > REMEMBERED or self._bytes > self.most_bytes
        new = len(self._known) / max(1, self._looked_up)
        self.mostly_new = new > (_MOSTLY_NEW if full else _NEARLY_ALL_NEW) and (
            full or self._looked_up > _JUDGED_AFTER
        )
        if full or self.mostly_new:
            self.forget()


class CellStep:
    """A technique that looks at a cell alone.

    Args:
        by_class: for each storage class, as its Python type, what becomes of its values.
        of_null: what NULL becomes; it stays NULL unless the technique says otherwise.
        blanks: whether texts of nothing but white space are changed as others are; else they stay.

    Attributes:
        remembers: what became of values.
    """

    def __init__(
        self,
        by_class: Mapping[type, Many],
        *,
        of_null: SqlValue = None,
        blanks: bool = False,
        remember: bool = True,
    ) -> None:
        kept = {
            kind: many if blanks or kind is not str else _but_blanks(many) for kind, many in by_class.items()
        }
        self._by_class: Mapping[type, Many] = (
            {kind: Remembering(many) for kind, many in kept.items()} if remember else kept
        )
        self._of_null, self._most_bytes = of_null, REMEMBERED_BYTES
        self.remembers = remember

    def __call__(self, values: Column, batch: Batch) -> Column:
        del batch
        return self.changed(values)

    @property
    def of_texts_again(self) -> bool:
        """Whether all values were texts until now, and most of them came more than once."""
        asked = {
            kind: many
            for kind, many in self._by_class.items()
            if isinstance(many, Remembering) and many.asked
        }
        return set(asked) == {str} and not asked[str].mostly_new

    def remember_at_most(self, size_bytes: int) -> None:
        """Hold no more memory than that for values that were changed; 0 forgets them."""
        self._most_bytes = size_bytes
        for many in self._by_class.values():
            if isinstance(many, Remembering):
                many.remember_at_most(size_bytes)
        self._share_memory()

    def changed(self, values: Column) -> Column:
        """What becomes of some values."""
        kinds = set(map(type, values))
        if len(kinds) == 1 and (kind := kinds.pop()) in self._by_class:
            return self._many(kind)(values)
        found: list[SqlValue] = [self._of_null] * len(values)
        for kind in set(map(type, values)) - {type(None)}:
            places = [place for place, value in enumerate(values) if type(value) is kind]
            new = self._many(kind)([values[place] for place in places])
            for place, value in zip(places, new, strict=True):
                found[place] = value
        return found

    def _many(self, kind: type) -> Many:
        many = self._by_class[kind]
        if isinstance(many, Remembering) and not many.asked:
            many.asked = True
            self._share_memory()
        return many

    def _share_memory(self) -> None:
        """Among the classes that there are values of: of most columns, one has it all."""
        asked = [many for many in self._by_class.values() if isinstance(many, Remembering) and many.asked]
        for many in asked:
            many.most_bytes = self._most_bytes // len(asked)


def _but_blanks(many: Many) -> Many:
    """The same, and texts of nothing but white space stay."""

    def texts(values: Sequence[str]) -> Sequence[SqlValue]:
        if "" not in values and True not in map(str.isspace, values):
            return many(values)
        found: list[SqlValue] = list(values)
        places = [place for place, value in enumerate(values) if value.strip()]
        for place, new in zip(places, many([values[place] for place in places]), strict=True):
            found[place] = new
        return found

    return texts


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
