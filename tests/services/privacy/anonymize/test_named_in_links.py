"""Whole names in links and names of files: taken out by proposed rules, and searched for in what goes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.plain_letters import spellings
from steward_app.services.privacy.residue.model import Searched
from steward_app.services.privacy.residue.search import search
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

FAMILY = ("Nguyễn", "Trịnh", "Quastenberg", "Silva", "Magalhães", "Zickler")
GIVEN = ("Thanh Đạt", "Quang Minh", "Conceição", "Vinícius", "Greta")
PEOPLE = [f"{given} {family}" for given in GIVEN for family in FAMILY]
OTHERS = ("novidades-da-loja", "5-tips-for-the-garden", "img/logo_2024.png", "a.b.c/front-page")


def _database(folder: Path, column: str, texts: list[str]) -> Path:
    rows = [(n, texts[n % len(texts)]) for n in range(120)]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=enumerate(PEOPLE, 101))
        .with_table("doc", f"id INTEGER PRIMARY KEY, {column} TEXT", rows=rows)
        .build()
    )


def _written(name: str, sign: str) -> str:
    return sign.join(spellings(word)[1] for word in name.split())


def _copied(catalog: Catalog, path: Path) -> list[str]:
    out = path.with_name("copy.db")
    plan = copy.plan_copy(catalog, path, out, Context())
    assert not plan.blocking, [each.title for each in plan.findings if each.blocks]
    copy.make_copy(catalog, plan, Context())
    with open_read(out) as session:
        return [str(text) for (_, text) in session.all("SELECT * FROM doc")]


@pytest.mark.parametrize(
    ("column", "form", "sign"),
    [
        ("post_name", "entrevista-com-{}", "-"),
        ("post_name", "2024/05/rg-{}-frente.jpg", ""),
        ("attached", "2024/05/rg-{}-frente.jpg", ""),
    ],
)
def test_the_proposal_takes_them_out(
    catalog: Catalog, tmp_path: Path, column: str, form: str, sign: str
) -> None:
    texts = [form.format(_written(name, sign)) for name in PEOPLE]
    found = _copied(catalog, _database(tmp_path, column, [*texts, *OTHERS]))
    assert {form.format("[name]"), *OTHERS} == set(found)


@pytest.mark.parametrize("column", ["post_name", "link"])
def test_links_that_name_nobody_stay(catalog: Catalog, tmp_path: Path, column: str) -> None:
    texts = [*OTHERS, "greta-garbo-films", "silvanova-5.jpg", "minh-thanh-street"]
    assert set(_copied(catalog, _database(tmp_path, column, texts))) == set(texts)


def test_one_link_stops_the_plan(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, "link", [*OTHERS * 9, "rg-gretaquastenberg-2.jpg"])
    plan = copy.plan_copy(catalog, path, tmp_path / "copy.db", Context())
    assert [each.code for each in plan.findings if each.blocks] == ["values_name_persons"]


def _of_two_columns(folder: Path, link: str) -> Path:
    people = [(n, *name.rsplit(" ", 1)) for n, name in enumerate(PEOPLE, 101)]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT", rows=people)
        .with_table("doc", "id INTEGER PRIMARY KEY, link TEXT", rows=enumerate([*OTHERS * 9, link]))
        .build()
    )


@pytest.mark.parametrize("link", ["rg-vinicius-magalhaes", "cv/thanhdattrinh.pdf", "quang_minh_silva"])
def test_a_copy_by_rules_that_keep_a_link_with_a_name_of_two_columns_is_refused(
    catalog: Catalog, tmp_path: Path, link: str
) -> None:
    path = _of_two_columns(tmp_path, link)
    said = [Rule(Place("person", "id"), Technique.PERMUTE, {"kind": "person_number"})]
    for column, kind in (("first_name", "given_name"), ("last_name", "family_name")):
        said.append(Rule(Place("person", column), Technique.PSEUDONYM, {"kind": kind}))
    write_rules(path, ReleaseRules("r", tuple(said)))
    plan = copy.plan_copy(catalog, path, tmp_path / "copy.db", Context())
    assert any(each.blocks and "doc.link" in each.title for each in plan.findings)
    found = search(
        path, path, [Searched(Place("person", "first_name"), names=True, family="last_name")], Context()
    )
    assert [(each.name, each.column, each.values) for each in found.found] == [("doc", "link", 1)]


def test_occupations_that_somebody_is_called_go_along(catalog: Catalog, tmp_path: Path) -> None:
    jobs = ["Baker", "Smith", "Cook", "Nurse", "Head Nurse", "Tax Clerk", "Carpenter"]
    named = [
        (n, f"{given} {jobs[n % 3]}", jobs[n % 7]) for n, given in enumerate(["Ada", "Emil", "Greta"] * 20)
    ]
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, job TEXT", rows=named)
        .build()
    )
    plan = copy.plan_copy(catalog, path, tmp_path / "copy.db", Context())
    assert not plan.blocking
    assert "values_name_persons" not in {each.code for each in plan.findings}
