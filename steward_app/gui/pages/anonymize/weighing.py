"""The balance of the page: which table is weighed, against which limits, and what is taken of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.gui.pages.anonymize.reasons import BALANCE
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.situation import read_frontier
from steward_app.services.privacy.risk import Frontier, Node

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.balance import BalanceStep
    from steward_app.gui.pages.anonymize.page import AnonymizePage


class Weighing:
    """Tries all ways to coarsen a table, and takes the one that is chosen."""

    def __init__(self, page: AnonymizePage) -> None:
        self._page = page

    def connect(self, balance: BalanceStep) -> None:
        """Follow what is chosen in the balance."""
        balance.moved.connect(self.take)
        balance.limits.weighed.connect(self._weigh_table)
        balance.limits.limited.connect(self._limit)
        balance.limits.spared.connect(self._spare)
        balance.given_up.connect(self._give_up)

    def begin(self, *, anew: bool = False) -> None:
        """Show the balance, and try all ways of its table where that was not done for these columns and limits.

        Args:
            anew: the points are chosen anew from the ways that were tried.
        """
        page, draft = self._page, self._page.draft
        table, rules, found = draft.table, page.rules, draft.frontier
        self._show(None if anew else found)
        if table is None or rules is None or page.situation is None or (found is not None and not anew):
            return
        path, what, most = page.context.file.path, page.situation.known, page.balance.limits.most_left_out
        least = draft.said

        def work(context: Context) -> Frontier:
            tried = found or read_frontier(path, table, rules, what, context, least)
            tried.points(most)  # where l and t are asked, that takes a moment, and is kept
            return tried

        page.start(page.tr("Trying ways to coarsen"), work, self._tried)

    def take(self, node: Node) -> None:
        """Take a way to coarsen."""
        if self._page.draft.take(node):
            self._page.show_rules()

    def _tried(self, found: Frontier) -> None:
        draft, balance = self._page.draft, self._page.balance
        draft.tried(found)
        self._show(draft.frontier)
        if balance.node is not None:
            draft.take(balance.node)
        self._page.show_rules()

    def _show(self, found: Frontier | None) -> None:
        page, draft = self._page, self._page.draft
        named = draft.required.quasi_identifiers
        page.balance.limits.show_tables(named, draft.sizes, draft.table)
        page.balance.show_limits(draft.limits, sensitive=draft.tells)
        page.balance.show_frontier(found, tables=bool(named))
        if found is not None and draft.node is not None:
            page.balance.choose_levels(draft.node.levels, draft.node.k)
        page.go(BALANCE)

    def _give_up(self) -> None:
        self._page.draft.give_up()
        self._page.show_rules()

    def _spare(self, most: float) -> None:
        self._page.draft.limit(left_out=most)
        self.begin(anew=True)

    def _weigh_table(self, table: str) -> None:
        self._page.draft.weigh(table)
        self.begin()

    def _limit(self, name: str, value: float) -> None:
        draft, balance = self._page.draft, self._page.balance
        draft.limit(**{name: value})
        if draft.frontier is None:
            self.begin()
            return
        balance.show_limits(draft.limits, sensitive=draft.tells)
        balance.show_frontier(draft.frontier, tables=True)
        if balance.node is not None:
            draft.take(balance.node)
        self._page.show_rules()
