"""The tour, as `make run` takes it where there is no display: once with the window's pictures, else without."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from steward_app.app import PAGES
from steward_app.catalog import chain, identity, journal, open_catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context, Progress
from steward_app.services.schema.check import check
from steward_app.services.schema.introspect import read_schema
from steward_app.services.tour import TourSummary, take_tour
from steward_app.services.tour.pictures import take_pictures

pytestmark = pytest.mark.timeout(300)  # the file is made, scanned and pictured whole


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> TourSummary:
    """A whole tour, the child with the window included."""
    return take_tour(tmp_path_factory.mktemp("tour") / "out", Context())


@pytest.fixture
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt that knows no such platform: the child ends at once."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")


def cancel_at(note: str) -> Context:
    """A context that is cancelled when the tour comes to a station, or takes a picture."""

    def hear(progress: Progress) -> None:
        if progress.note == note:
            context.cancel()

    context = Context(hear)
    return context


def test_every_page_has_a_picture_in_both_palettes(taken: TourSummary) -> None:
    assert taken.no_pictures == ""
    expected = {(spec.id, dark) for spec in PAGES for dark in (False, True)}
    assert {(picture.page, picture.dark) for picture in taken.pictures} == expected
    assert len(taken.pictures) == len(expected)
    for picture in taken.pictures:
        head = picture.path.read_bytes()[:24]
        assert struct.unpack(">II", head[16:]) == (1440, 900)


def test_the_window_of_the_pictures_saw_the_restore_point(taken: TourSummary) -> None:
    """It used the tour's catalog, chose nothing in it, and wrote nothing else."""
    with open_catalog(taken.home) as catalog, catalog.reading() as session:
        assert len(identity.every(session)) == 1
        assert chain.verify(session).events == taken.journal_events


def test_the_numbers_are_true(taken: TourSummary) -> None:
    with open_read(taken.sample) as session:
        report = check(session, read_schema(session, Context()), Context())
    assert taken.broken_rows == report.broken_rows
    counts = {each.severity: each.count for each in taken.findings}
    assert sum(counts.values()) == len(report.findings)
    assert all(
        count == sum(finding.severity is severity for finding in report.findings)
        for severity, count in counts.items()
    )
    page = taken.report.read_text("utf-8")
    assert f"{report.broken_rows} rows break a rule" in page
    assert page.count('<span class="pill error">') == counts[report.findings[0].severity]


def test_the_restore_point_is_proven_and_the_restored_file_the_same(taken: TourSummary) -> None:
    assert (taken.point_state, taken.compared.passed, taken.journal_holds) == ("proven", True, True)
    with open_catalog(taken.home) as catalog, catalog.reading() as session:
        done = [event.operation for event in journal.events(session, phases=(journal.Phase.FINISHED,))]
        assert done == ["backup.capture", "backup.init", "restore.new_file", "backup.create"]
    with open_read(taken.restored) as session:
        assert session.count("SELECT count(*) FROM patient") > 1_000


def test_everything_the_report_links_to_is_there_and_nothing_is_fetched(taken: TourSummary) -> None:
    page = taken.report.read_text("utf-8")
    links = set(re.findall(r'(?:href|src)="([^"]+)"', page))
    assert len(links) == 1 + len(taken.pictures)
    assert [link for link in links if not (taken.report.parent / link).is_file()] == []
    for station in taken.stations:
        assert station.title in page
    assert "No pictures" not in page


def test_the_stewards_own_catalog_stays_as_it_is(taken: TourSummary, steward_home: Path) -> None:
    assert taken.home == taken.report.parent / "home"
    assert list(steward_home.iterdir()) == []


@pytest.mark.usefixtures("no_window")
def test_without_a_window_the_rest_is_done_and_the_report_says_why(tmp_path: Path) -> None:
    """Twice, with a catalog that knows the first sample: the second is another database at the same place."""
    for number in (1, 2):
        taken = take_tour(tmp_path / "out", Context(), directory=tmp_path / "mine")
        assert taken.pictures == ()
        assert "nonsense" in taken.no_pictures
        page = taken.report.read_text("utf-8")
        assert "No pictures of the window could be taken." in page
        assert "nonsense" in page
        assert taken.home == tmp_path / "mine"
        with open_catalog(taken.home) as catalog, catalog.reading() as session:
            assert len(identity.every(session)) == number
            assert chain.verify(session).holds
        (tmp_path / f"kept {number}").hardlink_to(
            taken.sample
        )  # or the next file may be given the same inode


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PySide6").mkdir()
    said = "libEGL.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "PySide6" / "__init__.py").write_text(f"raise ImportError({said!r})\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    taken = take_pictures(tmp_path / "any.db", tmp_path / "pictures", tmp_path / "home", Context())
    assert taken.pictures == ()
    assert taken.problem == "The library libEGL.so.1, which the window needs, is not on this system."


def test_a_file_that_does_not_open_is_said(tmp_path: Path) -> None:
    taken = take_pictures(tmp_path / "gone.db", tmp_path / "pictures", tmp_path / "home", Context())
    assert taken.pictures == ()
    assert "“gone.db”" in taken.problem


@pytest.mark.parametrize("note", ["Build the sample", "Make a restore point"])
def test_a_tour_that_is_stopped_says_what_stays_and_the_next_one_goes_on(tmp_path: Path, note: str) -> None:
    with pytest.raises(Cancelled, match=r"Stopped\. What the tour had made by then is in “.*out”"):
        take_tour(tmp_path / "out", cancel_at(note))
    assert not (tmp_path / "out" / "index.html").exists()
    with pytest.raises(Cancelled):
        take_tour(tmp_path / "out", cancel_at("Check it"))


def test_the_child_is_gone_when_the_tour_is_stopped(
    taken: TourSummary, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    with pytest.raises(Cancelled):
        take_pictures(taken.sample, pictures, tmp_path / "home", cancel_at(f"{PAGES[0].id}.png"))
    assert (pictures / f"{PAGES[0].id}.png").exists()
    assert not (pictures / f"{PAGES[-1].id}-dark.png").exists()
