"""What stands in the way of rows that come back, and what the answers make of them.

Nothing that is there now is overwritten unless somebody answered so. What is not answered and has no harmless default
blocks the plan. A row that stays out takes those that point to it along.
"""

from __future__ import annotations

from steward_app.db import fold, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.values import Key
from steward_app.services.restore.bring_model import (
    DEFAULTS,
    Answer,
    BringRequest,
    ConflictKind,
    Extent,
)
from steward_app.services.restore.compare import bag_sql
from steward_app.services.restore.erased import Gate
from steward_app.services.restore.pairs import Pair
from steward_app.services.restore.rules import autoincrement, misfit_sql
from steward_app.services.restore.selection import (
    CHOSEN,
    PARENT,
    Link,
    Selection,
    What,
    asked,
    bring,
    bring_key,
    gone,
    keys,
    now_key,
    points,
)
from steward_app.services.schema.model import Table

_WRITTEN = "('insert', 'update')"


class Resolver:
    """Goes over the gathered rows until nothing changes any more: what stays out may make more stay out."""

    def __init__(self, selection: Selection, request: BringRequest, gate: Gate) -> None:
        self.selection = selection
        self.request = request
        self.gate = gate

    def run(self) -> None:
        selection = self.selection
        while True:
            for (
                pair
            ) in selection.pairs:  # parents are found again: those that left rows needed may not be needed
                selection.run(f"DELETE FROM {bring(pair)} WHERE origin = {PARENT} AND what <> 'out'")
                selection.run(f"UPDATE {bring(pair)} SET what = '' WHERE what <> 'out'")
            self._classify()
            while selection.add_parents(self._wants_parents):
                self._classify()
            if not sum(self._leave_out(pair) for pair in selection.pairs):
                break
        for pair in selection.pairs:  # what was asked of a row that stays out for another reason is settled
            selection.run(
                f"DELETE FROM {asked(pair)} AS a WHERE answer = '' AND EXISTS (SELECT 1 FROM {bring(pair)} AS b"
                f" WHERE {_same_k('b', 'a', pair)} AND b.what = 'out')"
            )
        before = -1
        while before != (before := sum(map(selection.count_gone, selection.pairs))):
            for pair in selection.pairs:
                self._spare_parents(pair)

    def _wants_parents(self, pair: Pair) -> bool:
        """Whether rows of a table come back with the parents that they need."""
        return self.request.parents or any(
            choice.answer is Answer.BRING_PARENT and fold(choice.table) in ("", fold(pair.then.name))
            for choice in self.request.choices
        )

    # What is there now

    def _classify(self) -> None:
        """Say of each row that was not looked at whether it is missing, the same, or differs; then what is done."""
        again = True
        while again:
            for pair in self.selection.pairs:
                self.selection.context.checkpoint()
                self._number(pair)
            for pair in self.selection.pairs:
                self._look(pair)
            # what points to a row with a new number has another key, or other values, now
            again = sum(self._renumber(pair) for pair in self.selection.pairs) > 0

    def _number(self, pair: Pair) -> None:
        """The key each row will have."""
        for at, name in enumerate(pair.key):
            will_be = "b.k0" if pair.keyless else self.selection.value(pair, name, f"b.k{at}")
            own = f" AND (n{at} IS NULL OR n{at} = k{at})" if pair.numbered else ""
            self.selection.run(f"UPDATE {bring(pair)} AS b SET n{at} = {will_be} WHERE what = ''{own}")

    def _look(self, pair: Pair) -> None:
        run = self.selection.run
        if pair.now is None:
            self._ask(pair, ConflictKind.TABLE_GONE, _gathered(pair, "b.what = ''"))
            self._act(pair, ConflictKind.TABLE_GONE, Answer.LEAVE_OUT, What.OUT)
            run(f"UPDATE {bring(pair)} SET what = 'insert' WHERE what = ''")
            return
        if pair.keyless:
            run(
                f"UPDATE {bring(pair)} SET what = iif(k0 IN ({bag_sql(pair, 0)}), 'insert', 'same') WHERE what = ''"
            )
            return
        there = f"SELECT 1 FROM {pair.now_sql} AS m WHERE {now_key('m', pair.key_now)}"
        differs = " OR ".join(self.selection.differs(pair, *names) for names in pair.columns) or "0"
        same = (
            f"SELECT 1 FROM {pair.now_sql} AS m CROSS JOIN {pair.then_sql} AS i"
            f" WHERE {now_key('m', pair.key_now)} AND {bring_key('i', pair)} AND NOT ({differs})"
        )
        run(
            f"UPDATE {bring(pair)} AS b SET what = CASE WHEN NOT EXISTS ({there}) THEN 'insert'"
            f" WHEN EXISTS ({same}) THEN 'same' ELSE 'keep' END WHERE what = ''"
        )
        self._differing(pair)

    def _differing(self, pair: Pair) -> None:
        """Rows that are there with other values: the same row changed, or another one under its number."""
        if self.request.extent is Extent.CONTENT:
            self.selection.run(
                f"UPDATE {bring(pair)} SET what = 'update' WHERE what = 'keep' AND origin = {CHOSEN}"
            )
        kept = _gathered(pair, "b.what = 'keep'")
        another = self.selection.another_row(pair)
        if another:
            other = (
                f"SELECT {keys('k', pair, 'b.')} FROM {bring(pair)} AS b"
                f" CROSS JOIN {pair.now_sql} AS m ON {now_key('m', pair.key_now)}"
                f" CROSS JOIN {pair.then_sql} AS i ON {bring_key('i', pair)} WHERE b.what = 'keep' AND {another}"
            )
            self._ask(pair, ConflictKind.NUMBER_TAKEN, other)
            known = f"SELECT 1 FROM {asked(pair)} AS a WHERE a.kind = 'number_taken' AND {_same_k('a', 'b', pair)}"
            kept += f" AND NOT EXISTS ({known})"
        self._ask(pair, ConflictKind.DIFFERS, kept)
        for kind in (ConflictKind.DIFFERS, ConflictKind.NUMBER_TAKEN):
            self._act(pair, kind, Answer.OLD, What.UPDATE, only="b.what = 'keep'")
            self._act(pair, kind, Answer.LEAVE_OUT, What.OUT, only="b.what = 'keep'")

    def _renumber(self, pair: Pair) -> int:
        """Give rows whose number is taken the next ones; how many."""
        if not pair.numbered or pair.now is None:
            return 0
        taken = (
            f"b.what = 'insert' AND b.n0 = b.k0 AND EXISTS (SELECT 1 FROM {pair.now_sql} AS m"
            f" WHERE {now_key('m', pair.key_now)}"
            f" AND NOT EXISTS (SELECT 1 FROM {gone(pair)} AS g WHERE {gone_key('m', pair)}))"
        )
        if not pair.keyless:
            taken = (
                f"b.what = 'keep' AND b.n0 = b.k0 AND EXISTS (SELECT 1 FROM {asked(pair)} AS a"
                f" WHERE a.answer = 'new_number' AND {_same_k('a', 'b', pair)})"
            )
        rowid = quote(pair.key_now[0])
        highest = [
            f"(SELECT max({rowid}) FROM {pair.now_sql})",
            f"(SELECT max(max(k0), max(n0)) FROM {bring(pair)})",
        ]
        if autoincrement(pair.now):
            highest.append("(SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?)")
        above = f"max({', '.join(f'coalesce({each}, 0)' for each in highest)})"
        named: Key = (pair.now.name,) if autoincrement(pair.now) else ()
        count = self.selection.run(
            f"UPDATE {bring(pair)} AS b SET what = 'insert', n0 = place.n FROM (SELECT b.k0 AS k,"
            f" {above} + row_number() OVER (ORDER BY b.k0) AS n FROM {bring(pair)} AS b WHERE {taken}) AS place"
            " WHERE b.k0 = place.k",
            named,
        )
        if count and not pair.keyless:
            self.selection.renumbered(pair)
            for each in self.selection.pairs:  # their keys and values may follow
                if each is not pair:
                    self.selection.run(f"UPDATE {bring(each)} SET what = '' WHERE what NOT IN ('', 'out')")
                    self.selection.run(f"DELETE FROM {asked(each)} WHERE kind IN ('differs', 'number_taken')")
        return 0 if pair.keyless else count

    # What stays out

    def _leave_out(self, pair: Pair) -> int:
        """Rows that cannot come back, or shall not; how many more stay out now."""
        before = self.selection.count(pair, What.OUT)
        self.gate.note(self.selection, pair)
        self._act(pair, ConflictKind.ERASED, Answer.LEAVE_OUT, What.OUT)
        if pair.now is not None:
            self._clashes(pair, pair.now)
            self._refusals(pair, pair.now)
        for link in self.selection.links_from(pair):
            self._orphans(pair, link)
        return self.selection.count(pair, What.OUT) - before

    def _clashes(self, pair: Pair, now: Table) -> None:
        for index in now.indexes:
            named = tuple(part.name for part in index.columns)
            then = [pair.then_name(name) if name else None for name in named]
            own = not pair.keyless and sorted(map(fold, named)) == sorted(map(fold, pair.key_now))
            if not index.unique or index.where or own or None in then:
                continue
            same = " AND ".join(
                f"m.{quote(part.name)} COLLATE {quote(part.collation)}"
                f" = {self.selection.value(pair, str(was), f'i.{quote(str(was))}')}"
                for part, was in zip(index.columns, then, strict=True)
            )
            leaves = (
                f"EXISTS (SELECT 1 FROM {bring(pair)} AS x WHERE x.what = 'update' AND"
                f" {' AND '.join(f'm.{quote(name)} = x.n{at}' for at, name in enumerate(pair.key_now))})"
                f" OR EXISTS (SELECT 1 FROM {gone(pair)} AS g WHERE {gone_key('m', pair)})"
            )
            itself = "0" if pair.keyless else now_key("m", pair.key_now)
            self._ask(
                pair,
                ConflictKind.UNIQUE_CLASH,
                f"SELECT {keys('k', pair, 'b.')} FROM {bring(pair)} AS b CROSS JOIN {pair.then_sql} AS i"
                f" ON {bring_key('i', pair)} WHERE b.what IN {_WRITTEN} AND EXISTS (SELECT 1 FROM {pair.now_sql} AS m"
                f" WHERE {same} AND NOT ({itself}) AND NOT ({leaves}))",
            )
        self._act(pair, ConflictKind.UNIQUE_CLASH, Answer.LEAVE_OUT, What.OUT)

    def _refusals(self, pair: Pair, now: Table) -> None:
        """Values that a rule of the table as it is now does not take."""
        if any(column.not_null and column.default is None for column in pair.new):
            self._ask(pair, ConflictKind.REFUSED, _gathered(pair, "b.what = 'insert'"))
        written = f"{bring(pair)} AS b CROSS JOIN {pair.then_sql} AS i ON {bring_key('i', pair)}"
        rules = [rule for rule in (misfit_sql(now, *names) for names in pair.columns) if rule]
        if rules:
            self._ask(
                pair,
                ConflictKind.REFUSED,
                f"SELECT {keys('k', pair, 'b.')} FROM {written} WHERE b.what IN {_WRITTEN} AND ({' OR '.join(rules)})",
            )
        chosen = ", ".join(f"i.{quote(then)} AS {quote(name)}" for then, name in pair.columns)
        named = ", ".join(f"b.k{at} AS steward_k{at}" for at in range(len(pair.key)))
        for check in now.checks:
            rows = (
                f"(SELECT {named}, {chosen} FROM {written} WHERE b.what IN {_WRITTEN}) AS {quote(now.name)}"
            )
            try:
                with in_sqlites_words():
                    self._ask(
                        pair,
                        ConflictKind.REFUSED,
                        f"SELECT {keys('steward_k', pair)} FROM {rows} WHERE NOT ({check.expression}\n)",
                    )
            except SqliteSays:  # it speaks of a column that is new: the change itself will tell
                continue
        self._act(pair, ConflictKind.REFUSED, Answer.LEAVE_OUT, What.OUT)

    def _orphans(self, pair: Pair, link: Link) -> None:
        """Rows whose parent stays out stay out with it; of those whose parent is nowhere it is asked."""
        filled = " AND ".join(f"c.{quote(name)} IS NOT NULL" for name in link.columns)
        row = f"FROM {pair.then_sql} AS c WHERE {bring_key('c', pair)} AND {filled}"
        parent = (
            f"SELECT 1 FROM {link.parent.then_sql} AS p CROSS JOIN {bring(link.parent)} AS x"
            f" ON {' AND '.join(f'x.k{at} = p.{quote(name)}' for at, name in enumerate(link.parent.key))}"
            f" WHERE {points(link)} AND x.what"
        )
        self.selection.run(
            f"UPDATE {bring(pair)} AS b SET what = 'out' WHERE what IN {_WRITTEN}"
            f" AND EXISTS (SELECT 1 {row} AND EXISTS ({parent} = 'out'))"
        )
        self._ask(
            pair,
            ConflictKind.MISSING_PARENT,
            _gathered(
                pair,
                f"b.what IN {_WRITTEN} AND EXISTS (SELECT 1 {row} AND NOT {self.selection.parent_now(link)}"
                f" AND NOT EXISTS ({parent} <> 'out'))",
            ),
        )
        self._act(pair, ConflictKind.MISSING_PARENT, Answer.LEAVE_OUT, What.OUT)

    def _spare_parents(self, pair: Pair) -> None:
        """Of rows that are to be taken out, those to which rows point now."""
        now = self.selection.now
        if pair.now is None or not self.selection.count_gone(pair):
            return
        for table, key in now.referring(pair.now.name):
            if len(key.columns) != len(key.parent_columns) or table.problem:
                continue
            child = self.selection.known(table.name)
            source = f"main.{quote(table.name)} AS c"
            stays = ""
            if child is not None:
                stays = (
                    f" AND NOT EXISTS (SELECT 1 FROM {gone(child)} AS h WHERE {gone_key('c', child, 'h')})"
                    f" AND NOT EXISTS (SELECT 1 FROM {bring(child)} AS b WHERE b.what = 'update'"
                    f" AND {now_key('c', child.key_now)})"
                )
            pointing = " AND ".join(
                f"m.{quote(theirs)} = c.{quote(ours)}"
                for ours, theirs in zip(key.columns, key.parent_columns, strict=True)
            )
            self._ask(
                pair,
                ConflictKind.HAS_CHILDREN,
                f"SELECT {keys('k', pair, 'g.')} FROM {gone(pair)} AS g CROSS JOIN {pair.now_sql} AS m"
                f" ON {gone_key('m', pair)} WHERE EXISTS (SELECT 1 FROM {source} WHERE {pointing}{stays})",
            )
        self.selection.run(
            f"DELETE FROM {gone(pair)} AS g WHERE EXISTS (SELECT 1 FROM {asked(pair)} AS a"
            f" WHERE a.kind = 'has_children' AND a.answer = 'keep' AND {_same_k('a', 'g', pair)})"
        )

    # Asking

    def _ask(self, pair: Pair, kind: ConflictKind, rows_sql: str) -> int:
        """Note conflicts of a kind, with the answers that were given; how many are new.

        Args:
            rows_sql: a query of their keys then.
        """
        default = DEFAULTS.get(kind, "")
        for choice in self.request.choices:
            if choice.kind is kind and not choice.table:
                default = choice.answer
        for choice in self.request.choices:
            if choice.kind is kind and fold(choice.table) == fold(pair.then.name) and not choice.key:
                default = choice.answer
        noted = self.selection.run(
            f"INSERT OR IGNORE INTO {asked(pair)} (kind, {keys('k', pair)}, answer)"
            f" SELECT '{kind}', *, '{default}' FROM ({rows_sql})"
        )
        for choice in self.request.choices:
            if choice.kind is kind and choice.key and fold(choice.table) == fold(pair.then.name):
                named = " AND ".join(f"k{at} = ?" for at in range(len(choice.key)))
                self.selection.run(
                    f"UPDATE {asked(pair)} SET answer = ? WHERE kind = ? AND {named}",
                    (choice.answer.value, kind.value, *choice.key),
                )
        return noted

    def _act(self, pair: Pair, kind: ConflictKind, answer: Answer, what: What, only: str = "1") -> None:
        """Do with the rows of a kind what was answered."""
        self.selection.run(
            f"UPDATE {bring(pair)} AS b SET what = '{what}' WHERE b.what <> 'out' AND {only} AND EXISTS"
            f" (SELECT 1 FROM {asked(pair)} AS a WHERE a.kind = '{kind}' AND a.answer = '{answer}'"
            f" AND {_same_k('a', 'b', pair)})"
        )


def gone_key(row: str, pair: Pair, taken: str = "g") -> str:
    """That a row of the file is the row `taken` that is taken out."""
    return " AND ".join(f"{row}.{quote(name)} = {taken}.k{at}" for at, name in enumerate(pair.key_now))


def _gathered(pair: Pair, condition_sql: str) -> str:
    """A query of the keys of the gathered rows `b` that meet a condition."""
    return f"SELECT {keys('k', pair, 'b.')} FROM {bring(pair)} AS b WHERE {condition_sql}"


def _same_k(one: str, two: str, pair: Pair) -> str:
    return " AND ".join(f"{one}.k{at} = {two}.k{at}" for at in range(len(pair.key)))
