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
