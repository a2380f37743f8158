"""Pruning: what the rules let go goes, what anybody needs stays, whoever else is at work and whatever is killed."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from builders.ageing import AgeingStore, Site, a_site
from steward_app.catalog import Catalog, journal
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.connect import reached
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import records
from steward_app.services.backup.store.model import ProofState
from steward_app.services.operation import Confirmation
from steward_app.storage.objects.opening import wrapping

IMAGE = random.Random(5).randbytes(32 * 512)


@pytest.fixture(params=[False, True], ids=["open", "encrypted"])
def site(catalog: Catalog, tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    return a_site(catalog, tmp_path / "site", encrypted=request.param)


def changed(image: bytes, number: int) -> bytes:
    at = number * 700 % (len(image) - 8)
    return image[:at] + f"{number:08d}".encode() + image[at + 8 :]


def a_history(site: Site, points: int = 8, **between: float) -> list[str]:
    made, image = [], IMAGE
    for number in range(points):
        image = changed(image, number)
        made.append(site.write(image))
        site.later(**between)
    return made


def test_points_go_by_the_rules_and_the_rest_restores(site: Site) -> None:
    made = a_history(site, minutes=20)
    site.later(days=60)
    made += a_history(site, 4, minutes=20)
    before = site.objects()
    receipt = site.prune()
    left = site.check()
    assert set(made[8:]) <= left
    assert len(left) < len(made)
    result = receipt.result or {}
    assert result["points"] == len(made) - len(left)
    assert set(site.known()) == left
    assert site.objects() < before
    assert not any(name.startswith("clock/") for name in site.objects())


def test_the_plan_tells_what_goes_why_and_what_it_frees(site: Site, catalog: Catalog) -> None:
    made = a_history(site, hours=1)
    site.later(days=400)
    with site.there():
        plan = backup.plan_prune(catalog, site.path, Context())
    assert plan.title == "Remove 7 restore points of “riverside.db”"
    assert (plan.reversal, plan.needs_confirmation) == (Reversal.NONE, True)
    assert plan.request["going"] == {site.store.id: dict.fromkeys(reversed(made[:-1]), "Older than 1 year")}
    assert "7 points of 8 go, 1 stay" in plan.sentences[0]
    with site.there(), pytest.raises(Refused) as raised:
        backup.prune(catalog, plan, Context())
    assert raised.value.code is ErrorCode.NEEDS_CONFIRMATION
    assert site.check() == set(made)


def test_nothing_to_remove_asks_nothing(site: Site, catalog: Catalog) -> None:
    a_history(site, 2, hours=1)
    with site.there():
        plan = backup.plan_prune(catalog, site.path, Context())
        assert not plan.needs_confirmation
        backup.prune(catalog, plan, Context())
    assert len(site.check()) == 2


def test_held_newest_and_proven_points_stay(site: Site, catalog: Catalog) -> None:
    made = a_history(site, 5, minutes=1)
    site.known()
    with site.there(), reached(catalog, site.store, Context()) as found:
        records.write_proof(
            found.store, made[1], "2026-03-02T00:00:00.000Z", ProofState.PROVEN, {}, Context()
        )
        backup.hold(catalog, site.path, made[2], "The court in Ghent asked for it", Context())
    assert site.known()[made[2]].held == "The court in Ghent asked for it"
    site.later(days=500)
    site.prune()
    assert site.check() == {made[1], made[2], made[4]}
    with site.there():
        backup.release(catalog, site.path, made[2], Context())
        with pytest.raises(UsageError):
            backup.release(catalog, site.path, made[2], Context())
    site.prune()
    assert site.check() == {made[1], made[4]}
    with catalog.reading() as session:
        notes = [event.operation for event in journal.events(session, phases=(journal.Phase.NOTE,))]
    assert {"backup.hold", "backup.release"} <= set(notes)


def test_nothing_younger_than_seven_days_is_swept(site: Site) -> None:
    made = []
    for number in range(3):  # within five minutes: one stays
        made.append(site.write(random.Random(number).randbytes(16 * 512), machine=str(number)))
        site.later(minutes=1)
    site.later(days=2)
    before = site.objects()
    site.prune()
    assert site.check() == {made[-1]}
    gone = before - site.objects()
    assert all(name.startswith(("points/", "proofs/")) for name in gone)
    site.later(days=6)
    site.prune()
    assert len(site.objects()) < len(before) - len(gone)
    assert site.check() == {made[-1]}


def test_a_damaged_manifest_keeps_every_object(site: Site, catalog: Catalog) -> None:
    a_history(site, 2, hours=30)
    manifest = max((Path(site.store.url) / "points").iterdir())
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace(b'"pages":', b'"Pages":'))
    site.images["pt_x"] = b""
    site.later(days=20)
    objects = {name for name in site.objects() if not name.startswith(("points/", "proofs/"))}
    receipt = site.prune()
    assert "cannot be read" in receipt.sentence
    assert objects <= site.objects()
    manifest.write_bytes(whole)
    assert site.check() >= {"pt_0002"}


def test_a_held_point_whose_manifest_went_keeps_every_object_until_it_is_released(
    site: Site, catalog: Catalog
) -> None:
    made = a_history(site, 2, hours=30)
    site.known()
    with site.there():
        backup.hold(catalog, site.path, made[0], "For the auditor", Context())
    min((Path(site.store.url) / "points").iterdir()).unlink()
    site.later(days=20)
    before = {name for name in site.objects() if name.startswith("packs/")}
    assert "legal hold" in site.prune().sentence
    assert before <= site.objects()
    with site.there():
        backup.release(catalog, site.path, made[0], Context())
    site.prune()
    assert site.check() == {made[1]}


def test_left_overs_of_points_that_went_are_swept(site: Site, catalog: Catalog) -> None:
    (made,) = a_history(site, 1)
    with site.there(), reached(catalog, site.store, Context()) as found:
        store = found.store
        records.write_proof(store, "pt_gone", "2026-03-02T00:00:00.000Z", ProofState.CHECKED, {}, Context())
        records.write_proof(store, made, "2026-03-02T00:00:00.000Z", ProofState.CHECKED, {}, Context())
        store.objects.put("clock/op_killed.json", b"{}")
        store.objects.put("packs/ab/" + "ab" * 32 + ".zst", b"of a writer that was killed")
        store.objects.put("notes/of-a-person.txt", b"none of ours")
    unfinished = Path(site.store.url) / "packs" / ".steward-x.part"
    unfinished.write_bytes(b"half")
    site.later(days=8)
    site.prune()
    left = site.objects()
    assert not any("pt_gone" in name or name.startswith("clock/") or "abab" in name for name in left)
    assert any(name.startswith(f"proofs/{made}") for name in left)
    assert "notes/of-a-person.txt" in left
    assert site.check() == {made}


class Behind(AgeingStore):
    """A store whose clock says 1970."""

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        super().put(name, data, context)
        os.utime(self._root / name, (0, 0))


def test_clocks_that_differ_stop_it(site: Site, catalog: Catalog) -> None:
    made = a_history(site, 3, minutes=1)
    site.later(days=400)
    with site.there():
        plan = backup.plan_prune(catalog, site.path, Context())
    with site.there(), wrapping(lambda _: Behind(Path(site.store.url))), pytest.raises(Failure) as raised:
        backup.prune(catalog, plan, Context(), Confirmation.of(plan))
    assert "clock" in raised.value.message
    assert site.check() == set(made)


def test_a_clock_that_went_back_a_year_loses_no_new_point(site: Site) -> None:
    a_history(site, 2, hours=30)
    site.later(days=-500)  # the computer's clock; the store's is the folder's, so the same here
    lost = site.write(changed(IMAGE, 77))
    site.later(days=500)
    manifest = max((Path(site.store.url) / "points").iterdir())
    os.utime(manifest, (site.now.timestamp(), site.now.timestamp()))
    site.later(hours=1)
    newest = site.write(changed(IMAGE, 78))
    site.prune()
    assert {lost, newest} <= site.check()


def test_points_on_this_computer_go_only_when_asked(site: Site, catalog: Catalog) -> None:
    with site.there():
        for _ in range(2):
            backup.create(catalog, backup.plan_create(catalog, site.path, Context()), Context())
    a_history(site, 2, hours=30)
    site.later(days=400)
    site.prune()
    here = [each for each in site.known().values() if not each.store_id]
    assert len(here) == 2
    with site.there():
        plan = backup.plan_prune(catalog, site.path, Context(), here=True)
        backup.prune(catalog, plan, Context(), Confirmation.of(plan))
    (left,) = [each for each in site.known().values() if not each.store_id]
    assert left.path.exists()
    assert [each.path.exists() for each in here].count(True) == 1


def test_a_silent_store_keeps_no_other_from_being_pruned(
    site: Site, catalog: Catalog, tmp_path: Path
) -> None:
    made = a_history(site, 3, minutes=1)
    init_store(catalog, site.path, str(tmp_path / "other"), Context(), new_keys=None)
    (tmp_path / "other").rename(tmp_path / "unplugged")
    site.later(days=30)
    with site.there():
        plan = backup.plan_prune(catalog, site.path, Context())
        assert [finding.code for finding in plan.findings] == ["store_silent"]
        backup.prune(catalog, plan, Context(), Confirmation.of(plan))
        with pytest.raises(Failure):
            backup.plan_prune(catalog, site.path, Context(), store="other")
    assert site.check() == {made[-1]}


def test_without_rules_nothing_goes(site: Site, catalog: Catalog) -> None:
    made = a_history(site, 3, minutes=1)
    backup.set_schedule(catalog, site.path, Context(), keep=())
    site.later(days=3000)
    site.prune()
    assert site.check() == set(made)


def test_what_is_written_again_after_a_week_gets_a_name_of_its_own(site: Site) -> None:
    """What lies there may be swept in this moment; what is younger is found, and not written twice."""
    site.write(IMAGE, "a")
    before = {name for name in site.objects() if name.startswith("packs/")}
    site.write(IMAGE, "b")
    assert {name for name in site.objects() if name.startswith("packs/")} == before
    site.later(days=10)
    site.write(IMAGE, "c")
    after = {name for name in site.objects() if name.startswith("packs/")}
    assert len(after) == 2 * len(before)
    assert len(site.check()) == 3
    with site.there():
        assert backup.verify_all(site.catalog, site.path, Context()).wrong == 0
    site.later(days=10)
    site.prune()
    assert len(site.check()) == 2
    assert site.leavings() == set()
