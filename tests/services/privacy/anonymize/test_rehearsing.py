"""A rehearsal of a copy tells check by check what came of it, and so does the refusal of the copy itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import open_catalog
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.operation import Confirmation
from steward_app.services.privacy.anonymize.wish import Wish, fulfil, plan_wish, rehearse_wish
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule, Subset


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [
        (n, f"ann{n}@clinic.example", f"{'Has asked for another day. ' * 4}ann{n}@clinic.example")
        for n in range(1, 9)
    ]
    return (
        a_database(tmp_path / "c.db").with_table("p", "id INTEGER PRIMARY KEY, mail, note", rows=rows).build()
    )


def test_every_check_is_told_by_itself(path: Path, tmp_path: Path) -> None:
    rules = ReleaseRules(
        "r",
        (
            Rule(Place("p", "id"), Technique.KEEP),
            Rule(Place("p", "mail"), Technique.PSEUDONYM, {"kind": "email"}),
            Rule(Place("p", "note"), Technique.KEEP),
        ),
        subset=Subset("p", where="id < 5"),
    )
    wish = Wish(tmp_path / "copy.db", rules, keep=False)
    with open_catalog() as catalog:
        plan = plan_wish(catalog, path, database_id(catalog, path, Context()), wish, Context())
        assert not plan.blocking
        found = rehearse_wish(catalog, wish, plan, Context())
        assert [check.title for check in found.checks if not check.passed] == [
            "No value of a changed column was found"
        ]
        assert found.checks[0].title == "The copy can be built"
        assert found.checks[0].passed
        assert len(found.checks) > 3
        with pytest.raises(
            Failure, match="“No value of a changed column was found” does not hold: Original values"
        ):
            fulfil(catalog, wish, plan, Context(), Confirmation.of(plan))
    assert not (tmp_path / "copy.db").exists()


def test_rows_that_leave_the_database_itself_are_told_first(path: Path) -> None:
    rules = ReleaseRules(
        "r",
        tuple(Rule(Place("p", name), Technique.KEEP) for name in ("id", "mail", "note")),
        quasi_identifiers={"p": ("mail",)},
        limits=Limits(k=2),
    )
    with open_catalog() as catalog:
        known_as = database_id(catalog, path, Context())
        codes = {}
        for target in (None, path.with_name("copy.db")):
            plan = plan_wish(catalog, path, known_as, Wish(target, rules, keep=False), Context())
            codes[target is None] = {each.code: each for each in plan.findings}
    told = codes[True]["rows_leave"]
    assert told.title == "8 rows in 1 table would leave the database for good"
    assert told.detail.endswith("“p” 8.")
    assert "rows_leave" not in codes[False], "a copy takes nothing from the database"
