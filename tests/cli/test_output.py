"""What commands print: JSON that any parser reads, and lines that no name can disturb."""

from __future__ import annotations

import json
import math
import os
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from builders import steward_process
from builders.planted_commands import a_plan
from steward_app.cli.contracts import CONTRACTS, contract
from steward_app.cli.output import Printer, document
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.text import HIDDEN
from steward_app.services.operation import load_plan

HOSTILE = "a\"'; -- \n\t\x1b[31m\x00\u202e\u2028\ud800 <img onerror> =cmd|[red]{}😀"
values = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary())


def a_rehearsal(plan_id: str, seconds: float = 1.0) -> Rehearsal:
    return Rehearsal(plan_id, "2026-11-20T10:00:00.000Z", seconds, ())


def a_finding(**fields: Any) -> Finding:
    return Finding("orphans", Severity.ERROR, "2 visits", Subject("table", "visits"), **fields)


def test_a_document_says_its_schema_first_and_carries_ids() -> None:
    text = document("plan", a_plan(Path("/x"), "asks"))
    assert text.startswith('{\n  "schema": "steward/plan/v1",\n  "id": "pl_1",\n')
    assert text.endswith("}\n")
    assert json.loads(text)["findings"][0]["id"].startswith("f_")


def test_hostile_text_is_the_same_text_after_parsing_and_harmless_before() -> None:
    text = document("rehearsal", a_rehearsal(HOSTILE))
    assert json.loads(text)["plan_id"] == HOSTILE
    assert not re.search(f"(?!\n)[{HIDDEN}]", text)
    assert "😀" in text
    text.encode("utf-8")


@given(st.text(st.characters(codec=None)))
def test_any_text_survives(text: str) -> None:
    assert json.loads(document("rehearsal", a_rehearsal(text)))["plan_id"] == text


@pytest.mark.parametrize(("value", "shown"), [(math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_infinities_and_bytes_have_a_form_of_their_own(value: float, shown: str) -> None:
    assert json.loads(document("rehearsal", a_rehearsal("x", value)))["seconds"] == {"real": shown}
    fields = json.loads(document("plan", _with(a_finding(sample_keys=((b"\xff\x00", value),)))))
    assert fields["findings"][0]["sample_keys"] == [[{"base64": "/wA="}, {"real": shown}]]


@given(st.lists(st.tuples(values, values), max_size=3))
def test_a_plan_with_any_row_keys_can_be_kept_and_read_again(
    tmp_path_factory: pytest.TempPathFactory, keys: list[tuple[Any, Any]]
) -> None:
    plan = _with(a_finding(key_columns=("a", "b"), sample_keys=tuple(keys)))
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_text(document("plan", plan), encoding="utf-8")
    assert load_plan(path) == plan


def _with(finding: Finding) -> Plan:
    import dataclasses

    return dataclasses.replace(a_plan(Path("/x"), "asks"), findings=(finding,))


def test_what_is_not_published_is_not_printed() -> None:
    with pytest.raises(KeyError):
        document("secret", a_rehearsal("x"))


@pytest.mark.parametrize("each", CONTRACTS, ids=lambda each: each.name)
def test_every_published_document_has_a_type_with_fields_that_are_told(each: Any) -> None:
    from pydantic import TypeAdapter

    assert contract(each.name) is each
    schema = TypeAdapter(each.type()).json_schema(mode="serialization")
    assert schema["properties"]
    assert not each.many or "id" in schema["properties"]
    assert each.about.endswith(".")


def printed(width: int = 200) -> tuple[Printer, StringIO]:
    out = StringIO()
    return Printer(Console(file=out, width=width, markup=False, highlight=False, emoji=False)), out


def test_no_name_can_leave_its_line_or_its_cell() -> None:
    printer, out = printed()
    printer.line(HOSTILE)
    printer.heading(HOSTILE)
    printer.facts([(HOSTILE, HOSTILE), ("rows", 12480), ("strict", True), ("none", None)])
    printer.table(["name\n", "rows"], [(HOSTILE, 12480), (":smile: [b]", None)])
    printer.code("SELECT 1 -- \x1b\n  FROM t")
    text = out.getvalue()
    assert not re.search(f"(?!\n)[{HIDDEN}]", text)
    assert len(text.splitlines()) == 1 + 2 + 4 + 4 + 2
    assert "<img onerror> =cmd|[red]{}😀" in text
    assert ":smile: [b]" in text
    assert "12,480" in text
    assert "    SELECT 1 -- ␛\n      FROM t\n" in text


def test_a_narrow_terminal_folds_cells_and_loses_nothing() -> None:
    printer, out = printed(width=20)
    printer.table(["a", "b"], [("x" * 30, "y" * 30)])
    assert out.getvalue().count("x") == out.getvalue().count("y") == 30


def test_into_a_file_no_line_is_broken(tmp_path: Path) -> None:
    code = (
        "from steward_app.cli.output import Printer\n"
        "Printer().table(['a', 'b'], [('x' * 300, 'y' * 300)]); Printer().line('z' * 500)"
    )
    with steward_process(code=code, env={**os.environ, "COLUMNS": "40"}) as process:
        out, err = process.communicate(timeout=60)
    assert err == ""
    assert "x" * 300 + "  " in out
    assert "y" * 300 + "\n" in out
    assert "z" * 500 + "\n" in out
