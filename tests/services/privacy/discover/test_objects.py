"""Objects in JSON that are called as people are: what they hold is somebody's, whatever the table is about."""

from __future__ import annotations

import json
from itertools import product

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.json_steps import above

FAMILY = tuple(map("".join, product(("Morgen", "Kessel", "Wolken", "Zander"), ("roth", "lohe", "horst"))))
FULL = tuple(f"{given} {family}" for given, family in product(("Quorix", "Zeltan", "Mirvod"), FAMILY))
PARTS = ("Filebeat", "Heartbeat", "Chromium", "Safari", "Auditbeat")


FOUND = ("person_name", Verdict.UNKNOWN)


def scanned(tmp_path, *documents: object) -> Scan:
    """A table that is about nobody, with 60 documents."""
    rows = [(n, json.dumps(documents[n * 7 % len(documents)])) for n in range(60)]
    return scan(a_database(tmp_path).with_table("entry", "id INTEGER PRIMARY KEY, doc", rows=rows).build())


def said(found: Scan, path: str) -> str:
    at = next(each for each in found.columns if each.place.path == path)
    return at.kind if at.verdict is Verdict.PERSONAL else at.verdict


@pytest.mark.parametrize("key", ["patient", "employee", "kunde", "paciente", "seen by user", "пациент"])
def test_names_that_no_list_has_do_not_go_along_unseen_in_an_object_of_somebody(tmp_path, key):
    found = scanned(tmp_path, *({key: {"name": name}, "room": 3} for name in FULL))
    path = f'$."{key}".name' if " " in key or not key.isascii() else f"$.{key}.name"
    assert said(found, path) in FOUND


def test_names_in_lists_and_behind_keys_that_are_data_do_not_either(tmp_path):
    found = scanned(
        tmp_path,
        *({"patients": [{"name": n}], "staff": {f"70{at}12": {"name": n}}} for at, n in enumerate(FULL)),
    )
    assert said(found, "$.patients[*].name") in FOUND
    assert said(found, "$.staff.*.name") in FOUND


@pytest.mark.parametrize("key", ["family", "last", "famille"])
def test_a_family_name_in_an_object_of_somebody_does_not_go_along_unseen(tmp_path, key):
    found = scanned(tmp_path, *({"patient": {key: name}, "room": 3} for name in FAMILY))
    assert said(found, f"$.patient.{key}") in ("family_name", Verdict.UNKNOWN)


@pytest.mark.parametrize("key", ["agent", "driver", "client", "hosts", "product", "font", "user_agent"])
def test_parts_of_programs_and_things_are_nobody(tmp_path, key):
    found = scanned(tmp_path, *({key: {"name": name, "version": "8.2"}} for name in PARTS))
    assert said(found, f"$.{key}.name") == Verdict.NOT_PERSONAL


def test_a_point_in_a_key_ends_no_step(tmp_path):
    documents = ({"E. Birnbaum's bed": {"no.": 1, "a.b": {"x y.": name}}, "patient.": name} for name in FULL)
    found = scanned(tmp_path, *documents)
    assert all(each.verdict for each in found.columns)


@pytest.mark.parametrize(
    ("path", "object_"),
    [
        ("$.a.b", "$.a"), ("$.a.b[*]", "$.a"), ("$.a.*~", "$.a"), ("$[*].a", "$[*]"), ("$.a", "$"), ("$", ""),
        ('$."Birnbaum, E."', "$"), ('$."x.y".z', '$."x.y"'), ("", ""),
    ],
)  # fmt: skip
def test_the_object_that_a_key_stands_in(path, object_):
    assert above(path) == object_


def test_what_an_account_has_besides_is_no_name(tmp_path):
    found = scanned(
        tmp_path,
        *(
            {"user": {"theme": theme, "last": f"2024-01-{day:02}"}}
            for day, theme in enumerate(("dark", "light"), 1)
        ),
    )
    assert {said(found, path) for path in ("$.user.theme", "$.user.last")} == {Verdict.NOT_PERSONAL}
