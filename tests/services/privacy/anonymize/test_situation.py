"""What is known of columns and paths before a copy is planned."""

from __future__ import annotations

import json
from pathlib import Path

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.situation import read_situation
from steward_app.services.privacy.model import Identifies, Place


def test_a_path_in_json_says_what_it_holds_as_a_column_does(tmp_path: Path, catalog: Catalog) -> None:
    rows = [(n, json.dumps({"mail": f"ada{n}@club.example", "n": n})) for n in range(60)]
    path = (
        a_database(tmp_path, "club.db")
        .with_table("member", "id INTEGER PRIMARY KEY, contact TEXT", rows=rows)
        .build()
    )
    found = read_situation(catalog, path, "", Context(), look=True)
    told = {line.place: line for line in found.lines}
    mail = told[Place("member", "contact", "$.mail")]
    assert (mail.what, mail.identifies) == ("E-mail address", Identifies.DIRECT)
