"""Persons who are named in the text of a schema: told by a scan and by a check, before any copy is made."""

from __future__ import annotations

import pytest

from builders import a_database
from builders.releases import write_to
from steward_app.catalog import open_catalog
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.check import standing
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import InSchema, Place
from steward_app.services.privacy.schema_texts import texts_of

ROWS = [
    ("Ada Winterbottom", "ada@orig.example", "01632 960100"),
    ("Émile O'Moorcroft", "emile@orig.example", "01632 960101"),
    ("Cleo Summerfield", "cleo@orig.example", "01632 960102"),
]
NAME, EMAIL, PHONE = (Place("customer", column) for column in ("full_name", "email", "phone"))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "CREATE VIEW v AS SELECT 1 -- ask Cleo Summerfield before you change it",
            InSchema("view", "v", NAME),
        ),
        ("CREATE VIEW v AS SELECT 1 /* ring 01632 960100 first */", InSchema("view", "v", PHONE)),
        ("CREATE TABLE t (a DEFAULT 'Émile O''Moorcroft')", InSchema("table", "t", NAME)),
        (
            "CREATE INDEX i ON customer (phone) WHERE email = 'EMILE@orig.example'",
            InSchema("index", "i", EMAIL),
        ),
        (
            "CREATE TRIGGER r AFTER DELETE ON customer WHEN old.email LIKE '%ada@orig.example%' BEGIN SELECT 1; END",
            InSchema("trigger", "r", EMAIL),
        ),
        ("CREATE VIEW v AS SELECT 1 -- no winter, no summer, and nobody's field", None),
        ("CREATE VIEW v AS SELECT 'cleo summerfields'", None),
    ],
)
def test_a_scan_tells_who_is_named(tmp_path, statement, found):
    path = a_database(tmp_path).with_table("customer", "full_name, email, phone", rows=ROWS).build()
    write_to(path, statement)
    with open_catalog() as catalog:
        seen = scan(path, catalog=catalog)
        stands = standing(catalog, path, Context())
    assert seen.in_schema == ((found,) if found else ())
    told = [each for each in stands.findings if each.code == "privacy_in_schema"]
    assert len(told) == len(seen.in_schema)
    assert not any(value in repr((seen, told)) for row in ROWS for value in row)


def test_a_scan_of_another_schema_tells_nothing(tmp_path):
    path = a_database(tmp_path).with_table("customer", "full_name, email, phone", rows=ROWS).build()
    write_to(path, "CREATE VIEW v AS SELECT 1 -- for Cleo Summerfield")
    with open_catalog() as catalog:
        assert scan(path, catalog=catalog).in_schema
        write_to(path, "DROP VIEW v")
        found = standing(catalog, path, Context()).findings
    assert "privacy_in_schema" not in {each.code for each in found}


def test_short_words_and_small_letters_alone_are_not_asked_about():
    texts = texts_of([("view", "v", "CREATE VIEW v AS SELECT 'x' -- may will Rose Maria")])
    assert "maria" in texts.phrases and "will rose" in texts.phrases
    assert not {"may", "will", "rose"} & set(texts.phrases)
    assert texts.literals == {}
