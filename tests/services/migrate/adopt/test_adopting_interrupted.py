"""An adoption that was interrupted before its files were whole is made whole by the same call, whatever was missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.adopting import DBMATE, HELD, OWNERS, YOYO, Adopting, History
from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.migrate.adopt import service
from steward_app.services.migrate.folder import folder_of
from steward_app.services.migrate.model import State


@pytest.mark.parametrize("written", range(5))
def test_as_long_as_one_is_missing_the_status_says_so_and_nothing_is_applied(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    zoo = Adopting(tmp_path, catalog, DBMATE)
    whole, left = service.write_whole, [written]

    def full(*args: object, **named: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Failure(ErrorCode.DISK_FULL, "The disk is full.")
        whole(*args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(service, "write_whole", full)
        with pytest.raises(Failure, match="its files could not be written"):
            zoo.adopt(into=tmp_path / "steward")
    zoo.into = tmp_path / "steward"

    assert len(zoo.texts()) == written
    assert State.MISSING in zoo.states().values()
    assert folder_of(zoo.path) == zoo.into

    service.write_missing(zoo.request(), Context())

    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]
    assert service.write_missing(zoo.request(), Context()) == ()
    with pytest.raises(Refused, match="has a history of migrations already"):
        zoo.plan()


def test_what_waits_is_written_where_all_that_was_applied_are_programs(
    tmp_path: Path, catalog: Catalog
) -> None:
    program = "from yoyo import step\nstep(lambda connection: None)\n"
    files = {f"{name}.py": program for name in ("0001.pets", "0002.note")}
    zoo = Adopting(tmp_path, catalog, History(YOYO.tables, {**files, "0003.owners.sql": OWNERS}))
    anew = tmp_path / "anew.sql"
    anew.write_text(HELD)
    zoo.adopt(against=anew)
    before = zoo.texts()
    assert list(before) == ["V0003__owners.sql"]
    (zoo.into / "V0003__owners.sql").unlink()

    service.write_missing(zoo.request(against=anew), Context())

    assert zoo.texts() == before
