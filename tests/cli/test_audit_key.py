"""`steward audit key`, and receipts of any seal."""

from __future__ import annotations

import json
from pathlib import Path

from builders import a_database, steward
from builders.under_audit import run


def test_the_recovery_of_the_key_is_written_read_and_told(tmp_path: Path) -> None:
    phrase, file = tmp_path / "phrase", tmp_path / "key.age"
    phrase.write_text("correct horse battery\n")
    assert steward("audit", "key", "show", "--json").document()["key_id"] == ""
    ran = steward("audit", "key", "export", "--to", file, "--passphrase-file", phrase, "--json")
    document = ran.document()
    assert (ran.code, document["schema"], document["path"]) == (0, "steward/audit-key/v1", str(file))
    shown = steward("audit", "key", "show")
    assert str(document["key_id"]) in shown.out and "never" not in shown.out
    assert steward("audit", "key", "export", "--to", file, "--passphrase-file", phrase).code == 3
    ran = steward("audit", "key", "import", file, "--passphrase-file", phrase)
    assert ran.code == 0 and str(document["key_id"]) in ran.out
    phrase.write_text("another one altogether\n")
    assert steward("audit", "key", "import", file, "--passphrase-file", phrase).code == 4


def test_a_receipt_of_an_earlier_seal(tmp_path: Path) -> None:
    path = a_database(tmp_path, "clinic.db").with_table("bill", "id INTEGER PRIMARY KEY, sum").build()
    assert steward("audit", "install", path, "--yes", "--no-forecast").code == 0
    run(path, "INSERT INTO bill VALUES (1, 5)")
    assert steward("audit", "seal", path, "--yes").code == 0
    kept = tmp_path / "receipt.json"
    assert steward("audit", "receipt", path, "--to", kept, "--seal", "1").code == 0
    assert json.loads(kept.read_bytes())["n"] == 1
    verified = steward("audit", "verify", path, "--receipt", kept, "--json")
    assert verified.code == 0 and verified.document()["holds"] is True
    refused = steward("audit", "receipt", path, "--to", tmp_path / "other.json", "--seal", "9")
    assert refused.code == 2 and "has no seal 9" in refused.err
