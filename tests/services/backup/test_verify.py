"""Points read again, listed, and found again when the catalog is lost."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.points import PointState
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import manifest as manifests
from steward_app.services.backup.files import Files

Make = Callable[[Path], backup.Point]


def verify(catalog: Catalog, path: Path, **options: bool) -> backup.Verdict:
    (verdict,) = backup.verify(catalog, path, Context(), **options)  # type: ignore[arg-type]
    return verdict


@pytest.mark.parametrize("prove", [False, True])
def test_a_sound_point_is_said_to_be_sound(catalog: Catalog, clinic: Path, make: Make, prove: bool) -> None:
    make(clinic)
    verdict = verify(catalog, clinic, prove=prove)
    assert verdict.sound
    assert verdict.state is PointState.PROVEN
    assert len(verdict.checks) == (7 if prove else 6)


def test_every_flipped_byte_is_found(catalog: Catalog, clinic: Path, make: Make) -> None:
    copy = make(clinic).path
    whole = copy.read_bytes()
    for place in random.Random(1).sample(range(len(whole)), 25):
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        verdict = verify(catalog, clinic)
        assert verdict.state is PointState.FAILED
        assert verdict.problems
    copy.write_bytes(whole)
    assert verify(catalog, clinic).state is PointState.PROVEN


def test_a_copy_cut_short_or_gone_is_found(catalog: Catalog, clinic: Path, make: Make) -> None:
    copy = make(clinic).path
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-4096])
    assert verify(catalog, clinic).state is PointState.FAILED
    copy.unlink()
    assert verify(catalog, clinic).state is PointState.MISSING
    assert [point.state for point in backup.list_points(catalog, clinic, Context())] == [PointState.MISSING]
    copy.write_bytes(whole)
    assert [point.state for point in backup.list_points(catalog, clinic, Context())] == [PointState.TAKEN]
    assert verify(catalog, clinic).sound


def test_an_edited_manifest_is_found(catalog: Catalog, clinic: Path, make: Make) -> None:
    path = Files(make(clinic).path).manifest
    document = json.loads(path.read_text())
    document["found"]["tables"][0]["rows"] += 1
    path.write_text(json.dumps(document))
    verdict = verify(catalog, clinic)
    assert verdict.state is PointState.FAILED
    assert "manifest" in verdict.problems[0]
    path.write_text("not JSON")
    assert verify(catalog, clinic).state is PointState.FAILED


def test_a_manifest_written_anew_is_found_by_the_journal(catalog: Catalog, clinic: Path, make: Make) -> None:
    path = Files(make(clinic).path).manifest
    made, _ = manifests.read(path)
    manifests.write(path, replace(made, made_at="2001-01-01T00:00:00.000Z"))
    verdict = verify(catalog, clinic)
    assert verdict.problems == ("Not so: The manifest is the one that was written",)


def test_manifests_come_back_as_they_were(catalog: Catalog, clinic: Path, make: Make, tmp_path: Path) -> None:
    made, digest = manifests.read(Files(make(clinic).path).manifest)
    assert manifests.write(tmp_path / "again.json", made) == digest
    assert manifests.read(tmp_path / "again.json") == (made, digest)
    with pytest.raises(Failure) as failure:
        manifests.read(tmp_path / "nowhere.json")
    assert failure.value.code is ErrorCode.NOT_FOUND


def test_a_lost_catalog_is_filled_again_from_the_points(catalog: Catalog, clinic: Path, make: Make) -> None:
    points = {make(clinic).id: PointState.PROVEN, make(clinic).id: PointState.PROVEN}
    catalog.close()
    for path in catalog.directory.glob("catalog.sqlite*"):
        path.unlink()
    with open_catalog() as fresh:
        found = backup.list_points(fresh, clinic, Context())
        assert {point.id: point.state for point in found} == points
        assert all(verdict.sound for verdict in backup.verify(fresh, clinic, Context()))


def test_points_of_a_database_that_is_gone_are_listed(catalog: Catalog, clinic: Path, make: Make) -> None:
    point = make(clinic)
    clinic.unlink()
    assert backup.list_points(catalog, clinic, Context()) == (point,)
    catalog.close()
    for path in catalog.directory.glob("catalog.sqlite*"):
        path.unlink()
    with open_catalog() as fresh:
        assert [each.id for each in backup.list_points(fresh, clinic, Context())] == [point.id]
    with pytest.raises(Failure) as failure, open_catalog() as fresh:
        backup.list_points(fresh, clinic.with_name("never.db"), Context())
    assert failure.value.code is ErrorCode.NOT_FOUND


def test_a_point_is_found_by_the_start_of_its_name(catalog: Catalog, clinic: Path, make: Make) -> None:
    point = make(clinic)
    assert backup.find_point(catalog, clinic, point.id[3:12], Context()) == point
    with pytest.raises(UsageError):
        backup.find_point(catalog, clinic, "pt_nothing", Context())


def test_a_manifest_that_cannot_be_read_is_listed_as_failed(
    catalog: Catalog, clinic: Path, make: Make
) -> None:
    folder = make(clinic).path.parent
    (folder / "pt_foreign.json").write_text("{}")
    (folder / "pt_foreign.sqlite").write_bytes(b"?")
    states = {point.id: point.state for point in backup.list_points(catalog, clinic, Context())}
    assert states.pop("pt_foreign") is PointState.FAILED
    assert list(states.values()) == [PointState.PROVEN]


def test_a_manifest_that_cannot_be_read_is_listed_after_the_catalog_was_lost(
    catalog: Catalog, clinic: Path, make: Make
) -> None:
    sound, spoilt = make(clinic), make(clinic)
    spoilt.path.with_suffix(".json").write_text("{}")
    with catalog.unit() as unit:
        unit.session.run("DELETE FROM points")
        unit.session.run("DELETE FROM databases")
        unit.commit()

    found = {point.id: point.state for point in backup.list_points(catalog, clinic, Context())}

    assert found == {sound.id: PointState.PROVEN, spoilt.id: PointState.FAILED}
