"""Names and addresses are made up in the language of those that were there."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.transform.lists import lists_of


def proposed(
    catalog: Catalog, folder: Path, names: str, phone: str, city: str = "", country: str = ""
) -> str:
    """The locale that is proposed for a table of people."""
    lists, towns = lists_of(names), lists_of(city or names).towns
    rows = [
        (
            n,
            f"{lists.given[n * 7 % len(lists.given)]} {lists.family[n * 11 % len(lists.family)]}",
            phone.format(n=n) if phone else None,
            towns[n % len(towns)] if city else None,
            country or None,
        )
        for n in range(60)
    ]
    columns = "id INTEGER PRIMARY KEY, full_name TEXT, phone TEXT, city TEXT, country TEXT"
    path = a_database(folder, "people.db").with_table("customer", columns, rows=rows).build()
    return propose_rules(catalog, path, "r", Context()).locale


@pytest.mark.parametrize(
    ("names", "phone", "city", "country", "told"),
    [
        ("de_DE", "+49 30 9018{n:03}", "", "", "de_DE"),
        ("de_DE", "0041 44 668 {n:04}", "", "", "de_CH"),
        ("fr_FR", "+41 22 730 {n:04}", "", "", "fr_CH"),
        ("de_DE", "+43 1 2345{n:03}", "de_AT", "", "de_AT"),
        ("it_IT", "", "", "", "it_IT"),
        ("pl_PL", "", "pl_PL", "", "pl_PL"),
        ("es_ES", "", "", "Spain", "es_ES"),
        ("en_GB", "+1 212 555 {n:04}", "", "United States", "en_US"),
        ("en_GB", "020 7946 {n:04}", "", "", "en_GB"),
    ],
)
def test_the_values_tell_the_locale(
    catalog: Catalog, tmp_path: Path, names: str, phone: str, city: str, country: str, told: str
) -> None:
    assert proposed(catalog, tmp_path, names, phone, city, country) == told


def test_nothing_is_told_by_names_of_many_languages(catalog: Catalog, tmp_path: Path) -> None:
    rows = [
        (n, name) for n, name in enumerate(("Anna Müller", "Marie Dubois", "John Brown", "Eva Novak") * 8)
    ]
    path = a_database(tmp_path, "p.db").with_table(
        "customer", "id INTEGER PRIMARY KEY, full_name TEXT", rows=rows
    )

    assert propose_rules(catalog, path.build(), "r", Context()).locale == "en_GB"
