"""Addresses of e-mail in words: found in texts by their form, by the scan, and as originals that are left."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders.transforms import redaction
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.missed import by_form
from steward_app.services.privacy.discover.profile import Inside
from steward_app.services.privacy.residue.search import search_values
from steward_app.services.privacy.transform.known import Known
from steward_app.services.privacy.written_mails import in_other_words, plain, spans


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Mail an jasmin.boettcher900 (at) gmx.de geschickt", "jasmin.boettcher900@gmx.de"),
        ("mère: chloé.lefèvre AT orange.fr", "chloé.lefèvre@orange.fr"),
        ("boettcher AT gmx.de", "boettcher@gmx.de"),
        ("info [at] verein (punkt) de", "info@verein.de"),
        ("foo(at)bar.co.uk", "foo@bar.co.uk"),
        ("x_y at web.de.", "x_y@web.de"),
        ("joana99 arroba sapo ponto pt", "joana99@sapo.pt"),
    ],
)
def test_addresses_in_words_are_found(text: str, address: str) -> None:
    assert [plain(text[start:end]) for start, end in spans(text)] == [address]
    assert address.partition("@")[0] not in redaction(Known()).text(text)
    assert by_form([text])[Inside.EMAIL] == 1


@pytest.mark.parametrize(
    "text",
    ["look at example.com", "We met at 3.5 at noon.then left", "v1.2 at home.", "Treffen at the station. He"],
)
def test_other_words_are_none(text: str) -> None:
    assert not list(spans(text))
    assert redaction(Known()).text(text) == text


def test_a_text_of_one_word_takes_no_longer_than_others() -> None:
    assert not list(spans("a." * 200_000 + " (at) "))


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
@pytest.mark.parametrize("written", in_other_words("jasmin.boettcher@gmx.de"))
def test_an_original_that_is_left_in_words_is_found(tmp_path: Path, written: str, encoding: str) -> None:
    path = tmp_path / "copy.db"
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute("CREATE TABLE note (text)")
    connection.execute("INSERT INTO note VALUES (?)", (f"Mail an {written.title()} geschickt",))
    connection.close()
    report = search_values(path, ["jasmin.boettcher@gmx.de"], Context())
    assert [(each.name, each.column) for each in report.found] == [("note", "text")]
    assert search_values(path, ["min.boettcher@gmx.de"], Context()).is_clean
