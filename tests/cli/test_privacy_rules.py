"""`steward privacy rules`: shown, proposed from a scan, written into the policy, and what stands against them."""

from __future__ import annotations

from pathlib import Path

from builders import a_database, steward


def test_rules_are_proposed_and_written(tmp_path: Path) -> None:
    rows = [(n, f"Ada Moor{n}", f"ada{n}@mail.org", f"19{50 + n % 50}-03-04") for n in range(1, 60)]
    columns = "id INTEGER PRIMARY KEY, name TEXT, email TEXT, birth_date TEXT"
    path = a_database(tmp_path).with_table("patient", columns, rows=rows).build()
    shown = steward("privacy", "rules", str(path), "--json")
    document = shown.document()
    assert shown.code == 0
    assert document["proposed"] and document["written"] == ""
    rules = {each["id"]: each for each in document["items"]}
    assert rules["patient.email"]["technique"] == "pseudonym"
    assert rules["patient.email"]["options"]["kind"] == "email"
    assert not path.with_name("clinic.db.steward.yaml").exists()

    written = steward(
        "privacy", "rules", str(path), "--write", "--name", "research", "--locale", "de_DE", "--json"
    )
    assert written.code == 0
    assert written.document()["names"] == ["research"]
    policy = path.with_name("clinic.db.steward.yaml").read_text(encoding="utf-8")
    assert "research:" in policy and "locale: de_DE" in policy
    again = steward("privacy", "rules", str(path), "--json").document()
    assert not again["proposed"] and again["items"] == written.document()["items"]


def test_what_stands_against_rules_is_told(tmp_path: Path) -> None:
    rows = [(1, "a@x.org"), (2, "b@x.org")]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, mail TEXT UNIQUE", rows=rows).build()
    path.with_name(path.name + ".steward.yaml").write_text(
        "version: 1\nreleases:\n  open:\n    tables:\n      t:\n        mail: {technique: mask}\n",
        encoding="utf-8",
    )
    told = steward("privacy", "rules", str(path))
    assert told.code == 1
    assert "makes different values equal" in told.out and "permute" in told.out
    assert steward("privacy", "rules", str(path), "--name", "closed").code == 2
    assert steward("privacy", "rules", str(path), "--write").code == 2


def test_for_whom_a_copy_is_stands_in_the_rules(tmp_path: Path) -> None:
    rows = [(n, f"Ada Moor{n}", f"ada{n}@mail.org") for n in range(1, 60)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, name TEXT, email TEXT", rows=rows)
    database = str(path.build())
    whom = ("--for", "University", "--purpose", "Study", "--until", "2099-12-31")
    proposed = steward("privacy", "rules", database, *whom)
    assert (proposed.code, "--write" in proposed.err) == (2, True)
    assert steward("privacy", "rules", database, "--write", "--name", "r", "--until", "soon").code == 2
    assert not Path(f"{database}.steward.yaml").exists()

    assert steward("privacy", "rules", database, "--write", "--name", "r", "--for", "University").code == 0
    told = steward("privacy", "rules", database).out
    assert "University" in told and "nobody said" in told and "no end" in told
    later = steward("privacy", "rules", database, *whom[2:], "--json").document()
    assert (later["recipient"], later["purpose"], later["until"]) == ("University", "Study", "2099-12-31")
    made = steward("privacy", "anonymize", database, "--to", str(tmp_path / "copy.db"), "--yes")
    assert made.code == 0
    shown = steward("privacy", "releases", database, "--json").document()["items"][0]
    assert (shown["recipient"], shown["purpose"], shown["until"]) == ("University", "Study", "2099-12-31")
    assert steward("privacy", "rules", database, "--for", "", "--json").document()["recipient"] == ""


def test_a_proposal_takes_the_place_of_rules_only_when_that_is_asked_for(tmp_path: Path) -> None:
    rows = [(n, f"Ada Moor{n}", f"ada{n}@mail.org") for n in range(1, 60)]
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, name TEXT, email TEXT", rows=rows)
        .build()
    )
    policy = Path(f"{path}.steward.yaml")
    policy.write_text(
        "version: 1\nreleases:\n  r:\n    tables: {t: {name: {technique: remove}}}\n", encoding="utf-8"
    )
    before = policy.read_bytes()
    told = steward("privacy", "rules", str(path), "--write", "--name", "r")
    assert (told.code, "--force" in told.err) == (2, True)
    assert policy.read_bytes() == before
    assert steward("privacy", "rules", str(path), "--write", "--name", "r", "--force").code == 0
    assert b"pseudonym" in policy.read_bytes()


def test_what_would_stop_a_copy_is_told_with_the_rules(tmp_path: Path) -> None:
    rows = [(n, f"Ada Moor{n}", f"ada{n}@mail.org") for n in range(1, 60)]
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, name TEXT, email TEXT", rows=rows)
        .build()
    )
    assert steward("privacy", "scan", str(path)).code == 0
    Path(f"{path}.steward.yaml").write_text(
        "version: 1\nreleases:\n  r:\n    tables: {t: {name: {technique: remove}}}\n", encoding="utf-8"
    )
    rules = steward("privacy", "rules", str(path), "--json")
    plan = steward("privacy", "anonymize", str(path), "--to", str(tmp_path / "c.db"), "--plan", "--json")
    assert rules.code == 1
    codes = [each["code"] for each in rules.document()["findings"]]
    assert "identifying_column_kept" in codes
    assert codes == [each["code"] for each in plan.document()["findings"]]
