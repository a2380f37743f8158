"""What is weighed in the balance, and against which limits: all of them stand there from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import boxed, fix, hbox
from steward_app.gui.pages.anonymize.draft import DEFAULT_LIMIT
from steward_app.gui.pages.anonymize.words import share
from steward_app.gui.widgets.controls import Combo
from steward_app.services.privacy.rules import Limits

MOST_LEFT_OUT = 0.02
_RISKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.34, 0.5, 1.0)
SHARES_LEFT_OUT = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
_DIVERSITIES = (1, 2, 3, 4, 5, 10)
_CLOSENESSES = (1.0, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1)


class LimitsBar(QWidget):
    """The table that is weighed, and what is asked of its groups.

    Signals:
        weighed: the table that was chosen.
        limited: a field of `Limits`, and its value.
        spared: the share of the records that may be left out.
    """

    weighed = Signal(str)
    limited = Signal(str, object)
    spared = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = Combo(self.tr("Table that is weighed"))
        self.risk = Combo(self.tr("Limit of the risk"))
        self.left_out = Combo(self.tr("Records that may be left out"))
        self.diversity = Combo(self.tr("Different values of each sensitive column in every group"))
        self.closeness = Combo(self.tr("How far a group may be from the whole in a sensitive column"))
        flow = Flow(gap=8)
        for combo in (self.table, self.risk, self.left_out, self.diversity, self.closeness):
            fix(combo, height=24)
            combo.setProperty("small", True)
            combo.setToolTip(combo.accessibleName())
        self._of_sensitive = boxed(hbox(self.diversity, self.closeness, gap=8))  # no line for one alone
        for part in (self.table, self.risk, self.left_out, self._of_sensitive):
            flow.addWidget(part)
        self.setLayout(flow)
        self.show_limits(Limits(), MOST_LEFT_OUT, sensitive=False)
        self.table.currentIndexChanged.connect(lambda _: self.weighed.emit(self.table.currentData()))
        self.left_out.currentIndexChanged.connect(lambda _: self.spared.emit(self.left_out.currentData()))
        for name, combo in (
            ("risk", self.risk), ("l_diversity", self.diversity), ("t_closeness", self.closeness)
        ):  # fmt: skip
            combo.currentIndexChanged.connect(
                lambda _, name=name, combo=combo: self.limited.emit(name, combo.currentData())
            )

    @property
    def most_left_out(self) -> float:
        """The share of the records that may be left out."""
        return float(self.left_out.currentData())

    def show_tables(self, tables: Iterable[str], sizes: Mapping[str, int], weighed: str | None) -> None:
        """The tables by whose columns somebody could be found."""
        names = list(tables)
        _fill(
            self.table,
            names,
            weighed,
            lambda name: (
                self.tr("{table}, {rows} rows").format(table=shown_name(name), rows=integer(sizes[name]))
                if name in sizes
                else shown_name(name)
            ),
        )
        self.table.setVisible(len(names) > 1)

    def show_limits(self, limits: Limits, most_left_out: float, *, sensitive: bool) -> None:
        """What is asked now; l and t only where something sensitive is told."""
        risk = DEFAULT_LIMIT if limits.risk is None else limits.risk
        _fill(
            self.risk,
            _with(_RISKS, risk),
            risk,
            lambda each: self.tr("Risk at most {limit}").format(limit=share(each)),
        )
        _fill(
            self.left_out,
            _with(SHARES_LEFT_OUT, most_left_out),
            most_left_out,
            lambda each: (
                self.tr("At most {share} left out").format(share=share(each))
                if each
                else self.tr("None left out")
            ),
        )
        l_now = limits.l_diversity or 1
        _fill(
            self.diversity,
            _with(_DIVERSITIES, l_now),
            l_now,
            lambda each: (
                self.tr("l: at least {count}").format(count=each) if each > 1 else self.tr("l: no limit")
            ),
        )
        t_now = 1.0 if limits.t_closeness is None else limits.t_closeness
        _fill(
            self.closeness,
            _with(_CLOSENESSES, t_now),
            t_now,
            lambda each: (
                self.tr("t: at most {share}").format(share=share(each))
                if each < 1
                else self.tr("t: no limit")
            ),
        )
        self._of_sensitive.setVisible(sensitive)


def _with(usual: tuple[float, ...], now: float) -> list[float]:
    """The usual ones, and the one that counts now where it is another."""
    return list(usual) if now in usual else sorted({*usual, now}, reverse=usual[0] > usual[-1])


def _fill(combo: Combo, values: Iterable[object], now: object, words: Callable[..., str]) -> None:
    """Offer these; tells nobody."""
    combo.blockSignals(True)
    combo.clear()
    for value in values:
        combo.addItem(words(value), value)
    combo.setCurrentIndex(combo.findData(now))
    combo.blockSignals(False)
