"""What a document that `--json` prints is, as data."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Contract:
    """One kind of document.

    Attributes:
        name: the middle of its `schema`.
        about: what it tells, and which command prints it.
        type_path: "module:Class", a frozen dataclass; its fields are the document's.
        many: True when the document holds a list of them, under "items".
    """

    name: str
    about: str
    type_path: str
    many: bool = False

    @property
    def schema(self) -> str:
        return f"steward/{self.name}/v1"

    def type(self) -> Any:
        """The type itself; imports its module."""
        module, name = self.type_path.split(":")
        return getattr(importlib.import_module(module), name)
