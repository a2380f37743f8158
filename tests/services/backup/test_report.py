"""The report on backups: says what was verified, in both forms, and nothing a name could smuggle in."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services.backup.init import init_store
from steward_app.services.backup.report import write_report
from steward_app.services.backup.rounds import go_round
from steward_app.services.restore.drill import drill

HOSTILE = "a<img src=x onerror=alert(1)>\u202e#[typst].db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path / HOSTILE).with_table("visit", "id", rows=[(1,)]).in_wal_mode().build()


def _html(catalog: Catalog, path: Path, tmp_path: Path) -> str:
    write_report(catalog, path, tmp_path / "report.html", Context())
    return (tmp_path / "report.html").read_text("utf-8")


def test_a_database_nobody_guards_is_said_to_be_so(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    page = _html(catalog, path, tmp_path)
    assert "There is no restore point." in page
    assert 'class="danger">There is no' in page


def test_only_what_was_proven_is_called_so(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    init_store(catalog, path, str(tmp_path / "store"), Context(), name="<NAS>", new_keys=None)
    go_round(catalog, path, Context(), reason="Before <script>")
    page = _html(catalog, path, tmp_path)
    assert "1 restore point; none of them was ever restored and compared." in page
    drill(catalog, path, Context())
    page = _html(catalog, path, tmp_path)
    assert "the newest that was restored and compared is 0 hours old." in page
    assert "1 of 1 passed." in page
    assert "in step" in page


def test_names_do_no_harm_in_either_form(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    init_store(catalog, path, str(tmp_path / "store"), Context(), name="<NAS>", new_keys=None)
    go_round(catalog, path, Context(), reason="=cmd|<b>")
    page = _html(catalog, path, tmp_path)
    for harmful in ("<img", "<NAS>", "<b>", "\u202e"):
        assert harmful not in page
    assert "⟨U+202E⟩" in page
    write_report(catalog, path, tmp_path / "report.pdf", Context())
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_another_ending_is_refused(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither by its name"):
        write_report(catalog, path, tmp_path / "report.docx", Context())
    assert not (tmp_path / "report.docx").exists()
