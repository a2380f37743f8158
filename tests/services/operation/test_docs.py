"""The operation that docs/operations.md builds from nothing works as it stands."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from builders import a_database
from builders.operations import known, yes
from steward_app import db
from steward_app.catalog import Catalog
from steward_app.catalog.policy import read_policy
from steward_app.kernel.progress import Context
from steward_app.services import operation

DOCS = Path(__file__).parents[3] / "docs"


def fence(document: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (DOCS / document).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_operation_of_the_guide(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = ModuleType("guide")
    monkeypatch.setitem(sys.modules, "guide", guide)  # dataclasses look their module up
    exec(compile(fence("operations.md", "python"), "operations.md", "exec"), guide.__dict__)
    made: Any = guide
    path = (
        a_database(tmp_path)
        .with_table('vi"sit', "id INTEGER PRIMARY KEY, note", rows=[(1, ""), (2, "x"), (3, ""), (4, None)])
        .build()
    )
    request = made.EmptyToNull(path, known(catalog, path).id, 'vi"sit', "note")
    plan = made.MakeNull().plan(request, Context())
    assert operation.rehearse(made.MakeNull(), plan, catalog, Context()).passed
    receipt = operation.run(
        made.MakeNull(), plan, catalog, Context(), confirmation=yes(plan), take_point=lambda *_: "pt_1"
    )
    assert receipt.sentence == "2 empty values made NULL"
    with db.open_read(path) as session:
        assert session.count('SELECT count(*) FROM "vi""sit" WHERE note IS NULL') == 3


def test_the_policy_of_the_guide(tmp_path: Path) -> None:
    (tmp_path / "clinic.db.steward.yaml").write_text(fence("policy.md", "yaml"), encoding="utf-8")
    document = read_policy(tmp_path / "clinic.db")
    assert document.comments()["patient", "ssn"].startswith("Social security number")
    assert [role.role.value for role in document.policy.subject_roles] == ["owns", "actor"]
    assert document.unknown_sections == ()
