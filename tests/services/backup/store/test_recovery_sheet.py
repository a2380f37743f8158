"""The recovery sheet: one page, the key on it can be typed in again, and nothing on it does harm."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from builders.stores import UnsyncedDisk, a_store
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.secret import Secret
from steward_app.services.backup.store.recovery_sheet import (
    RecoverySheet,
    check_text,
    key_lines,
    sheet_html,
    sheet_pdf,
    write_sheet,
)
from steward_app.storage.age import Identity
from steward_app.storage.disk import using

KEY = Identity.generate()
HOSTILE = '<img src=x onerror=alert(1)> "#$*_`@{\\' + "\u202e\n=cmd|' "
SHEET = RecoverySheet(
    "3f1a6f0e-61d7-4f5e-9a7f-0b8c4f1d2e3f",
    "Office NAS",
    "sftp://backup@nas.example/srv/riverside",
    "riverside.db",
    KEY,
    "0123456789abcdef",
)


class _Text(HTMLParser):
    """The text of a page, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.loads = "", set[str](), list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "onerror", "onload")]

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b(?!s)", pdf))


def test_the_page_says_what_it_is_for_and_holds_the_key() -> None:
    shown = _Text(sheet_html(SHEET))
    for text in (SHEET.store_name, SHEET.url, SHEET.database_name, SHEET.store_id, SHEET.signing_key_id):
        assert text in shown.text
    assert all(line in shown.text for line in key_lines(KEY))
    assert KEY.public_key in shown.text
    assert check_text(KEY) in shown.text
    assert re.search(r"\d{4}-\d\d-\d\d", shown.text)
    assert "steward restore file --store sftp://backup@nas.example/srv/riverside --point" in shown.text
    assert "age -d -i key.txt" in shown.text
    assert "svg" in shown.tags
    assert shown.loads == []


def test_what_is_printed_is_typed_in_again() -> None:
    lines = key_lines(KEY)
    assert max(map(len, lines)) <= 24
    assert Identity.read(Secret("\n".join(lines))).public_key == KEY.public_key
    assert Identity.read(Secret(" ".join(lines).lower())).public_key == KEY.public_key


def test_the_check_line_is_what_sha256sum_says() -> None:
    script = "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
    key = KEY.reveal().reveal().encode()
    done = subprocess.run([sys.executable, "-c", script], input=key, capture_output=True, check=True)
    assert done.stdout.decode().startswith(check_text(KEY).replace(" ", ""))


def test_hostile_names_stay_text_and_the_sheet_stays_one_page() -> None:
    sheet = replace(
        SHEET, store_name=HOSTILE * 9, database_name=HOSTILE * 9, url=f"/srv/{'long folder/' * 20}"
    )
    shown = _Text(sheet_html(sheet))
    assert "img" not in shown.tags
    assert shown.loads == []
    assert "\u202e" not in shown.text
    assert pages(sheet_pdf(sheet)) == pages(sheet_pdf(replace(SHEET, store_id="", signing_key_id=""))) == 1
    assert pages(sheet_pdf(replace(sheet, opens_after="2026-11-20T10:40:00.000Z"))) == 1


def test_a_point_is_restored_with_the_paper_alone(tmp_path: Path) -> None:
    """The commands as they are printed, with the key as somebody copied it who read the sheet."""
    with using(UnsyncedDisk()):
        store = a_store(tmp_path, encrypted=True)
        image = bytes(range(256)) * 20
        point = store.write(image)
    assert store.sheet
    shown = _Text(sheet_html(replace(SHEET, identity=store.sheet)))
    command = next(line for line in shown.text.splitlines() if line.startswith("python3 "))
    (tmp_path / "key.txt").write_text("".join(key_lines(store.sheet)).replace(" ", ""), encoding="ascii")
    script = Path(__file__).parents[4] / "docs" / "restore_a_point.py"
    typed = {"python3": sys.executable, "restore_a_point.py": str(script), "STORE": str(store.folder)}
    typed["POINT"] = point.manifest.id
    words = [typed.get(word, word) for word in command.split()]
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "restored.db").read_bytes() == image


def test_a_url_with_a_secret_never_gets_on_paper() -> None:
    for make in (sheet_html, sheet_pdf):
        with pytest.raises(UsageError) as caught:
            make(replace(SHEET, url="sftp://backup:hunter2@nas.example/srv"))
        assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(("name", "start"), [("s.pdf", b"%PDF-"), ("s.HTML", b"<!doctype html>")])
def test_the_file_is_its_owners_alone_and_replaces_nothing(tmp_path: Path, name: str, start: bytes) -> None:
    target = tmp_path / name
    written = write_sheet(SHEET, target)
    assert target.read_bytes().startswith(start)
    assert target.stat().st_mode & 0o777 == 0o600
    assert written.path == str(target)
    assert written.fingerprint == KEY.fingerprint
    assert "delete the file" in written.warning
    with pytest.raises(Refused):
        write_sheet(SHEET, target)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_sheet_that_was_let_in_later_does_not_claim_what_was_there(tmp_path: Path) -> None:
    later = replace(SHEET, opens_after="2026-11-20T10:40:00.000Z")
    claim = "Whoever holds this page can read every backup in this store."
    assert claim in _Text(sheet_html(SHEET)).text
    shown = " ".join(_Text(sheet_html(later)).text.split())
    assert claim not in shown
    opens = "every backup made in this store after 2026-11-20 10:40 UTC, and none made before"
    assert f"can read {opens}. Keep the keys that open those, too." in shown
    assert "nobody can read what it opens" in shown
    assert pages(sheet_pdf(later)) == 1
    assert opens in write_sheet(later, tmp_path / "later.pdf").warning
    assert "every backup in this store." in write_sheet(SHEET, tmp_path / "first.pdf").warning


def test_the_sheet_names_nobody_under_ledger() -> None:
    shown = " ".join(_Text(sheet_html(SHEET)).text.split())
    assert "named under" not in shown
    assert "Files under ledger/ say that people were erased, and name nobody" in shown


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    for name in ("sheet", "sheet.docx"):
        with pytest.raises(UsageError, match="PDF or an HTML"):
            write_sheet(SHEET, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_in_no_repr() -> None:
    assert "SECRET-KEY" not in repr(SHEET)
