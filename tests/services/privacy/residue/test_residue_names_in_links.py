"""Names of persons in links and names of files, without accents and blanks, which the original writes with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search


def look(folder: Path, texts: list[str], names: list[str], encoding: str = "UTF-8") -> ResidueReport:
    folder.mkdir(exist_ok=True)
    original = a_database(folder, "original.db").with_table("person", "name", rows=[(n,) for n in names])
    path = (
        a_database(folder)
        .with_sql(f"PRAGMA encoding = '{encoding}'")
        .with_table("page", "link", rows=[(text,) for text in texts])
    )
    places = [Searched(Place("person", "name"), leads=True, names=True)]
    return search(path.build(), original.build(), places, Context())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Trịnh Thanh Đạt", "entrevista-com-trinh-thanh-dat"),
        ("João de Souza", "/srv/JOAO_DE_SOUZA/front.pdf"),
        ("Magalhães, Vinícius", "cv vinicius.magalhaes anexo"),
        ("Trịnh Thanh Đạt", "2024/05/rg-trinhthanhdat-frente.jpg"),
        ("Trịnh Thanh Đạt", "Cảm ơn Trinh Thanh Dat"),
        ("Jörg Müller", "see /joerg-mueller, too"),
        ("Jörg Müller", "jorgmuller.pdf"),
        ("Rose Wood", "scan_rosewood.pdf"),
        ("Λαμπρινουλάκου, Ιορδανία", "/arxeia/iordania_lamprinoylakoy/opg_1.jpg"),
        ("Виктор Ющенко", "viktor-yushchenko"),
        ("Виктор Ющенко", "scan_viktoriushchenko.pdf"),
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_they_are_originals(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    (cells,) = (each for each in look(tmp_path, [text], [name], encoding).found if each.where is Where.CELL)
    assert (cells.name, cells.column, cells.values) == ("page", "link", 1)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_made_up_names_that_meet_in_two_columns_are_none(tmp_path: Path, encoding: str) -> None:
    original = a_database(tmp_path, "original.db").with_table("person", "name", rows=[("Emil Birnbaum",)])
    path = (
        a_database(tmp_path)
        .with_sql(f"PRAGMA encoding = '{encoding}'")
        .with_table("person", "given TEXT, family TEXT", rows=[("Emil", "Birnbaum"), ("emil", "birnbaum")])
    )
    places = [Searched(Place("person", "name"), leads=True, names=True)]
    assert search(path.build(), original.build(), places, Context()).is_clean


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Rose Wood", "a table of rosewood. Good"),
        ("Rose Wood", "A ROSEWOOD TABLE"),
        ("Trịnh Thanh Đạt", "trinh-thanh-datsun"),
        ("Trịnh Thanh Đạt", "xtrinhthanhdat.jpg"),
        ("João de Souza", "joao-souza"),
        ("Lê An", "le-an"),
    ],
)
def test_other_words_are_none(tmp_path: Path, name: str, text: str) -> None:
    texts = [text] * 400  # some of which SQLite copied where it divided pages
    assert look(tmp_path, texts, [name]).is_clean
