"""The frame of the Audit page: views under one toolbar, and how far the history can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders import a_database
from builders.sealed import sealed
from builders.under_audit import put_under_audit, run
from steward_app.catalog import Catalog
from steward_app.gui.pages.audit.page import AuditPage

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, reason TEXT", rows=[(1, "fever"), (2, "cough")])
        .build()
    )


def test_a_file_without_history_says_what_it_would_be(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    page = open_page(AuditPage, clinic, catalog=catalog).page
    assert page.status is not None and not page.status.audited
    assert page.stack.currentWidget() is page._none
    assert not page.trust.isVisible()


def test_the_line_of_trust_counts_changes(open_page: Open, clinic: Path, catalog: Catalog) -> None:
    put_under_audit(clinic, "visit")
    sealed(clinic)
    run(clinic, "UPDATE visit SET reason = 'fall' WHERE id = 1", "DELETE FROM visit WHERE id = 2")
    page = open_page(AuditPage, clinic, catalog=catalog).page
    assert page.trust.isVisible()
    assert page.trust.text == "2 changes, not verified yet, 2 not yet protected"


def test_the_line_of_trust_says_what_is_not_watched(open_page: Open, clinic: Path, catalog: Catalog) -> None:
    put_under_audit(clinic, "visit")
    run(clinic, *[f"DROP TRIGGER {name}" for name in triggers(clinic)])
    page = open_page(AuditPage, clinic, catalog=catalog).page
    assert page.trust.text == "1 table is not watched as it should be"


def test_a_history_without_a_seal_has_no_proof(open_page: Open, clinic: Path, catalog: Catalog) -> None:
    put_under_audit(clinic, "visit")
    run(clinic, "DELETE FROM visit WHERE id = 2")
    page = open_page(AuditPage, clinic, catalog=catalog).page
    assert page.trust.text == "The history has no seal, and no proof"


def triggers(path: Path) -> list[str]:
    from steward_app.db import open_read

    with open_read(path) as session:
        return [str(name) for (name,) in session.all("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]
