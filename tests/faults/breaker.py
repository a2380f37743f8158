"""Counts the steps of an operation on the disk and breaks it at one of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from faults.power import Disk


class Kind(StrEnum):
    """What happens at the chosen step."""

    NONE = "none"  # nothing: the steps are only counted
    KILL = "kill"  # the process is gone before the step
    POWER = "power"  # a power cut before the step: nothing that was not synced is there afterwards
    POWER_TORN = "power-torn"  # the same, but some of it is: names, and every second write or so
    IO_ERROR = "io-error"  # this step fails with an I/O error; later ones do not
    FULL = "full"  # from this step on the disk takes no more bytes
    SHORT = "short"  # this step takes a part of the bytes only
    CANCEL = "cancel"  # somebody asks to stop


POWER_CUTS = (Kind.POWER, Kind.POWER_TORN)


class Full(Exception):
    """The disk takes no more."""


class Broken(Exception):
    """The disk reports an error."""


class Breaker:
    """One for the whole process; both ways to the disk ask it before each step.

    Attributes:
        steps: how many there were.
        disk: follows what a power cut would leave.
    """

    def __init__(self, root: Path, kind: Kind, at: int, cancel: Callable[[], None]) -> None:
        self.steps = 0
        self.disk = Disk(root)
        self._kind = kind
        self._at = at
        self._cancel = cancel

    def step(self, *, grows: bool = False) -> bool:
        """Before a step; `grows` when it puts bytes or a name on the disk. True when it is to be cut short.

        Raises Full and Broken, which either way to the disk says in its own words.
        """
        self.steps += 1
        if self._kind is Kind.FULL and self.steps >= self._at and grows:
            raise Full
        if self.steps != self._at:
            return False
        match self._kind:
            case Kind.KILL:
                _die()
            case Kind.POWER | Kind.POWER_TORN:
                self._cut_power()
                _die()
            case Kind.IO_ERROR:
                raise Broken
            case Kind.CANCEL:
                self._cancel()
        return self._kind is Kind.SHORT

    def ended(self) -> None:
        """After the last step: a power cut that comes only now must not take back what was said to be done."""
        if self._at > self.steps and self._kind in POWER_CUTS:
            self._cut_power()

    def _cut_power(self) -> None:
        self.disk.cut_power(self._at if self._kind is Kind.POWER_TORN else None)


def _die() -> None:
    """As `kill -9`: no handler runs, no file is closed in order."""
    if os.name == "nt":
        os._exit(9)
    os.kill(os.getpid(), signal.SIGKILL)
