"""What a sample of a large table missed does not go along: all rows are looked at before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.inside import Inside
from steward_app.services.privacy.anonymize.missed import by_form
from steward_app.services.privacy.classify import decide
from steward_app.services.privacy.discover.profile import Inside as Form
from steward_app.services.privacy.discover.sampling import READ_WHOLE
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.report.collect import release_report

ROWS = READ_WHOLE + 2_000
RARE = {"who": "Theobald Quasthoff", "tel": "+49 171 9988776", "mail": "theobald@quasthoff.example"}


def a_large_table(folder: Path) -> Path:
    """One row has a path that no other has, and one an address in a column of remarks; no sample has both."""

    def data(n: int) -> str:
        held: dict[str, object] = {"mail": f"u{n}@firma{n % 9}.example"}
        return json.dumps(held | {"emergency": RARE} if n == 7_777 else held)

    rows = [(n, data(n), "ok" if n != 8_888 else "Ask sieglinde@immergruen.example") for n in range(1, ROWS)]
    return a_database(folder).with_table("p", "id INTEGER PRIMARY KEY, j TEXT, memo TEXT", rows=rows).build()


def findings(catalog: Catalog, path: Path) -> dict[str, Finding]:
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    return {each.code: each for each in plan.findings}


def test_what_the_sample_missed_stops_the_plan_by_path_and_column(catalog: Catalog, path: Path) -> None:
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    found = {each.code: each for each in plan.findings}
    unknown, missed, sample = (
        found[code] for code in ("path_not_known", "identifying_forms_kept", "scan_was_a_sample")
    )
    assert (unknown.blocks, unknown.count) == (True, 1)
    assert "p.j:$.emergency" in unknown.title
    assert (missed.blocks, missed.count) == (True, 1)
    assert "1 with addresses of e-mail" in missed.title
    assert "5,000 of 11,999 rows" in sample.detail
    assert "0.06 %" in sample.detail
    told = f"{unknown} {missed} {sample}".casefold()
    assert not any(value in told for value in ("quasthoff", "immergruen", "9988776"))
    with pytest.raises(Refused):
        copy.make_copy(catalog, plan, Context())
    assert not path.with_name("copy.db").exists()


def test_keys_that_are_names_change_and_those_of_the_structure_stay(catalog: Catalog, tmp_path: Path) -> None:
    rows = [
        (n, json.dumps({"mail": f"u{n}@a.example", "size": n % 5, f"v{n}@b.example": {"role": "admin"}}))
        for n in range(300)
    ]
    made = a_database(tmp_path).with_table("person", "id INTEGER PRIMARY KEY, j TEXT", rows=rows).build()
    plan = copy.plan_copy(catalog, made, made.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    with open_read(made.with_name("copy.db")) as session:
        documents = [json.loads(str(text)) for (text,) in session.all("SELECT j FROM person ORDER BY id")]
    assert all(list(each)[:2] == ["mail", "size"] for each in documents)
    assert sorted(each["size"] for each in documents) == sorted(n % 5 for n in range(300))
    keys = [list(each)[2] for each in documents]
    assert all("@" in key and "b.example" not in key for key in keys)
    assert all(each[key] == {"role": "admin"} for each, key in zip(documents, keys, strict=True))


def test_after_a_scan_of_every_row_the_rules_are_proposed_from_every_row(
    catalog: Catalog, path: Path
) -> None:
    scan(path, Context(), full=True, catalog=catalog)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    codes = {each.code: each for each in plan.findings}
    assert not {"path_not_known", "scan_was_a_sample"} & codes.keys()
    assert codes["identifying_forms_kept"].blocks  # one row of thousands weighs nothing in a scan of all
    assert "p.j:$.emergency.mail" in str(plan.request["rules"])


def test_what_a_sample_may_have_missed_is_told_whatever_was_decided_and_in_receipt_and_report(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = [(n, f"p{n}@a.example", n % 7) for n in range(12_000)]
    path = a_database(tmp_path).with_table("p", "id INTEGER PRIMARY KEY, mail TEXT, size", rows=rows).build()
    confirmation = decide.plan_confirmation(catalog, path, scan(path, Context(), catalog=catalog), Context())
    assert confirmation is not None
    decide.carry_out(catalog, confirmation, Context())
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    (found,) = (each for each in plan.findings if each.code == "scan_was_a_sample")
    receipt = copy.make_copy(catalog, plan, Context())
    assert receipt.result["scan_was_a_sample"] == f"{found.title}. {found.detail}"
    report = release_report(catalog, path, path.with_name("copy.db"), Context(), seconds=0.1)
    assert f"{found.title}. {found.detail}" in report.left_out


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_large_table(tmp_path)


def test_a_small_table_is_read_whole_and_nothing_is_said_of_a_sample(
    catalog: Catalog, tmp_path: Path
) -> None:
    made = a_database(tmp_path).with_table("t", "a", rows=[("x",)] * 20).build()
    assert not {"path_not_known", "identifying_forms_kept", "scan_was_a_sample"} & set(
        findings(catalog, made)
    )


@pytest.mark.parametrize(
    ("document", "unknown"),
    [
        ({"a": "x", "b": {"c": 1}}, set()),
        ({"a": {"d": 1}}, {"$.a.d"}),
        ({"b": "x"}, {"$.b"}),
        ({"new": None, "b": {"e": []}}, {"$.new", "$.b.e"}),
        ({"new": {"deep": [None, True]}}, {"$.new"}),
        ({"ada@example.org": 1}, {"$.*"}),
        ({"list": ["x"]}, {"$.list"}),
        ({"all": {"what": ["ever"]}}, set()),
        ('{"a": "x", "f": 1}', {"$.f"}),
        ("x", {"$"}),
        ([{"a": 1}], {"$[*]"}),
        ({f"k{n}": n for n in range(9)}, {"$.k0", "$.k1", "$.k2", "$.k3", "$.k4", "$.*"}),
    ],
)
def test_what_no_rule_and_no_scan_knows_is_named_without_its_values(
    document: object, unknown: set[str]
) -> None:
    inside = Inside(whole=["$.all"], known=["$.a", "$.b.c"], seen=[])
    inside.add([json.dumps(document)])
    assert set(inside.unknown) == unknown


def test_texts_are_counted_once_by_what_shows_itself_by_its_form() -> None:
    texts = ["a@b.example, c@d.example", "ok", "call +49 30 12345678", "DE89 3704 0044 0532 0130 00"]
    assert by_form([*texts, "4111 1111 1111 1111", "4111 1111 1111 1112"]) == {
        Form.EMAIL: 1,
        Form.PHONE: 1,
        Form.IBAN: 1,
        Form.CARD: 1,
    }
