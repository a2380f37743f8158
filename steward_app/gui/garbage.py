"""Python's cyclic garbage is collected in the window's thread alone.

Python collects wherever it happens to allocate, also on a worker's thread. A widget that is part of such garbage is
then destroyed later, from there, and if Qt destroyed it meanwhile the process dies. So automatic collection is off,
and a timer collects, by Python's own thresholds, where widgets may be destroyed.

While a job builds hundreds of thousands of objects, only those of the last moment are looked through: to go through all
of them again and again would hold up the window.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_EVERY_MS = 200
_BUILDING = 20_000  # young objects, from which on something large is being built
_REST = 10  # times without that, until older objects are looked at


class Collector(QObject):
    """Collects as long as it lives; afterwards Python does again."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()  # what was imported so far is never garbage, and need not be looked at again
        self._rest = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_EVERY_MS)
        self.destroyed.connect(_as_before)

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due, as Python would; of very many young objects only these."""
        counts = gc.get_count()
        if counts[0] > _BUILDING:
            self._rest = _REST
            gc.collect(0)
            return
        self._rest -= 1
        if self._rest > 0:
            return
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation]:
                gc.collect(generation)
                return


def _as_before() -> None:
    gc.unfreeze()
    gc.enable()
