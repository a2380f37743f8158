"""Columns that a policy names from elsewhere: at the end of foreign keys, of another table, and in SQL.

A rule says by which foreign keys a row leads to its person, a list of a release says "visit_id>patient_id" or
"patient.postcode", and a subset says `where`. Each is followed to what it means by the names of before, and said again
by those of afterwards. What cannot be followed stays as it is: a plan that needs it then asks.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence, Sequence
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from steward_app.catalog.policy_names import Link, NewName, Twin
from steward_app.catalog.policy_parts import LISTS, at, items, maps, rules_in
from steward_app.db.names import fold, quote
from steward_app.db.tokens import Category, Token, tokenize, unquote

PERSON: Final = "person"
"""The option of a rule that names foreign keys, one after the other; each by its columns."""
_LED: Final = "shift"
"""The technique whose rows are persons of their own where no key leads to one."""


class Ways:
    """Where tables and columns are afterwards.

    Args:
        links: foreign keys of the file, by the names of afterwards, or of before where it still has those.
    """

    def __init__(self, names: Sequence[NewName], links: Sequence[Link]) -> None:
        self._tables = {fold(each.table): each.name for each in names if each.of_table}
        self._were = {fold(each.name): each.table for each in names if each.of_table}
        self._columns = {
            (fold(each.table), fold(each.column)): each
            for each in names
            if not each.of_table and each.twin in (Twin.NO, Twin.GOES, Twin.AGAIN)
        }
        self._links = links

    def table(self, name: str) -> str:
        """The name that a table has afterwards."""
        return self._tables.get(fold(name), name)

    def place(self, table: str, column: str) -> tuple[str, str]:
        """The table and the name that a column has afterwards."""
        found = self._columns.get((fold(table), fold(column)))
        if found is None:
            return self.table(table), column
        return found.into or self.table(table), found.name

    def hops(self, table: str, column: str, hops: Sequence[Sequence[str]]) -> list[list[str]]:
        """The foreign keys that lead from a column to its person."""
        moved = self._columns.get((fold(table), fold(column)))
        here = self.place(table, column)[0]
        found: list[list[str]] = []
        was = table
        for number, hop in enumerate(hops):
            if (
                not number
                and moved
                and moved.goes_by
                and [fold(each) for each in hop] == [fold(moved.goes_by)]
            ):
                was = self._were.get(fold(moved.into), moved.into)
                continue
            places = [self.place(was, each) for each in hop]
            homes = {fold(home) for home, _ in places}
            if not number and moved and moved.comes_by and homes == {fold(self.table(table))}:
                found.append([moved.comes_by])
            elif homes != {fold(here)}:
                return [list(each) for each in hops]
            found.append([name for _, name in places])
            parent = self._parent(was, hop, places[0][0], found[-1])
            if not parent:
                return [*found, *(list(each) for each in hops[number + 1 :])]
            was, here = self._were.get(fold(parent), parent), parent
        if not hops and moved and moved.comes_by:
            found.append([moved.comes_by])
        return found

    def item(self, table: str, said: str) -> str:
        """What a list of a table names: "visit_id>postcode" by foreign keys, "patient.postcode" in another table."""
        if ">" in said:
            return self._way(table, said.split(">"))
        for dot, character in enumerate(said):
            if character == ".":
                named = said[:dot], said[dot + 1 :]
                home, name = self.place(*named)
                if (home, name) != named:
                    return name if fold(home) == fold(self.table(table)) else f"{home}.{name}"
        return said

    def where(self, table: str, sql: str) -> str:
        """A condition on rows of a table. One that asks other tables, too, stays as it is."""
        tokens = tokenize(sql)
        if any(token.word in ("SELECT", "WITH") for token in tokens):
            return sql
        solid = [token for token in tokens if token.category not in (Category.SPACE, Category.COMMENT)]
        parts, end = [], 0
        for number, token in enumerate(solid):
            name = self._written(table, token, solid[max(number - 2, 0) : number], solid[number + 1 :][:1])
            if name != token.text:
                parts += [sql[end : token.offset], name]
                end = token.end
        return "".join([*parts, sql[end:]])

    def _written(self, table: str, token: Token, before: Sequence[Token], behind: Sequence[Token]) -> str:
        """A token of a condition as it is written afterwards, told from the two before it and the one behind it."""
        last, next_ = before[-1:], behind[0].text if behind else ""
        is_name = token.category in (Category.IDENTIFIER, Category.KEYWORD)
        if not is_name or next_ == "(" or any(each.word in ("AS", "COLLATE") for each in last):
            return token.text
        said = unquote(token.text)
        if next_ == ".":
            name = self.table(said)
            return _as_name(name) if fold(said) == fold(table) and name != said else token.text
        if any(each.text == "." for each in last) and fold(unquote(before[0].text)) != fold(table):
            return token.text
        home, name = self.place(table, said)
        return _as_name(name) if name != said and fold(home) == fold(self.table(table)) else token.text

    def _way(self, table: str, steps: Sequence[str]) -> str:
        """A column by foreign keys, each named by one of its columns."""
        was, found = table, []
        for step in steps[:-1]:
            home, name = self.place(was, step)
            parent = self._parent(was, [step], home, [name]) if fold(home) == fold(self.table(was)) else ""
            if not parent:
                return ">".join(steps)
            found.append(name)
            was = self._were.get(fold(parent), parent)
        home, name = self.place(was, steps[-1])
        return ">".join([*found, name] if fold(home) == fold(self.table(was)) else steps)

    def _parent(self, was: str, were: Sequence[str], table: str, columns: Sequence[str]) -> str:
        """The table that a foreign key points to, by its name afterwards; "" where none is known."""
        for of, names in ((table, columns), (was, were)):
            wanted = {fold(each) for each in names}
            for link in self._links:
                if fold(link.table) == fold(of) and wanted <= {fold(each) for each in link.columns}:
                    return self.table(link.parent) if of == was and of != table else link.parent
        return ""


def follow(data: CommentedMap, names: Sequence[NewName], links: Sequence[Link]) -> None:
    """Say again what names columns from elsewhere. The rest of the document still has the names of before."""
    ways = Ways(names, links)
    for release in maps(data, "releases"):
        for table, columns in items(at(release, "tables")):
            for column, rule in items(columns):
                for _, inner in rules_in(rule):
                    _lead(inner, ways, table, column)
        for part in LISTS:
            for table, said in items(at(release, part)):
                for number, each in enumerate(said if isinstance(said, MutableSequence) else ()):
                    said[number] = ways.item(table, str(each))
        subset = at(release, "subset")
        if isinstance(subset, MutableMapping) and isinstance(subset.get("where"), str):
            where = ways.where(str(subset.get("table")), subset["where"])
            if where != subset["where"]:
                subset["where"] = where


def _lead(rule: Any, ways: Ways, table: str, column: str) -> None:
    """Follow the option of a rule that leads to a person, and say it in the form it has."""
    options = at(rule, "options")
    if not isinstance(rule, MutableMapping) or (
        at(options, PERSON) is None and rule.get("technique") != _LED
    ):
        return
    said = at(options, PERSON)
    listed = said if isinstance(said, MutableSequence) else [] if said is None else [said]
    nested = any(isinstance(each, MutableSequence) for each in listed)
    before = [[str(name) for name in hop] for hop in listed] if nested else [[str(name) for name in listed]]
    before = [hop for hop in before if hop]
    after = ways.hops(table, column, before)
    if after == before:
        return
    if not after:
        del options[PERSON]
        if not options:
            del rule["options"]
        return
    if options is None:
        options = rule["options"] = CommentedMap()
    options[PERSON] = _as_said(after)


def _as_name(name: str) -> str:
    """A name as SQL has it, in quotes where it needs them."""
    tokens = tokenize(name)
    plain = len(tokens) == 1 and tokens[0].category is Category.IDENTIFIER and tokens[0].word
    return name if plain else quote(name)


def _as_said(hops: Sequence[Sequence[str]]) -> Any:
    if len(hops) > 1:
        return CommentedSeq([CommentedSeq(hop) for hop in hops])
    return hops[0][0] if len(hops[0]) == 1 else CommentedSeq(hops[0])
