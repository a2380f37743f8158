"""Where an editor begins: with the schema as the changes before leave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from steward_app.gui.context import PageContext
from steward_app.services.migrate.draft.change_list import ChangeList
from steward_app.services.schema.model import Schema


@dataclass(frozen=True, slots=True)
class Start:
    """What every editor is given.

    Attributes:
        schema: as the changes leave it.
        changes: those made before.
        over: the page or dialog that the editor stands over.
        done: given the changes with the new one.
        waits: what waits to be applied and comes before the changes, in few words, or "".
    """

    schema: Schema
    changes: ChangeList
    context: PageContext
    over: QWidget
    done: Callable[[ChangeList], None]
    waits: str = ""
