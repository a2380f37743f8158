"""What docs/audit-log.md tells other programs to do works, as it stands there, in plain SQLite."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, verified
from builders.writers import writer
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.services.audit.engine import tables

DOC = Path(__file__).parents[3] / "docs" / "audit-log.md"
CHANGE = "UPDATE price SET amount = 2.5 WHERE id < 4"


@pytest.fixture
def path(catalog: Catalog, tmp_path: Path) -> Path:
    rows = [(n, float(n)) for n in range(1, 6)]
    path = a_database(tmp_path).with_table("price", "id INTEGER PRIMARY KEY, amount REAL", rows=rows).build()
    install(catalog, path)
    return path


def statements() -> list[str]:
    """Those of the page, with a change where it says so."""
    (script,) = re.findall(r"```sql\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    return [
        each.strip() for each in script.replace("-- the changes", f"{CHANGE};").split(";") if each.strip()
    ]


@pytest.mark.parametrize("who", ["bundled", "python"])
def test_a_stranger_says_who_it_is(path: Path, who: str) -> None:
    with writer(who) as stranger:
        stranger.write(path, ["PRAGMA trusted_schema = OFF", "PRAGMA foreign_keys = ON", *statements()])
    with open_read(path) as session:
        (txn,) = tables.txns(session)
        logged = session.all("SELECT txn, rid, o1, n1 FROM _steward_audit_log_1 ORDER BY seq")
        assert session.one("SELECT txn, guard FROM _steward_audit_clock") == (None, None)
    assert (txn.actor, txn.application, txn.reason) == ("ada", "import 1.4", "monthly import")
    assert 1_600_000_000_000_000 < txn.begun_us < 1 << 53
    assert logged == [(txn.txn, n, float(n), 2.5) for n in (1, 2, 3)]
    assert verified(path).holds


def test_one_that_forgets_to_take_its_name_back_cannot_commit(path: Path) -> None:
    forgetful = [each for each in statements() if "guard = NULL" not in each]
    assert len(forgetful) == len(statements()) - 1
    with writer("python") as stranger:
        stranger.write(path, ["PRAGMA foreign_keys = ON", *forgetful])
    with open_read(path) as session:
        assert session.count("SELECT count(*) FROM price WHERE amount = 2.5") == 0
        assert session.count("SELECT count(*) FROM _steward_audit_txn") == 0
