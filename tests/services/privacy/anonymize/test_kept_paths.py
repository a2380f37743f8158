"""A path in JSON that is kept permits what stands at it: never a key that leads to a person, nor what stands beside."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.making import Made, make
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

KEY = b"k" * 32
NAMES = [f"{given} {family}" for given in ("Anna", "Dora", "Emil") for family in ("Czerny", "Birnbaum")]
OWNER = Rule(Place("fam", "owner"), Technique.PSEUDONYM, {"kind": "person_name"})
KEPT = Technique.KEEP


def families(folder: Path, *documents: object, owners: list[str] = NAMES) -> Path:
    rows = [(n, owners[n % len(owners)], json.dumps(each)) for n, each in enumerate(documents)]
    return (
        a_database(folder)
        .with_table("fam", "id INTEGER PRIMARY KEY, owner TEXT, doc TEXT", rows=rows)
        .build()
    )


def at(path: str, technique: Technique = KEPT, **options: object) -> Rule:
    return Rule(Place("fam", "doc", path), technique, options)  # type: ignore[arg-type]


def made(path: Path, *rules: Rule) -> Made:
    new = path.with_name("copy.db")
    new.touch()
    return make(
        path,
        new,
        ReleaseRules("r", (OWNER, Rule(Place("fam", "doc"), Technique.JSON), *rules)),
        KEY,
        Context(),
    )


def refused(path: Path, *rules: Rule) -> str:
    with pytest.raises(Failure) as raised:
        made(path, *rules)
    assert raised.value.code is ErrorCode.VERIFY_FAILED
    return raised.value.message


def in_copy(path: Path) -> str:
    with open_read(path.with_name("copy.db")) as session:
        return str(session.all("SELECT * FROM fam"))


def test_few_keys_that_are_names_leave_the_copy(catalog: Catalog, tmp_path: Path) -> None:
    documents = [
        {
            "mail": f"u{n}@orig.example",
            NAMES[n % 6]: {"role": "child"},
            NAMES[(n + 1) % 6]: {"role": "parent"},
        }
        for n in range(30)
    ]
    path = families(tmp_path, *documents)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    held = in_copy(path)
    assert '"role": "child"' in held
    assert not [name for name in NAMES if name in held]


def test_a_name_that_is_a_key_is_found_though_paths_behind_it_are_kept(tmp_path: Path) -> None:
    path = families(tmp_path, *[{"mail": "x", NAMES[n % 6]: {"role": "child"}} for n in range(12)])
    rules = (at("$.mail"), *(at(f'$."{name}".role') for name in NAMES))
    assert "“fam.doc" in refused(path, *rules)


def test_a_list_of_the_same_names_in_every_row_is_no_structure(tmp_path: Path) -> None:
    path = families(tmp_path, *[dict.fromkeys(NAMES, "present") for _ in range(12)])
    assert "“fam.doc" in refused(path, *(at(f'$."{name}"') for name in NAMES))


def test_a_key_that_every_document_has_is_no_customer_of_that_name(tmp_path: Path) -> None:
    documents = [{"Price": n, "mail": "x"} for n in range(12)]
    path = families(tmp_path, *documents, owners=["Price", "Anna Czerny"])
    assert made(path, at("$.mail", Technique.REMOVE)).residue.is_clean


def test_a_rare_key_of_that_name_is_one(tmp_path: Path) -> None:
    documents = [{"mail": "x", **({"Price": 1} if n == 3 else {})} for n in range(12)]
    path = families(tmp_path, *documents, owners=["Price", "Anna Czerny"])
    assert "“fam.doc" in refused(path, at("$.mail", Technique.REMOVE))


@pytest.mark.parametrize("beside", ["$.role", "$.*"])
def test_what_is_kept_at_one_path_may_not_stand_at_another(tmp_path: Path, beside: str) -> None:
    path = families(tmp_path, *[{"role": "child", "of": NAMES[n % 6], "x": n} for n in range(12)])
    rules = (at("$.role"), at("$.x", Technique.REMOVE), *((at("$.of"),) if beside == "$.*" else ()))
    if beside == "$.*":
        assert made(path, *rules).residue.is_clean  # kept by name, on purpose
    else:
        assert "“fam.doc" in refused(path, *rules)


def test_the_plan_refuses_what_the_search_would_find(tmp_path: Path) -> None:
    rules = ReleaseRules("r", (OWNER, at("$.role", Technique.REMOVE)))
    path = families(tmp_path, *[{"role": "child", "ref": NAMES[n % 6]} for n in range(12)])
    with open_read(path) as session, session.snapshot():
        looked = look(session, rules, None, KEY, Context())
    assert [each.subject.columns for each in looked.findings if each.code == "originals_kept"] == [("doc",)]


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_no_json_in_a_column_of_json_goes_whole_and_stops_nothing(
    tmp_path: Path, *, whole: bool
) -> None:
    path = families(tmp_path, *[{"of": NAMES[n % 6]} for n in range(12)])
    with open_write(path) as session, session.transaction():
        session.run("UPDATE fam SET doc = owner || ', twice' WHERE id % 2")
        session.run("UPDATE fam SET doc = CAST('%PDF ' || owner AS BLOB) WHERE id % 4 = 0")
    rules = (at("$.of", Technique.REMOVE), *((Rule(Place("fam", "doc"), Technique.JSON),) if whole else ()))
    with open_read(path) as session, session.snapshot():
        looked = look(session, ReleaseRules("r", (OWNER, *rules)), None, KEY, Context())
    assert "originals_kept" not in {each.code for each in looked.findings}
    assert made(path, at("$.of", Technique.REMOVE)).residue.is_clean


def test_a_name_within_a_longer_one_in_json_of_bytes_stops_nothing(tmp_path: Path) -> None:
    path = families(tmp_path, *[{"of": NAMES[n % 6], "kind": f"{NAMES[n % 6]}ek"} for n in range(12)])
    with open_write(path) as session, session.transaction():
        session.run("UPDATE fam SET doc = CAST(doc AS BLOB)")
    rules = (at("$.of", Technique.REMOVE), at("$.kind"))
    with open_read(path) as session, session.snapshot():
        looked = look(session, ReleaseRules("r", (OWNER, *rules)), None, KEY, Context())
    assert "originals_kept" not in {each.code for each in looked.findings}


def test_names_at_a_path_about_nobody_are_kept_by_a_rule_that_says_so(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = [
        (n, json.dumps({"place": ("Ulm", "Rose", "Bern")[n % 3], "mail": f"u{n}@orig.example"}))
        for n in range(30)
    ]
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, first_name TEXT, email TEXT",
                    rows=[(n, ("Rose", "Emil", "Dora")[n % 3], f"p{n}@orig.example") for n in range(30)])
        .with_table("parcel", "id INTEGER PRIMARY KEY, j TEXT", rows=rows)
        .build()
    )  # fmt: skip
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    assert not [each for each in plan.findings if each.blocks]
    copy.make_copy(catalog, plan, Context())


WORDS = st.sampled_from(["role", "child", "a", "b", *NAMES])
DOCUMENTS = st.lists(
    st.dictionaries(WORDS, WORDS | st.dictionaries(WORDS, WORDS, max_size=2) | st.lists(WORDS, max_size=2), max_size=3),
    min_size=6, max_size=9,
)  # fmt: skip
RULES = st.dictionaries(
    st.sampled_from(["$.a", "$.b", "$.role", "$.a.role", "$.b.*", "$.a[*]", "$.*", '$."Anna Czerny"']),
    st.sampled_from([Technique.KEEP, Technique.REMOVE]), max_size=3,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, RULES)
def test_a_copy_that_is_made_holds_a_name_only_where_it_is_kept(
    documents: list[object], rules: dict[str, Technique]
) -> None:
    kept = [path.removeprefix("$") for path, technique in rules.items() if technique is KEPT]
    with tempfile.TemporaryDirectory() as folder:
        path = families(Path(folder), *documents)
        try:
            made(path, *(at(each, technique) for each, technique in rules.items()))
        except Failure as failure:
            assert failure.code is ErrorCode.VERIFY_FAILED
            return
        with open_read(path.with_name("copy.db")) as session:
            copied = [json.loads(str(text)) for (text,) in session.all("SELECT doc FROM fam")]
    for text, by, is_key in (each for document in copied for each in standing(document)):
        if text in NAMES:
            covered = [each for each in kept if fits(each, by)]
            assert covered, (text, by)
            assert not is_key or any(each.endswith(".*") or len(by) > each.count(".") for each in covered)


def standing(value: object, by: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Every key and text of a document, each with the steps that lead to it and whether it is a key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, (*by, f".{key}"), True
            yield from standing(inner, (*by, f".{key}"))
    elif isinstance(value, list):
        for inner in value:
            yield from standing(inner, (*by, "[*]"))
    else:
        yield str(value), by, False


def fits(path: str, by: tuple[str, ...]) -> bool:
    """Whether a path leads to a place, or to something around it."""
    steps = re.findall(r'\."[^"]*"|\.\*|\.\w+|\[\*\]', path)
    return len(steps) <= len(by) and all(
        step.replace('"', "") == each or (step == ".*" and each.startswith("."))
        for step, each in zip(steps, by, strict=False)
    )


@pytest.mark.parametrize(
    ("technique", "options", "expected"),
    [
        (Technique.REMOVE, {}, ["of", "removed", "removed 2"]),
        (Technique.FIXED, {"value": "of"}, ["of", "of 2", "of 3"]),
        (Technique.FIXED, {"value": 7}, ["of", "7", "7 2"]),
    ],
)
def test_keys_that_change_stay_different_texts(
    tmp_path: Path, technique: Technique, options: dict[str, object], expected: list[str]
) -> None:
    path = families(tmp_path, {"Anna Czerny": 1, "of": 2, "Emil Birnbaum": 3}, owners=["Otto Ebert"])
    made(path, at("$.of"), at("$.*", technique, **options))
    with open_read(path.with_name("copy.db")) as session:
        assert sorted(json.loads(str(session.value("SELECT doc FROM fam")))) == sorted(expected)
