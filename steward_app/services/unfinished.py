"""Operations that a crash may leave open and that stand on floors above `restore`, which settles what was left.

Who they are is said in `steward_app/services/__init__.py`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steward_app.services.operation import FileOperation


def _none() -> tuple[FileOperation[Any], ...]:
    return ()


more: Callable[[], tuple[FileOperation[Any], ...]] = _none
"""Gives them, as `operation.settle` takes them."""
