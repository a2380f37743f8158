"""Days of birth that stand in texts about the very person, while their column tells the year alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from builders.transforms import rule, rules
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write, quote
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique

MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
GIVEN = ["Chloé", "Jules", "Manon", "Hugo", "Léa", "Lucas", "Inès", "Louis", "Jade", "Adam", "Zoé"]
FAMILIES = ["Lefèvre", "Moreau", "Girard", "Roux", "Fontaine", "Chevalier", "Gauthier", "Perrin", "Masson"]
NOTE = Place("note", "texte")


def born(number: int) -> date:
    return date(1996, 1, 1) + timedelta(days=number * 37)


def school(folder: Path, *, own: bool = True, key: str = "REFERENCES eleve") -> Path:
    """Pupils, and notes of which every third tells when the pupil was born, or another day."""
    pupils = [(n, GIVEN[n % 11], FAMILIES[n % 9], born(n).isoformat()) for n in range(1, 100)]
    notes = []
    for n, given, family, _ in pupils:
        day = born(n if own else n + 1_000)
        said = f"née le {day.day} {MONTHS[day.month - 1]} {day.year}" if n % 3 == 0 else "à rappeler ce soir"
        notes.append((n, n, f"{given} {family} était là, {said}"))
    return (
        a_database(folder)
        .with_table("eleve", "id INTEGER PRIMARY KEY, prenom TEXT, nom TEXT, naissance TEXT", rows=pupils)
        .with_table("note", f"id INTEGER PRIMARY KEY, eleve INT {key}, texte TEXT", rows=notes)
        .build()
    )


@pytest.mark.parametrize("key", ["REFERENCES eleve", ""])
@pytest.mark.parametrize("own", [True, False])
def test_the_proposal_takes_days_out_of_such_texts_alone(tmp_path: Path, own: bool, key: str) -> None:
    with open_catalog() as catalog:
        found = propose_rules(catalog, school(tmp_path, own=own, key=key), "r", Context())
    said = found.at(NOTE)
    assert said is not None and said.technique is Technique.REDACT
    assert (said.options.get("dates") is True) == own


CZECH = "ledna února března dubna května června července srpna září října listopadu prosince".split()  # noqa: SIM905
WAYS: dict[str, Callable[[date], str]] = {
    "7. 8. 2014": lambda day: f"{day.day}. {day.month}. {day.year}",
    "07.08.2014.": lambda day: f"{day:%d.%m.%Y}.",
    "2014. 08. 07.": lambda day: f"{day:%Y. %m. %d}.",
    "7 / 8 / 2014": lambda day: f"{day.day} / {day.month} / {day.year}",
    "7. 8. 14": lambda day: f"{day.day}. {day.month}. {day.year % 100:02}",
    "7. srpna 2014": lambda day: f"{day.day}. {CZECH[day.month - 1]} {day.year}",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("header", ["datum_narozeni", "date_of_birth"])
def test_days_leave_the_copy_however_they_are_written(tmp_path: Path, way: str, header: str) -> None:
    pupils = [(n, GIVEN[n % 11], FAMILIES[n % 9], WAYS[way](born(n))) for n in range(1, 100)]
    notes = [
        (n, n, f"nar. {WAYS[way](born(n))} nebyl ve škole" if n % 3 == 0 else "ozve se ještě dnes večer")
        for n in range(1, 100)
    ]
    path = (
        a_database(tmp_path)
        .with_table("zak", f"id INTEGER PRIMARY KEY, jmeno TEXT, prijmeni TEXT, {header} TEXT", rows=pupils)
        .with_table("poznamka", "id INTEGER PRIMARY KEY, zak INT REFERENCES zak, text TEXT", rows=notes)
        .build()
    )
    with open_catalog() as catalog:
        scan(path, Context(), catalog=catalog)
        plan = copy.plan_copy(catalog, path, tmp_path / "copy.db", Context())
        assert not [each.title for each in plan.findings if each.blocks]
        copy.make_copy(catalog, plan, Context())
    with open_read(tmp_path / "copy.db") as session:
        years = session.all(f"SELECT {quote(header)} FROM zak")
        texts = session.all("SELECT text FROM poznamka WHERE text LIKE 'nar. %'")
    assert sorted(str(year) for (year,) in years) == sorted(str(born(n).year) for n in range(1, 100))
    assert {str(text).replace("].", "]") for (text,) in texts} == {"nar. [date] nebyl ve škole"}


def told(path: Path, *, dates: bool = False, technique: str = "generalize") -> dict[str, Finding]:
    coarser = {"hierarchy": "dates", "level": "year"} if technique == "generalize" else {}
    said = rules(
        rule("eleve", "prenom", "pseudonym", kind="given_name"),
        rule("eleve", "nom", "pseudonym", kind="family_name"),
        rule("eleve", "naissance", technique, kind="birth_date", **coarser),
        rule("note", "texte", "redact", **({"dates": True} if dates else {})),
    )
    with open_read(path) as session, session.snapshot():
        return {each.code: each for each in look(session, said, None, b"k" * 32, Context()).findings}


@pytest.mark.parametrize("technique", ["generalize", "shift", "remove"])
def test_rules_by_hand_that_leave_them_are_told_with_the_number(tmp_path: Path, technique: str) -> None:
    finding = told(school(tmp_path), technique=technique)["births_left"]
    assert (finding.count, finding.blocks) == (33, False)


@pytest.mark.parametrize("form", ["%d%m%y", "%y%m%d", "%m%d%y", "%d%m%Y"])
def test_days_of_birth_are_told_in_names_of_files(tmp_path: Path, form: str) -> None:
    path = school(tmp_path)
    with open_write(path) as session, session.transaction():
        for n in range(1, 100):
            name = f"/2024/{FAMILIES[n % 9]}_{born(n).strftime(form)}.pdf"
            session.run("UPDATE note SET texte = ? WHERE id = ?", (name, n))
    assert told(path)["births_left"].count == 99
    assert "births_left" not in told(path, dates=True)


def test_days_and_texts_stand_at_paths(tmp_path: Path) -> None:
    path = school(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run("UPDATE eleve SET naissance = json_object('naissance', naissance)")
        session.run("UPDATE note SET texte = json_object('lignes', json_array('-', texte))")
    said = rules(
        rule("eleve", "prenom", "pseudonym", kind="given_name"),
        rule("eleve", "nom", "pseudonym", kind="family_name"),
        rule("eleve", "naissance", "shift", "$.naissance", kind="birth_date"),
        rule("note", "texte", "redact", "$.lignes[*]"),
    )
    with open_read(path) as session, session.snapshot():
        told = {each.code: each for each in look(session, said, None, b"k" * 32, Context()).findings}
    assert told["births_left"].count == 33
    with open_catalog() as catalog:
        proposed = propose_rules(catalog, path, "r", Context()).at(Place("note", "texte", "$.lignes[*]"))
    assert proposed is not None and proposed.options.get("dates") is True


def test_days_are_read_in_texts_of_another_encoding(tmp_path: Path) -> None:
    assert told(in_windows_1252(school(tmp_path)))["births_left"].count == 33


def test_nothing_is_told_where_days_go_or_the_column_is_kept(tmp_path: Path) -> None:
    path = school(tmp_path)
    assert "births_left" not in told(path, dates=True)
    assert "births_left" not in told(path, technique="keep")
