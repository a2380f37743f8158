"""Which rows a copy holds: chosen by a share or a filter, closed over foreign keys, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read, qualified
from steward_app.kernel.errors import StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.copy import plan_copy
from steward_app.services.privacy.anonymize.planning import rules_of
from steward_app.services.privacy.anonymize.subset import choose
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.rules import Relation, Subset
from steward_app.services.schema import read_schema

KEY = b"k" * 32


def shop(folder: Path) -> Path:
    """Customers of employees who have managers, orders with lines of products, and settings of nobody."""
    return (
        a_database(folder, "shop.db")
        .with_table(
            "employee",
            "id INTEGER PRIMARY KEY, boss INTEGER REFERENCES employee (id)",
            rows=[(n, n // 2 or None) for n in range(1, 16)],
        )
        .with_table(
            "customer",
            "email TEXT COLLATE NOCASE PRIMARY KEY, keeper INTEGER REFERENCES employee (id)",
            rows=[(f"C{n}@x.org", 1 + n % 15) for n in range(100)],
        )
        .with_table("product", "code TEXT PRIMARY KEY", rows=[(f"p{n}",) for n in range(10)])
        .with_table(
            "order",
            "shop INTEGER, no INTEGER, email TEXT REFERENCES customer (email), PRIMARY KEY (shop, no)",
            rows=[(n % 3, n, f"c{n % 100}@x.org") for n in range(200)],
        )
        .with_sql(
            "CREATE TABLE line (shop INTEGER, no INTEGER, n INTEGER, product TEXT REFERENCES product (code),"
            ' FOREIGN KEY (shop, no) REFERENCES "order" (shop, no), PRIMARY KEY (shop, no, n)) WITHOUT ROWID'
        )
        .with_rows("line", [(n % 3, n, k, f"p{(n + k) % 10}") for n in range(200) for k in range(2)])
        .with_table("mail", "sent_to TEXT", rows=[(f"c{n}@x.org",) for n in range(100)])
        .with_table("setting", "name TEXT", rows=[("a",), ("b",)])
        .with_table("shelf", "id INTEGER PRIMARY KEY, above REFERENCES shelf (id)", rows=[(1, None), (2, 1)])
        .with_table("box", "id INTEGER PRIMARY KEY, shelf REFERENCES shelf (id)", rows=[(1, 2)])
        .build()
    )


def counts(path: Path, subset: Subset, key: bytes = KEY) -> dict[str, int]:
    with open_read(path) as session, session.snapshot():
        return dict(choose(session, read_schema(session, Context()), subset, key, Context()).counts)


def kept(path: Path, subset: Subset, table: str, key: bytes = KEY) -> list[tuple[object, ...]]:
    with open_read(path) as session, session.snapshot():
        chosen = choose(session, read_schema(session, Context()), subset, key, Context())
        return session.all(f"SELECT * FROM {qualified(table)} AS t WHERE {chosen.where_sql(table, 't')}")


def test_one_customer_brings_what_is_theirs_and_what_that_points_to(tmp_path: Path) -> None:
    found = counts(shop(tmp_path), Subset("customer", where="email = 'c7@x.org'"))
    assert found["customer"] == 1
    assert found["order"] == 2
    assert found["line"] == 4
    assert found["employee"] == 4  # the keeper 8 and those above: 4, 2, 1
    assert found["product"] == len({(n + k) % 10 for n in (7, 107) for k in range(2)})


def test_a_share_of_a_hierarchy_does_not_pull_in_everybody_below(tmp_path: Path) -> None:
    path = shop(tmp_path)
    found = counts(path, Subset("employee", where="id = 8"))
    assert found["employee"] == 4
    assert found["customer"] == len([n for n in range(100) if 1 + n % 15 == 8])


def test_a_share_is_the_nearest_number_and_the_same_with_the_same_key(tmp_path: Path) -> None:
    path, subset = shop(tmp_path), Subset("customer", 0.1)
    first, again, other = (kept(path, subset, "customer", key) for key in (KEY, KEY, b"o" * 32))
    assert len(first) == len(other) == 10
    assert first == again
    assert first != other


def test_a_larger_share_holds_the_smaller_one(tmp_path: Path) -> None:
    path = shop(tmp_path)
    small, large = (set(kept(path, Subset("customer", share), "customer")) for share in (0.1, 0.3))
    assert small < large


def test_tables_that_have_nothing_to_do_with_it_go_along_whole(tmp_path: Path) -> None:
    path = shop(tmp_path)
    with open_read(path) as session, session.snapshot():
        schema = read_schema(session, Context())
        chosen = choose(session, schema, Subset("customer", 0.1), KEY, Context())
        assert set(chosen.whole) == {"mail", "setting", "shelf", "box"}
        assert chosen.where_sql("setting", "t") == ""


@pytest.mark.parametrize("where", ["email = 'nobody'", "email = 'c1@x.org'"])
def test_a_filter_that_no_row_fits_is_told(catalog: Catalog, tmp_path: Path, where: str) -> None:
    path = shop(tmp_path)
    scan(path, Context(), catalog=catalog)
    plan = plan_copy(catalog, path, tmp_path / "copy.db", Context(), subset=Subset("Customer", where=where))
    told = [each.title for each in plan.findings if each.code == "no_row_chosen"]
    assert [sentence.split(":")[0] for sentence in told] == (
        ["No row of “customer” fits the filter"] if "nobody" in where else []
    )


def test_a_relation_that_the_policy_names_is_followed(tmp_path: Path) -> None:
    said = Relation("mail", ("sent_to",), "customer", ("email",))
    found = counts(shop(tmp_path), Subset("customer", where="email = 'C7@x.org'", relations=(said,)))
    assert found["mail"] == 1


def test_a_cycle_ends(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "a", "id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id)", rows=[(n, n) for n in range(9)]
        )
        .with_table(
            "b",
            "id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id)",
            rows=[(n, (n + 1) % 9) for n in range(9)],
        )
        .build()
    )
    assert counts(path, Subset("a", where="id = 3")) == {"a": 9, "b": 9}


@pytest.mark.parametrize(
    "subset",
    [
        Subset("gone", 0.5),
        Subset("customer", where="nothing = 1"),
        Subset("customer", where="1) ; DROP TABLE mail; --"),
        Subset("customer", where="email IN (SELECT load_extension('x'))"),
        Subset("mail", 0.5, relations=(Relation("mail", ("no",), "customer", ("email",)),)),
    ],
)
def test_what_cannot_be_chosen_is_refused(tmp_path: Path, subset: Subset) -> None:
    with pytest.raises(StewardError):
        counts(shop(tmp_path), subset)


@settings(max_examples=25)
@given(
    links=st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40),
    share=st.floats(0.05, 1),
)
def test_no_foreign_key_leads_out_of_a_subset(
    tmp_path_factory: pytest.TempPathFactory, links: list[tuple[int, int]], share: float
) -> None:
    path = (
        a_database(tmp_path_factory.mktemp("subset"))
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, of INTEGER REFERENCES person (id)",
            rows=[(n, (n * 7) % 20) for n in range(20)],
        )
        .with_table(
            "link",
            "a INTEGER REFERENCES person (id), b INTEGER REFERENCES person (id), PRIMARY KEY (a, b)",
            rows=sorted(set(links)),
        )
        .build()
    )
    subset = Subset("person", share)
    people = {row[0] for row in kept(path, subset, "person")}
    assert all(of in people for _, of in kept(path, subset, "person"))
    for a, b in kept(path, subset, "link"):
        assert a in people
        assert b in people


@pytest.mark.parametrize("asked", [None, Subset("customer", where="email = 'C7@x.org'")])
def test_what_the_policy_says_belongs_together_goes_along(
    catalog: Catalog, tmp_path: Path, asked: Subset | None
) -> None:
    path = shop(tmp_path)
    policy_path(path).write_text(
        "version: 1\nreleases:\n  test:\n    subset:\n      table: customer\n      where: email = 'C7@x.org'\n"
        "      relations: [{table: mail, columns: [sent_to], parent: customer, parent_columns: [email]}]\n"
    )
    rules, _, _ = rules_of(catalog, path, "test", Context(), subset=asked)
    assert rules.subset is not None
    assert counts(path, rules.subset)["mail"] == 1


def test_a_filter_that_never_ends_is_stopped(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    path = shop(tmp_path)
    with pytest.raises(UsageError, match="The filter of “customer” takes too long"):
        counts(path, Subset("customer", where=f"keeper = ({endless})"))
    by_index = "EXISTS (SELECT 1 FROM employee AS e WHERE e.id = keeper AND e.boss IS NULL)"
    assert counts(path, Subset("customer", where=by_index))["customer"] == 7
