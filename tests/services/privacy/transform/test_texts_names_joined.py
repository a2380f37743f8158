"""Names in links and names of files, and names of two letters, taken out of texts; and words that look like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.transforms import redaction, released, rule, rules
from steward_app.services.privacy.discover.key_words import key_words
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.transform.known import Known

PEOPLE = [
    "Trịnh Thanh Đạt",
    "João de Souza",
    "Luiz Conceição",
    "Lê Quang Minh",
    "Hồ Thị Hương",
    "Wu Xiaoming",
    "Li Meiling",
    "Rose Wood",
    "An Nguyễn",
    "Anna Lo",
    "Jörg Müller-Lüdenscheidt",
    "Ιορδανία Λαμπρινουλάκου",
]


def redacted(text: str) -> str:
    words = key_words(lexicon(packs()))
    known = Known(words.is_only_a_name, words.is_no_grammar)
    known.add(PEOPLE, "person_name")
    return redaction(known).text(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("entrevista-com-trinh-thanh-dat", "entrevista-com-[name]"),
        ("entrevista_com_joao_de_souza.html", "entrevista_com_[name].html"),
        ("/home/joao.de.souza/x", "/home/[name]/x"),
        ("2024/05/rg-trinhthanhdat-frente.jpg", "2024/05/rg-[name]-frente.jpg"),
        ("2024/05/RG-luizconceicao2.JPG", "2024/05/RG-[name].JPG"),
        ("Scan TrinhThanhDat liegt vor", "Scan [name] liegt vor"),
        ("TRINHTHANHDAT", "[name]"),
        ("see files/joergmuellerluedenscheidt.pdf", "see files/[name].pdf"),
        ("rg-iordanialamprinoylakoy.jpg, lamprinoulakou-2", "rg-[name].jpg, [name]-2"),
        ("see ~/jorgmullerludenscheidt", "see ~/[name]"),
        ("a rosewood table; rosewood. Good", "a rosewood table; rosewood. Good"),
        ("A ROSEWOOD TABLE", "A ROSEWOOD TABLE"),
        ("trinhthanhdatx-1.jpg", "trinhthanhdatx-1.jpg"),
    ],
)
def test_whole_names_go_from_links_and_names_of_files(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Lê", "[name]"),
        ("LÊ", "[name]"),
        (" Wu ", "[name]"),
        ("Cảm ơn Lê Hương, Hồ Minh!", "Cảm ơn [name] [name], [name] [name]!"),
        ("LÊ HƯƠNG", "[name] [name]"),
        ("Le\u0302 Hu\u031bo\u031bng", "[name] [name]"),
        ("Meiling Wu and Xiaoming, Li", "[name] [name] and [name], [name]"),
        ("Le Minh tard", "Le [name] tard"),
        ("hồ Minh; li Hương", "hồ [name]; li [name]"),
        ("Hồ Tây rất đẹp, Li is here", "Hồ Tây rất đẹp, Li is here"),
        ("An Meiling; Lo Xiaoming", "An [name]; Lo [name]"),
        ("de Souza, De Hương", "de [name], De [name]"),
        ("Anna-Li Hương", "[name]-Li [name]"),
        ("de", "de"),
        ("lê", "lê"),
    ],
)
def test_names_of_two_letters_go_beside_names_and_alone_in_a_cell(text: str, left: str) -> None:
    assert redacted(text) == left


def test_names_in_two_columns_go_whole(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("p", "given TEXT, family TEXT", rows=[("Rose", "Price"), ("João", "de Souza"), ("", "A")])
        .with_table(
            "n", "note TEXT", rows=[("cv-rose-price",), ("rg-joaodesouza-2.jpg",), ("the price of a rose",)]
        )
        .build()
    )
    said = rules(
        rule("p", "given", "pseudonym", kind="given_name"),
        rule("p", "family", "pseudonym", kind="family_name"),
        rule("n", "note", "redact"),
    )
    found, _ = released(path, said)
    assert found["n"] == [("cv-[name]",), ("rg-[name]-2.jpg",), ("the price of a rose",)]
