"""Copies of generated schemas: foreign keys hold, no original is left, the original stays as it is to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.releases import stored
from steward_app.db import open_read, quote
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule, Subset

KEY = b"k" * 32
NAMES = ("person", 'odd "name', "select", "a;b", "naïve")


@dataclass(frozen=True)
class Case:
    """A parent whose key is an e-mail address, a child with a nullable link, and another child of both."""

    parent: str
    collation: str
    action: str
    without_rowid: bool
    strict: bool
    wal: bool
    rows: int
    links: tuple[int | None, ...]
    subset: float | None


CASES = st.builds(
    Case,
    parent=st.sampled_from(NAMES),
    collation=st.sampled_from(("", " COLLATE NOCASE")),
    action=st.sampled_from(("", " ON UPDATE CASCADE", " ON UPDATE SET NULL", " ON DELETE RESTRICT")),
    without_rowid=st.booleans(),
    strict=st.booleans(),
    wal=st.booleans(),
    rows=st.integers(1, 12),
    links=st.lists(st.none() | st.integers(0, 11), max_size=20).map(tuple),
    subset=st.none() | st.floats(0.1, 1),
)


def original(number: int) -> str:
    return f"zyxw{number:04}@orig.example"


def database(folder: Path, case: Case) -> Path:
    parent, collate = quote(case.parent), case.collation
    options = ", ".join(
        word for word, used in (("WITHOUT ROWID", case.without_rowid), ("STRICT", case.strict)) if used
    )
    links = [link if link is None else link % case.rows for link in case.links]

    def spelt(link: int | None) -> str | None:
        if link is None:
            return None
        return original(link).upper() if collate and link % 2 else original(link)

    builder = (
        a_database(folder, "case.db")
        .with_sql(
            f"CREATE TABLE {parent} (email TEXT{collate} NOT NULL PRIMARY KEY, of TEXT{collate}"
            f" REFERENCES {parent} (email){case.action}, n INTEGER) {options}",
            f"CREATE TABLE child (id INTEGER PRIMARY KEY, email TEXT{collate} REFERENCES {parent}{case.action})",
            f"CREATE TABLE pair (a TEXT{collate}, b INTEGER, FOREIGN KEY (a) REFERENCES {parent} (email),"
            " FOREIGN KEY (b) REFERENCES child (id), UNIQUE (a, b))",
        )
        .with_rows(
            case.parent,
            [(original(n), original(n // 2) if n else None, 7) for n in range(case.rows)],
        )
        .with_rows("child", [(n, spelt(link)) for n, link in enumerate(links)])
        .with_rows("pair", sorted({(original(link or 0), n) for n, link in enumerate(links)}))
        .with_sql(f"CREATE TRIGGER acts AFTER INSERT ON child BEGIN UPDATE {parent} SET n = 0; END")
    )
    return (builder.in_wal_mode() if case.wal else builder).build()


def rules(case: Case) -> ReleaseRules:
    return ReleaseRules(
        "generated",
        (Rule(Place(case.parent, "email"), Technique.PSEUDONYM, {"kind": "email"}),),
        subset=Subset(case.parent, case.subset) if case.subset else None,
    )


@settings(max_examples=30)
@given(case=CASES)
def test_a_copy_of_any_schema_holds(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    folder = tmp_path_factory.mktemp("generated")
    path, new = database(folder, case), folder / "copy.db"
    before = path.read_bytes()
    new.touch()
    made = make(path, new, rules(case), KEY, Context())
    assert path.read_bytes() == before
    assert all(check.passed for check in made.checks)
    assert b"orig.example" not in new.read_bytes().lower()
    assert stored(new) == stored(path)
    with open_read(new) as copied, open_read(path) as source:
        assert copied.all("PRAGMA foreign_key_check") == []
        table = quote(case.parent)
        assert copied.count(f"SELECT count(*) FROM {table} WHERE n = 0") == 0
        if case.subset is None:
            for counted in (table, "child", "pair", "child WHERE email IS NULL"):
                sql = f"SELECT count(*) FROM {counted}"
                assert copied.count(sql) == source.count(sql)
            linked = f"SELECT count(*) FROM child c JOIN {table} p ON p.email = c.email"
            assert copied.count(linked) == source.count(linked)
