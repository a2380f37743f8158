"""What holds the same identities changes alike in a proposal, however many links lie between two columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import checked, released
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.model import (
    ColumnScan,
    SameValues,
    Scan,
    TableRole,
    TableScan,
    Verdict,
)
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.propose import propose
from steward_app.services.schema import read_schema


class Link(NamedTuple):
    """Column number `child` of the graph holds values of `parent`."""

    child: int
    parent: int
    declared: bool


class Graph(NamedTuple):
    kinds: Sequence[str]
    declared: Sequence[str]
    links: Sequence[Link]
    numbers: bool

    @property
    def places(self) -> list[Place]:
        """Two columns a table, so that some links lead into their own."""
        return [Place(f"t{number // 2}", f"c{number}") for number in range(len(self.kinds))]


def graphs() -> st.SearchStrategy[Graph]:
    numbers = st.integers(2, 6)
    return numbers.flatmap(
        lambda count: (
            st.builds(
                Graph,
                st.lists(
                    st.sampled_from(["", "email", "account", "person_number", "device_id"]),
                    min_size=count,
                    max_size=count,
                ),
                st.lists(st.sampled_from(["TEXT", "TEXT COLLATE NOCASE"]), min_size=count, max_size=count),
                st.lists(
                    st.builds(
                        Link, st.integers(0, count - 1), st.integers(0, count - 1), st.booleans()
                    ).filter(lambda link: link.child != link.parent),
                    max_size=8,
                    unique_by=lambda link: (link.child, link.parent),
                ),
                st.just(value=False),
            )
            | st.builds(
                Graph,
                st.lists(st.sampled_from(["", "person_number", "device_id"]), min_size=count, max_size=count),
                st.lists(st.sampled_from(["TEXT", "INTEGER", ""]), min_size=count, max_size=count),
                st.lists(
                    st.builds(
                        Link, st.integers(0, count - 1), st.integers(0, count - 1), st.just(value=False)
                    ).filter(lambda link: link.child != link.parent),
                    max_size=8,
                    unique_by=lambda link: (link.child, link.parent),
                ),
                st.just(value=True),
            )
        )
    )


def built(folder: Path, graph: Graph) -> Path:
    """A file with the columns and keys of a graph; every column holds the same identities."""
    database = a_database(folder)
    places = graph.places
    parents = {link.parent for link in graph.links if link.declared}
    for table in dict.fromkeys(place.table for place in places):
        own = [number for number, place in enumerate(places) if place.table == table]
        columns = []
        for number in own:
            keys = [
                f"REFERENCES {places[link.parent].table} ({places[link.parent].column})"
                for link in graph.links
                if link.declared and link.child == number
            ]
            unique = "UNIQUE" if number in parents else ""
            columns.append(f"c{number} {graph.declared[number]} {unique} {' '.join(keys)}")
        rows = [tuple(_value(graph, number, n + 3 * number) for number in own) for n in range(12)]
        database = database.with_table(table, f"id INTEGER PRIMARY KEY, {', '.join(columns)}").with_rows(
            table, [(n, *row) for n, row in enumerate(rows, 1)]
        )
    return database.build()


def _value(graph: Graph, number: int, n: int) -> SqlValue:
    if graph.numbers:
        return (
            str(700_123 + 37 * (n % 12)) if graph.declared[number] != "INTEGER" else 700_123 + 37 * (n % 12)
        )
    text = f"ada{n % 12}@berg.org"
    return text.upper() if "NOCASE" in graph.declared[number] and n % 5 == 0 else text


def proposed(path: Path, graph: Graph) -> ReleaseRules:
    tables = tuple(
        TableScan(name, TableRole.SATELLITE, "", 12, "") for name in {p.table for p in graph.places}
    )
    columns = tuple(
        ColumnScan(place, "", 12, 12, 12, 12, Verdict.PERSONAL if kind else Verdict.NOT_PERSONAL, kind, 0.9)
        for place, kind in zip(graph.places, graph.kinds, strict=True)
    )
    same = tuple(
        SameValues(graph.places[link.child], graph.places[link.parent], 1.0)
        for link in graph.links
        if not link.declared
    )
    scan = Scan(str(path), "", "", "", True, 0, 0.0, tables, columns, same)
    with open_read(path) as session:
        return propose(read_schema(session), scan, classification(path), "r")


def meetings(rows: dict[str, list[tuple[SqlValue, ...]]], graph: Graph, link: Link) -> int:
    """How many rows of the two columns of a link find each other."""

    def column(number: int) -> Counter[str]:
        at = number % 2 + 1
        nocase = "NOCASE" in graph.declared[link.parent] + graph.declared[link.child]
        texts = (str(row[at]) for row in rows[graph.places[number].table])
        return Counter(text.lower() if nocase else text for text in texts)

    child, parent = column(link.child), column(link.parent)
    return sum(many * parent[value] for value, many in child.items())


TWO = ["TEXT"] * 4
CHAIN = Graph(["email"] * 4, TWO, [Link(0, 1, True), Link(1, 2, False), Link(2, 3, True)], False)
CYCLE = Graph(
    ["", "email", "", "account"],
    TWO,
    [Link(0, 1, False), Link(1, 2, False), Link(2, 0, False), Link(3, 0, True)],
    False,
)
APART = Graph(
    ["account", "email", "email", ""], TWO, [Link(1, 0, False), Link(1, 2, False), Link(3, 2, True)], False
)
OWN = Graph(["email", "email", "email", ""], TWO, [Link(1, 0, False), Link(0, 2, False)], False)
MIXED = Graph(["device_id", ""], ["TEXT", "INTEGER"], [Link(0, 1, False)], True)


@settings(max_examples=60, deadline=None)
@example(CHAIN)
@example(CYCLE)
@example(APART)
@example(OWN)
@example(MIXED)
@given(graph=graphs())
def test_what_met_before_meets_in_the_copy(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> None:
    path = built(tmp_path_factory.mktemp("graph"), graph)
    rules = proposed(path, graph)
    assert [each.code for each in checked(path, rules) if each.blocks] == []
    before, _ = released(path, ReleaseRules("none", ()))
    after, _ = released(path, rules)
    for link in graph.links:
        assert meetings(after, graph, link) == meetings(before, graph, link) > 0, (link, rules.rules)


def test_both_columns_of_a_key_follow_over_a_table_between(tmp_path: Path) -> None:
    """bill and claim refer to the account; a letter holds the same two columns without a key."""
    pairs = [(f"ada{n}@berg.org", f"acc-{n:05}") for n in range(20)]
    path = (
        a_database(tmp_path)
        .with_table("account", "mail TEXT, code TEXT, PRIMARY KEY (mail, code)", rows=pairs)
        .with_table(
            "bill",
            "mail TEXT, code TEXT, FOREIGN KEY (mail, code) REFERENCES account",
            rows=pairs,
        )
        .with_table("letter", "mail TEXT, code TEXT", rows=pairs)
        .build()
    )
    kinds = {"mail": "email", "code": "account"}
    tables = ("account", "bill", "letter")
    seen = tuple(
        ColumnScan(Place(table, name), "", 20, 20, 20, 20, Verdict.PERSONAL, kind, 0.9)
        for table in tables
        for name, kind in kinds.items()
    )
    same = tuple(SameValues(Place("letter", name), Place("bill", name), 1.0) for name in kinds)
    told = tuple(TableScan(table, TableRole.SATELLITE, "", 20, "") for table in tables)
    scan = Scan(str(path), "", "", "", True, 0, 0.0, told, seen, same)
    with open_read(path) as session:
        rules = propose(read_schema(session), scan, classification(path), "r")
    assert not [each for each in checked(path, rules) if each.blocks]
    found, _ = released(path, rules)
    assert found["account"] == found["bill"] == found["letter"] and found["bill"] != pairs


def test_what_few_rows_share_meets_as_well_by_its_type(catalog: Catalog, tmp_path: Path) -> None:
    """A column of which a pair is known goes on to share its pseudonyms with all others of its type."""
    path = boss(tmp_path)
    rules = propose_rules(catalog, path, "r", Context())
    mails = [Place("person", "email"), Place("person", "boss"), Place("news", "mail"), Place("tx", "owner")]
    assert {str(rule.options.get("domain")) for place in mails if (rule := rules.at(place))} == {"type:email"}
    found, _ = released(path, rules)
    people = {row[1] for row in found["person"]}
    assert len(people) == 300
    assert sum(row[4] in people for row in found["person"]) == 294
    assert sum(row[1] in people for row in found["fair"]) == 60
    assert {row[1] for row in found["tx"]} <= people


def boss(folder: Path) -> Path:
    """People with the address of a boss, which no key declares; visitors of a fair, of which few are people."""
    mails = [f"{name}.moor{n}@berg.org" for n, name in enumerate(["ada", "eva", "ida"] * 100)]
    people = [
        (n, mail, "Ada", "Moor", mails[(n - 6) // 2] if n >= 6 else None) for n, mail in enumerate(mails)
    ]
    return (
        a_database(folder)
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, email TEXT UNIQUE, given TEXT, family TEXT, boss TEXT",
            rows=people,
        )
        .with_table("news", "id INTEGER PRIMARY KEY, mail TEXT", rows=list(enumerate(mails)))
        .with_table(
            "tx",
            "id INTEGER PRIMARY KEY, owner TEXT REFERENCES person (email)",
            rows=list(enumerate(mails[:40])),
        )
        .with_table(
            "fair",
            "id INTEGER PRIMARY KEY, email TEXT",
            rows=[(n, mails[n] if n < 60 else f"u{n}@tal.org") for n in range(300)],
        )
        .build()
    )


def test_what_is_the_same_by_chance_is_not_joined(catalog: Catalog, tmp_path: Path) -> None:
    """Quantities, cents, years and codes of countries are numbers of customers, too."""
    chance = Random(6)
    numbers = chance.sample(range(10_000, 100_000), 6_000)
    countries = ["DEU", "AUT", "CHE", "FRA", "ITA", "ESP", "PRT"]
    path = (
        a_database(tmp_path)
        .with_table("country", "code TEXT PRIMARY KEY, name TEXT", rows=[(c, f"{c} land") for c in countries])
        .with_table(
            "customer",
            "id INTEGER PRIMARY KEY, customer_no INTEGER UNIQUE, email TEXT, country TEXT",
            rows=[(n, number, f"a{n}@berg.org", countries[n % 7]) for n, number in enumerate(numbers, 1)],
        )
        .with_table(
            "article",
            "id INTEGER PRIMARY KEY, weight INTEGER, cents INTEGER, year INTEGER, origin TEXT",
            rows=[
                (n, chance.randint(1, 3_000), chance.randint(10_000, 99_999), 1990 + n % 30, countries[n % 7])
                for n in range(1, 6_000)
            ],
        )
        .build()
    )
    rules = propose_rules(catalog, path, "r", Context())
    assert rules.at(Place("customer", "customer_no")) and rules.at(Place("customer", "id"))
    assert not [rule for rule in rules.rules if rule.place.table in ("article", "country")]
    assert not [each for each in checked(path, rules) if each.blocks]
