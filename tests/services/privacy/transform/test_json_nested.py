"""JSON inside the texts of JSON, cells of a single value, and keys that are data beside keys that are none."""

from __future__ import annotations

import json

import pytest

from steward_app.db.any_text import in_utf_8
from steward_app.db.raw_rows import OddText
from steward_app.services.privacy.json_steps import leads_into
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.model import Batch, Column


def changed(cell: str, *paths: str, kept: tuple[str, ...] = ()) -> object:
    def shout(values: Column, batch: Batch) -> Column:
        return [each.upper() if isinstance(each, str) else each for each in values]

    [found] = JsonStep(dict.fromkeys(paths, shout), lambda value: None, kept)([cell], Batch([(cell,)], 1))
    return found


def test_a_text_that_is_json_is_gone_into_and_written_as_it_was() -> None:
    inner = json.dumps({"mail": "a@b.example", "deep": json.dumps([{"mail": "c"}, 1]), "ok": "é"})
    cell = json.dumps({"extra": inner, "mail": "stays"})
    found = json.loads(str(changed(cell, "$.extra.mail", "$.extra.deep[*].mail")))
    within = json.loads(found["extra"])
    assert (found["mail"], within["mail"], within["ok"]) == ("stays", "A@B.EXAMPLE", "é")
    assert json.loads(within["deep"]) == [{"mail": "C"}, 1]
    assert changed(cell, "$.extra.nowhere") == cell


def test_a_rule_of_the_text_itself_changes_it_whole() -> None:
    cell = json.dumps({"extra": '{"mail": "x"}'})
    assert json.loads(str(changed(cell, "$.extra"))) == {"extra": '{"MAIL": "X"}'}


def test_in_another_encoding_members_are_called_as_they_are_read_and_what_stays_keeps_its_bytes() -> None:
    written = '{{"größe": "{}", "käme": "{}", "n": "ö"}}'
    cell = written.format("x", "müll").encode("latin-1").decode("utf-8", "surrogateescape")
    assert in_utf_8(str(changed(cell, '$."größe"'))) == written.format("X", "müll").encode("latin-1")
    found = changed(cell, '$."käme"')
    assert isinstance(found, OddText)
    assert "\ufffd".encode() in in_utf_8(found)
    assert b"m\xfcll" not in in_utf_8(found).lower()


def test_a_single_value_is_at_the_root_and_objects_are_not() -> None:
    assert changed('"plain@string.example"', "$", "$.mail") == '"PLAIN@STRING.EXAMPLE"'
    assert changed('{"a": "x", "mail": "y"}', "$", "$.mail") == '{"a": "x", "mail": "Y"}'


def test_keys_of_the_structure_stay_beside_keys_that_are_data() -> None:
    cell = '{"mail": "m", "size": "s", "addr": {"zip": "z"}, "ada berg": {"role": "r", "who": "w"}}'
    kept = ("$.size", "$.addr.zip", "$.*.role")
    assert json.loads(str(changed(cell, "$.*", "$.mail", kept=kept))) == {
        "mail": "M",
        "size": "s",
        "addr": {"zip": "z"},
        "ADA BERG": {"role": "r", "who": "W"},
    }


@pytest.mark.parametrize(
    ("path", "other", "leads"),
    [
        ("$.a", "$.a.b", True),
        ("$.a.b", "$.a", False),
        ("$.*", "$.a", True),
        ("$.*", "$[*]", False),
        ("$[*]", "$[0].a", True),
        ("$.a", "$.ab", False),
    ],
)
def test_what_is_inside_a_path(path: str, other: str, leads: bool) -> None:
    assert leads_into(path, other) is leads
