"""Every technique on columns of each storage class, and of all at once: the copy is made, or refused at the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize import copy

NUMBERS: list[SqlValue] = [0, 1, -1, 2**63 - 1, -(2**63), *range(1000, 1030)]
REALS: list[SqlValue] = [
    *(3.5, 1e-300, 1e308, -0.0, float("nan"), float("inf"), -float("inf")),
    *(number * 1.37 for number in range(30)),
]
TEXTS: list[SqlValue] = [
    *(
        "",
        " ",
        "\n\t",
        "\0",
        "a\0b",
        "😀😀😀",
        "👩\u200d👧 Anna",
        "Anna Smith",
        "anna@example.org",
        "2001-02-03",
    ),
    *("12", "007", "3.5", '{"a": 1}', "x", "ÅÄÖ", "'", '"', "%_", "NULL", "abcdefghij" * 500, "é" * 5000),
    *(f"Person {number} Family{number}" for number in range(30)),
]
BLOBS: list[SqlValue] = [
    *(b"", b"\0\1", bytes(range(256)), b"anna@example.org", b"\x89PNG\r\n\x1a\n" + b"x" * 50),
    *(bytes([number]) * 9 for number in range(30)),
]
WHOLE = [*NUMBERS, *TEXTS, *BLOBS, None, None]
COLUMNS: dict[str, tuple[str, list[SqlValue]]] = {
    "reals among whole numbers": ("v INTEGER", [*NUMBERS, *REALS]),
    "without fractions": ("v", WHOLE),
    "everything": ("v", [*WHOLE, *REALS]),
}
TECHNIQUES: list[tuple[str, dict[str, Json]]] = [
    ("remove", {}),
    ("fixed", {"value": "x"}),
    ("mask", {"keep_last": 2}),
    ("pseudonym", {"kind": "person_name"}),
    ("pseudonym", {"kind": "email"}),
    ("pseudonym", {"kind": "phone"}),
    ("permute", {}),
    ("token", {}),
    ("shift", {}),
    ("generalize", {"hierarchy": "ranges", "steps": [5, 10], "level": 1}),
    ("generalize", {"hierarchy": "prefix", "keep": [2, 1], "level": 1}),
    ("generalize", {"hierarchy": "dates", "level": "year"}),
    ("round", {"to": 10}),
    ("noise", {"distribution": "laplace", "scale": 2}),
    ("shuffle", {}),
    ("microaggregate", {"k": 3}),
    ("redact", {}),
    ("json", {}),
    ("blob", {}),
]
HOLD_ALL = {"remove", "fixed", "mask", "pseudonym", "token", "shuffle", "redact"}
"""What no value stands against."""


@pytest.mark.parametrize(("technique", "options"), TECHNIQUES, ids=str)
@pytest.mark.parametrize("column", COLUMNS)
def test_the_copy_is_made_or_refused_at_the_plan(
    tmp_path: Path, catalog: Catalog, column: str, technique: str, options: Mapping[str, Json]
) -> None:
    declared, values = COLUMNS[column]
    path = a_database(tmp_path, "odd.db").with_table("t", declared, rows=[(each,) for each in values]).build()
    rule = {"technique": technique, "options": options}
    policy = {"version": 1, "releases": {"r": {"tables": {"t": {"v": rule}}}}}
    policy_path(path).write_text(json.dumps(policy), encoding="utf-8")
    target = path.with_name("copy.db")

    plan = copy.plan_copy(catalog, path, target, Context(), rules="r")
    against = [each for each in plan.findings if each.blocks]

    assert not (technique in HOLD_ALL and against), against
    if against:
        assert all("t.v" in each.title for each in against)
        return
    copy.make_copy(catalog, plan, Context())
    with open_read(target) as session:
        assert session.count("SELECT count(*) FROM t") == len(values)
