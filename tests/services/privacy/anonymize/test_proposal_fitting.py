"""What is proposed fits the rules of the tables: a copy by the proposal alone is not refused by a CHECK."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.contract import check
from steward_app.services.privacy.transform.fitting import fitting
from steward_app.services.schema.introspect import read_schema

LENGTH = "CHECK (length(tc) = 11)"


def school(folder: Path) -> Path:
    people = [(n, f"{10_000_000_000 + n * 7919}", f"Ayşe{n}", f"a{n}@okul.example") for n in range(1, 90)]
    return (
        a_database(folder)
        .with_table(
            "ogrenci",
            f"id INTEGER PRIMARY KEY, tc TEXT UNIQUE NOT NULL {LENGTH}, ad TEXT, eposta TEXT",
            rows=people,
        )
        .with_table(
            "veli",
            "id INTEGER PRIMARY KEY, tc TEXT NOT NULL REFERENCES ogrenci(tc)",
            rows=[(n, people[n][1]) for n in range(80)],
        )
        .build()
    )


def fitted(path: Path, *rules: Rule) -> tuple[ReleaseRules, set[str]]:
    """The rules that are proposed instead, and what stops them."""
    with open_read(path) as session:
        schema = read_schema(session)
        found = fitting(session, schema, ReleaseRules("r", rules), Context())
        return found, {each.code for each in check(session, schema, found, Context()) if each.blocks}


def token(table: str, column: str, **options: str) -> Rule:
    return Rule(Place(table, column), Technique.TOKEN, {"kind": "national_id", **options})


def test_a_check_of_the_length_gets_a_permutation(tmp_path: Path) -> None:
    found, stopping = fitted(school(tmp_path), token("ogrenci", "tc"), token("ogrenci", "eposta"))
    assert [each.technique for each in found.rules] == [Technique.PERMUTE, Technique.TOKEN]
    assert not stopping


def test_it_gets_one_beside_texts_of_another_encoding(tmp_path: Path) -> None:
    path = school(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run("UPDATE ogrenci SET ad = CAST(x'41796665' || x'fe' AS TEXT)")
    found, stopping = fitted(path, token("ogrenci", "tc"), token("ogrenci", "eposta"))
    assert [each.technique for each in found.rules] == [Technique.PERMUTE, Technique.TOKEN]
    assert not stopping


def test_columns_of_one_domain_go_on_to_meet(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("a", f"tc TEXT NOT NULL {LENGTH}", rows=[(f"{10_000_000_000 + n}",) for n in range(50)])
        .with_table("b", "other TEXT", rows=[(f"{10_000_000_000 + n}",) for n in range(50)])
        .build()
    )
    found, stopping = fitted(path, token("a", "tc", domain="d"), token("b", "other", domain="d"))
    assert {(each.technique, each.options["domain"]) for each in found.rules} == {(Technique.PERMUTE, "d")}
    assert not stopping


def test_what_no_permutation_fits_either_stays_as_proposed_and_names_the_column(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "a",
            "code TEXT CHECK (code IN ('north', 'south')), mail TEXT",
            rows=[("north", "x"), ("south", "y")],
        )
        .build()
    )
    rules = (token("a", "code"), token("a", "mail"))
    found, stopping = fitted(path, *rules)
    assert (found.rules, stopping) == (rules, {"trial_refused"})
    with open_read(path) as session:
        [refused] = [
            each
            for each in check(session, read_schema(session), found, Context())
            if each.code == "trial_refused"
        ]
    assert "“code” (token)" in refused.detail and "mail" not in refused.detail


def test_a_copy_by_the_proposal_alone_is_made(catalog: Catalog, tmp_path: Path) -> None:
    path = school(tmp_path)
    assert propose_rules(catalog, path, "p", Context()).rules
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    assert not [each for each in plan.findings if each.code == "trial_refused"]
    copy.make_copy(catalog, plan, Context())
    with open_read(path.with_name("copy.db")) as made:
        assert made.count("SELECT count(*) FROM ogrenci WHERE length(tc) = 11") == 89
        assert made.count("SELECT count(*) FROM veli JOIN ogrenci USING (tc)") == 80
