"""What each string that is looked for stands for, in some bytes each: there may be more than a million."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.crowds import MANY, Crowd, Near, crowd_of
from steward_app.services.privacy.residue.forms import Form
from steward_app.services.privacy.residue.in_words import Names, names_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FORMS = tuple(Form)


class Wanted(NamedTuple):
    """A string that is looked for: the number of its value, its form, its length in bytes."""

    value: int
    form: Form
    length: int


class WantedStrings:
    """What strings stand for, by number."""

    def __init__(self) -> None:
        self._values, self._forms, self._lengths = array("i"), array("B"), array("B")
        self._more: dict[int, list[int]] = {}
        self._crowds: dict[int, Crowd] = {}
        self._names: dict[int, Names] = {}
        self._hosts: set[int] = set()

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, number: int) -> Wanted:
        return Wanted(self._values[number], _FORMS[self._forms[number]], self._lengths[number])

    def add(self, value: int, form: Form, length: int) -> None:
        """The next string."""
        self._values.append(value)
        self._forms.append(form)
        self._lengths.append(length)

    def add_besides(self, first: int, value: int, form: Form) -> None:
        """Another value that has the same string as an earlier one. After the last string."""
        self._more.setdefault(first, []).append(len(self))
        self.add(value, form, self._lengths[first])

    def add_host(self, value: int, length: int) -> None:
        """The next string, a host behind words for @, which stands for no value by itself."""
        self._hosts.add(len(self))
        self.add(value, Form.TEXT, length)

    def add_names(self, strings: Sequence[int], of: Sequence[int], values: Sequence[SqlValue]) -> None:
        """The addresses of a host, by the numbers of its strings and of the values. After the last string."""
        length = min(self._lengths[string] for string in strings)
        names = names_of((len(self) + place, str(values[number])) for place, number in enumerate(of))
        for number in of:
            self.add(number, Form.TEXT, length)
        self._names |= dict.fromkeys(strings, names)

    def part(self, strings: Sequence[bytes], values: Sequence[SqlValue]) -> None:
        """Tell apart what shares the beginning or end of long values with many others. When all were added."""
        for first, more in self._more.items():
            if len(more) >= MANY and self[first].form is Form.PART:
                members = [(number, values[self._values[number]]) for number in (first, *more)]
                self._crowds[first] = crowd_of(strings[first], members)

    def numbers(self, string: int, near: Callable[[], Near]) -> tuple[int, ...]:
        """All that a string stands for, by number; of very many those that what stands near it leaves.

        Args:
            near: asked for where there are very many, and of hosts.
        """
        names = self._names.get(string)
        if names is not None:
            own = () if string in self._hosts else self._own(string, near)
            return (*own, *names.members(near()))
        return self._own(string, near)

    def _own(self, string: int, near: Callable[[], Near]) -> tuple[int, ...]:
        crowd = self._crowds.get(string)
        if crowd is not None:
            return crowd.members(near())
        more = self._more.get(string)
        return (string, *more) if more else (string,)

    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
        """The values, forms and lengths of all strings. None may be added while one of them is in use."""
        import numpy as np

        return (
            np.frombuffer(self._values, np.int32),
            np.frombuffer(self._forms, np.uint8),
            np.frombuffer(self._lengths, np.uint8),
        )
