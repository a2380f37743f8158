"""A store is not forgotten with the only key that opens it, unless that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup.store.keys import Unlocking


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("t", "a").build()


def at_stake(catalog: Catalog, path: Path) -> str:
    (store,) = backup.stores_of(catalog, path, Context())
    return backup.key_at_stake(catalog, store, Context())


def test_the_only_key_is_not_forgotten_by_the_way(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    backup.new_store(catalog, path, str(tmp_path / "nas"), Context())
    backup.go_round(catalog, path, Context())
    with pytest.raises(Refused) as refused:
        backup.disconnect(catalog, path, "nas", Context())
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert "Not disconnected: the only key of the store “nas” is the one on this computer" in str(
        refused.value
    )
    assert len(backup.stores_of(catalog, path, Context())) == 1
    (tmp_path / "nas").rename(tmp_path / "away")
    assert "cannot be asked now" in at_stake(catalog, path)
    (tmp_path / "away").rename(tmp_path / "nas")
    backup.disconnect(catalog, path, "nas", Context(), forget_key=True)
    assert backup.stores_of(catalog, path, Context()) == ()


@pytest.mark.parametrize("name", ["nas.key", "nas.html"])
def test_a_key_that_was_written_opens_the_store_again(
    catalog: Catalog, path: Path, tmp_path: Path, name: str
) -> None:
    backup.new_store(catalog, path, str(tmp_path / "nas"), Context())
    backup.go_round(catalog, path, Context())
    target = tmp_path / name
    assert backup.write_kept_key(catalog, path, "nas", target, Context()) == str(target)
    assert target.stat().st_mode & 0o077 == 0 and at_stake(catalog, path) == ""
    backup.disconnect(catalog, path, "nas", Context())
    if target.suffix == ".key":
        backup.connect(
            catalog, path, str(tmp_path / "nas"), Context(), given=Unlocking(key_file=target), keep_key=True
        )
        backup.refresh_all(catalog, path, Context())
        assert len(backup.list_points(catalog, path, Context())) == 1


def test_nothing_is_at_stake_where_another_key_opens_all_of_it(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    ways = (
        {"sheet": tmp_path / "sheet.html"},
        {"key_to": tmp_path / "nas.key"},
        {"passphrase": Secret("correct horse")},
        {"encrypt": False},
    )
    for number, way in enumerate(ways):
        backup.new_store(catalog, path, str(tmp_path / f"nas{number}"), Context(), **way)  # type: ignore[arg-type]
        backup.go_round(catalog, path, Context())
        assert at_stake(catalog, path) == ""
        if number:
            with pytest.raises(UsageError):
                backup.write_kept_key(catalog, path, f"nas{number}", tmp_path / "no.key", Context())
        backup.disconnect(catalog, path, f"nas{number}", Context())
