"""Every place of a policy that names a table or column goes along with new names and places, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from steward_app.catalog.policy import PolicyDocument
from steward_app.catalog.policy_model import Policy
from steward_app.catalog.policy_names import Link, NewName
from steward_app.services.privacy.transform.options import ALLOWED

NAMELESS: Final = frozenset(
    """
    version audit.keep_days migrations.folder retention quality expected_schema tables.*.comment
    tables.*.columns.*.comment subject_roles.role compatibility.default classification.controller.name
    classification.controller.contact classification.controller.representative
    classification.controller.protection_officer classification.controller.transfers
    classification.controller.security classification.handling.*.encrypted_backups classification.handling.*.audit
    classification.handling.*.no_plain_export classification.tables.*.purpose classification.tables.*.legal_basis
    classification.tables.*.retention classification.tables.*.recipients classification.tables.*.subjects
    classification.tables.*.not_personal classification.tables.*.columns.*.purpose
    classification.tables.*.columns.*.legal_basis classification.tables.*.columns.*.retention
    classification.tables.*.columns.*.recipients classification.tables.*.columns.*.type
    classification.tables.*.columns.*.identifies classification.tables.*.columns.*.category
    classification.tables.*.columns.*.level classification.tables.*.columns.*.origin
    classification.tables.*.columns.*.not_personal classification.tables.*.columns.*.decided_by
    classification.tables.*.columns.*.decided_on releases.*.key releases.*.recipient releases.*.purpose
    releases.*.until releases.*.locale releases.*.subset.fraction releases.*.limits.k
    releases.*.limits.l_diversity releases.*.limits.t_closeness releases.*.limits.risk releases.*.limits.left_out
    releases.*.limits.tables.*.k releases.*.limits.tables.*.l_diversity releases.*.limits.tables.*.t_closeness
    releases.*.limits.tables.*.risk releases.*.limits.tables.*.left_out releases.*.tables.*.*.technique
    """.split()  # noqa: SIM905 - a list of them is a line a word
)
"""What names no table and no column. The three sections that nothing reads yet are kept as they stand."""
OPTIONS_WITHOUT_NAMES: Final = frozenset(
    """
    as clock dates days distribution domain file hierarchy high keep keep_first keep_last k kind length level
    levels locale low month_first names nulls prefix range relative replace scale sign steps to types value values why
    """.split()  # noqa: SIM905 - a list of them is a line a word
)
"""`domain` is a word of the steward: another one would give other pseudonyms."""

TEMPLATES: Final[dict[str, str]] = {
    "tables": "tables: {{{visit}: {{comment: a}}, {patient}: {{comment: b}}}}",
    "tables.*.columns": "tables: {{{visit}: {{columns: {{{day}: {{comment: a}}, {nurse}: {{comment: b}}}}}}}}",
    "subject_roles.table": "subject_roles:\n"
    "  - {{table: {visit}, columns: [{patient_id}], parent: other, role: owns}}",
    "subject_roles.columns": "subject_roles:\n"
    "  - {{table: {visit}, columns: [{nurse}, {day}], parent: other, role: actor}}",
    "subject_roles.parent": "subject_roles:\n  - {{table: other, columns: [a], parent: {visit}, role: refers}}",
    "compatibility.tables": "compatibility: {{tables: {{{visit}: full}}}}",
    "classification.tables": "classification: {{tables: {{{visit}: {{purpose: a}}, {patient}: {{purpose: b}}}}}}",
    "classification.tables.*.columns": "classification: {{tables: {{{visit}: {{columns: "
    "{{{day}: {{type: date}}, {nurse}: {{type: person_name}}}}}}}}}}",
    "classification.tables.*.columns.*.belongs_to": "classification: {{tables: {{{visit}: {{columns: "
    "{{x: {{type: date, belongs_to: [{patient_id}]}}, y: {{type: date, belongs_to: [{nurse}, {day}]}}}}}}}}}}",
    "classification.tables.*.columns.*.paths": "classification: {{tables: {{{visit}: {{columns: {{{day}: "
    "{{paths: {{$.a: {{type: date, belongs_to: [{patient_id}]}}}}}}}}}}}}}}",
    "releases.*.subset.table": "releases: {{r: {{subset: {{table: {visit}, fraction: 0.5}}}}}}",
    "releases.*.subset.where": "releases:\n  r:\n    subset:\n      table: {visit}\n      where: >-\n"
    "        {q_day} > 'day' AND coalesce({q_nurse}, day(1)) <> \"x\" AND {q_visit}.{q_day} IS NOT other.day",
    "releases.*.subset.relations.table": "releases: {{r: {{subset: {{table: a, relations: "
    "[{{table: {visit}, columns: [a], parent: b, parent_columns: [c]}}]}}}}}}",
    "releases.*.subset.relations.columns": "releases: {{r: {{subset: {{table: a, relations: "
    "[{{table: {visit}, columns: [{day}, {nurse}], parent: b, parent_columns: [day]}}]}}}}}}",
    "releases.*.subset.relations.parent": "releases: {{r: {{subset: {{table: a, relations: "
    "[{{table: b, columns: [day], parent: {visit}, parent_columns: [c]}}]}}}}}}",
    "releases.*.subset.relations.parent_columns": "releases: {{r: {{subset: {{table: a, relations: "
    "[{{table: b, columns: [day], parent: {visit}, parent_columns: [{day}, {nurse}]}}]}}}}}}",
    "releases.*.empty": "releases: {{r: {{empty: [{visit}, {patient}]}}}}",
    "releases.*.renumber": "releases: {{r: {{renumber: [{visit}, {patient}]}}}}",
    "releases.*.limits.tables": "releases: {{r: {{limits: {{tables: {{{visit}: {{k: 3}}, {patient}: {{k: 4}}}}}}}}}}",
    "releases.*.quasi_identifiers": "releases: {{r: {{quasi_identifiers: {{{visit}: "
    "[{day}, '{patient_id}>{zip}', '{patient}.{zip}', '{part}>{patient_id}>{zip}'], {patient}: [{zip}]}}}}}}",
    "releases.*.sensitive": "releases: {{r: {{sensitive: {{{visit}: [{nurse}, '{patient_id}>{zip}']}}}}}}",
    "releases.*.persons": "releases: {{r: {{persons: {{{visit}: ['{patient_id}>{zip}'], "
    "other: ['v>{patient_id}']}}}}}}",
    "releases.*.undecided": "releases: {{r: {{undecided: {{{visit}: [{day}]}}}}}}",
    "releases.*.tables": "releases: {{r: {{tables: {{{visit}: {{{day}: {{technique: remove}}, "
    "{nurse}: {{technique: keep}}}}}}}}}}",
    "releases.*.tables.*.*.paths": "releases: {{r: {{tables: {{{visit}: {{{day}: {{technique: json, paths: "
    "{{$.a: {{technique: shift, options: {{person: {patient_id}}}}}}}}}}}}}}}}}",
    "releases.*.tables.*.*.options.person": "releases: {{r: {{tables: {{{visit}: "
    "{{{day}: {{technique: shift, options: {{person: [[{part}], [{patient_id}]]}}}}, "
    "x: {{technique: shift, options: {{person: [{nurse}, {day}]}}}}}}, "
    "other: {{x: {{technique: shift, options: {{person: [[v], [{patient_id}]]}}}}}}}}}}}}",
    "releases.*.tables.*.*.options.group": "releases: {{r: {{tables: {{{visit}: "
    "{{x: {{technique: shuffle, options: {{group: [{nurse}, {day}]}}}}, "
    "y: {{technique: shuffle, options: {{group: {day}}}}}}}, "
    "other: {{x: {{technique: shuffle, options: {{group: [day]}}}}}}}}}}}}",
    "releases.*.tables.*.*.options.with": "releases: {{r: {{tables: {{{visit}: "
    "{{x: {{technique: microaggregate, options: {{with: [{day}]}}}}}}}}}}}}",
    "releases.*.tables.*.*.options.rules": "releases: {{r: {{tables: {{{visit}: {{x: {{technique: redact, options: "
    "{{beside: {day}, rules: {{day: {{technique: shift, options: {{person: {patient_id}}}}}}}}}}}}}}}}}}}",
    "releases.*.tables.*.*.options.beside": "releases: {{r: {{tables: {{{visit}: "
    "{{x: {{technique: redact, options: {{beside: {day}, types: {{day: passport}}}}}}}}, "
    "other: {{x: {{technique: redact, options: {{beside: day}}}}}}}}}}}}",
}
"""Of every key that names something, a document: with the names of before it must become that of afterwards."""
OLD: Final = {
    "visit": "visit", "patient": "patient", "day": "day", "nurse": "nurse", "patient_id": "patient_id", "zip": "zip",
    "part": "part",
}  # fmt: skip
OTHERS: Final = {
    "visit": "encounter", "patient": "person", "day": "on", "nurse": "by who", "patient_id": "of", "zip": "plz",
    "part": "whole",
}  # fmt: skip
SWAPPED: Final = {**OLD, "visit": "patient", "patient": "visit", "day": "nurse", "nurse": "day"}
HOME: Final = {
    "day": "visit", "nurse": "visit", "patient_id": "visit", "part": "visit", "zip": "patient",
}  # fmt: skip


def names_to(new: dict[str, str], old: dict[str, str] = OLD) -> list[NewName]:
    tables = [NewName(old[each], "", new[each], of_table=True) for each in ("visit", "patient")]
    columns = [NewName(old[home], old[each], new[each]) for each, home in HOME.items()]
    return [each for each in (*tables, *columns) if (each.column or each.table) != each.name]


def links_of(names: dict[str, str]) -> list[Link]:
    visit = names["visit"]
    return [
        Link(visit, (names["patient_id"],), names["patient"]),
        Link(visit, (names["part"],), visit),
        Link("other", ("v",), visit),
    ]


def document(said: str) -> PolicyDocument:
    return PolicyDocument(Path("clinic.db.steward.yaml"), f"version: 1\n{said}\n".encode())


def under(template: str, names: dict[str, str]) -> str:
    quoted = {f"q_{key}": f'"{name}"' if name in ("on", "by who") else name for key, name in names.items()}
    return template.format(**names, **quoted)


@pytest.mark.parametrize("new", [OTHERS, SWAPPED], ids=["others", "swapped"])
@pytest.mark.parametrize("key", TEMPLATES)
def test_new_names_are_said_wherever_old_ones_were_and_old_ones_again(key: str, new: dict[str, str]) -> None:
    policy = document(under(TEMPLATES[key], OLD))
    before = policy.policy
    policy.carry(names_to(new), links_of(new))
    assert policy.policy == document(under(TEMPLATES[key], new)).policy
    policy.carry(names_to(OLD, new), links_of(OLD))
    assert policy.policy == before


@pytest.mark.parametrize("key", TEMPLATES)
def test_other_names_are_left_alone(key: str) -> None:
    policy = document(under(TEMPLATES[key], OLD))
    text = policy.text()
    policy.carry(
        [NewName("x", "", "y", of_table=True), NewName("y", "day", "z"), NewName("y", "zip", "a", "b")],
        links_of(OLD),
    )
    assert policy.text() == text


def test_every_key_of_a_policy_is_looked_at() -> None:
    """Whoever adds one says here whether it names a table or column, and if so, how it goes along."""
    keys = set(_keys(Policy))
    listed = {key for key in TEMPLATES if ".options." not in key}
    assert keys == NAMELESS | listed
    assert not NAMELESS & listed


def test_every_option_of_a_rule_is_looked_at() -> None:
    named = {key.rpartition(".")[2] for key in TEMPLATES if ".options." in key}
    assert set().union(*ALLOWED.values()) == OPTIONS_WITHOUT_NAMES | named


def _keys(model: type[BaseModel], above: str = "", seen: tuple[type, ...] = ()) -> Iterator[str]:
    """The paths of all keys that say something, and of those whose keys are names; `*` stands for a name."""
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        inner, names = _unwrapped(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in (*seen, model):
            if names and path not in ("classification.handling", "releases"):  # levels, and kinds of copies
                yield path
            yield from _keys(inner, f"{path}{'.*' * names}.", (*seen, model))
        elif not path.endswith(".options"):
            yield path


def _unwrapped(annotation: Any) -> tuple[Any, int]:
    """What stands in a value, and in how many mappings it stands."""
    names = 0
    while True:
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = args[0]
        elif origin in (Union, UnionType):
            annotation = next(each for each in args if each is not type(None))
        elif origin is list:
            annotation = args[0]
        elif origin is dict:
            names, annotation = names + 1, args[1]
        else:
            return annotation, names
