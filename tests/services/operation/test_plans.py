"""A plan kept in a file comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.operations import Request, a_plan
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Condition, Fingerprint, Plan, Reversal, TableChange
from steward_app.services.operation import load_plan, save_plan

TEXT = st.text(max_size=20)
VALUES = (
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT | st.binary(max_size=8)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FINDINGS = st.builds(
    Finding,
    code=TEXT,
    severity=st.sampled_from(Severity),
    title=TEXT,
    subject=st.builds(Subject, kind=TEXT, table=TEXT, columns=st.tuples(TEXT)),
    count=st.none() | st.integers(0),
    sample_keys=st.lists(st.tuples(VALUES, VALUES), max_size=3).map(tuple),
    blocks=st.booleans(),
)
PLANS = st.builds(
    lambda findings, request, table, reversal, expected: a_plan(
        "test.add",
        Request(Path("/data/clinic.db"), "db-1"),
        findings=tuple(findings),
        request=request,
        changes=(TableChange(table, 3, 5, inserted=2),),
        reversal=reversal,
        fingerprint=Fingerprint("ab", None, (Condition("SELECT count(*) FROM x", expected),)),
    ),
    st.lists(FINDINGS, max_size=3),
    st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    TEXT,
    st.sampled_from(Reversal),
    st.none() | st.integers(-(2**63), 2**63 - 1) | TEXT,
)


def test_a_plan_is_kept_over_an_earlier_plan_and_over_nothing_else(tmp_path: Path) -> None:
    plan = a_plan("test.add", Request(Path("/data/clinic.db"), "db-1"))
    kept, notes, database = (tmp_path / name for name in ("plan.json", "notes.json", "clinic.db"))
    notes.write_text("{}")
    database.write_bytes(b"SQLite format 3\x00" + bytes(84))

    save_plan(plan, kept)
    save_plan(replace(plan, title="Another"), kept)

    assert load_plan(kept).title == "Another"
    for path in (notes, database):
        before = path.read_bytes()
        with pytest.raises(Refused):
            save_plan(plan, path)
        assert path.read_bytes() == before


@given(plan=PLANS)
@settings(max_examples=50, deadline=None)
def test_any_plan_comes_back(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("plans") / "plan.json"
    save_plan(plan, path)
    loaded = load_plan(path)
    assert loaded == plan
    assert repr(loaded) == repr(plan)  # 1 and 1.0 and True are equal, and not the same
    assert json.loads(path.read_text())["schema"] == "steward/plan/v1"


def test_what_only_this_process_knows_is_left_out(tmp_path: Path) -> None:
    plan = a_plan("test.add", Request(Path("/data/clinic.db"), "db-1"), fingerprint=Fingerprint("ab", 7))
    save_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == replace(plan, fingerprint=Fingerprint("ab"))


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"schema": "steward/plan/v2"}', '{"schema": "steward/plan/v1"}', "[" * 100_000],
)
def test_another_document_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(UsageError, match=r"plan\.json"):
        load_plan(tmp_path / "plan.json")
