"""Names tell what they were made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.stores import StoreInAFolder, a_store
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout, records
from steward_app.services.backup.store.model import ProofState
from steward_app.storage.objects import check_name

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(clock.to_text)  # noqa: DTZ001
IDS = st.from_regex(r"pt_[0-9a-z]{20}", fullmatch=True)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(sequence=st.integers(1, 10**10), made_at=MOMENTS, point_id=IDS)
def test_the_name_of_a_manifest(sequence: int, made_at: str, point_id: str) -> None:
    name = check_name(layout.point(point_id, sequence, made_at))
    assert layout.read_point(name) == layout.PointName(name, sequence, made_at, point_id)
    assert name == name.lower()


@given(at=MOMENTS, point_id=IDS, state=st.sampled_from(ProofState), sealed=st.booleans())
def test_the_names_of_proofs_and_holds(at: str, point_id: str, state: ProofState, sealed: bool) -> None:
    mark = "0f" * 16 if sealed else ""
    name = check_name(layout.proof(point_id, at, state, (lambda start: mark) if sealed else None))
    assert layout.read_proof(name) == layout.ProofName(name, point_id, at, state, mark)
    assert layout.read_hold(check_name(layout.hold(point_id, sealed=sealed))) == point_id


@given(content=HASHES, stored=HASHES, made_at=MOMENTS, point_id=IDS, sealed=st.booleans())
def test_the_hashes_in_a_name(content: str, stored: str, made_at: str, point_id: str, sealed: bool) -> None:
    plain = layout.plain_prefix(made_at, point_id) + content
    prefixes = [layout.pack_prefix(content), layout.MAPS + content, layout.DETAILS + content, plain]
    for prefix in prefixes:
        name = check_name(layout.finished(prefix, stored if sealed else ""))
        assert layout.hashes_in(name) == (content, stored[:32] if sealed else "")
        assert layout.is_sealed(name) is sealed


@pytest.mark.parametrize(
    "name",
    [
        "points/1-20261120t104000.123z-pt_1.json",
        "points/00000001-20261320t104000.123z-pt_1.json",
        "points/00000001-pt_1.json",
        "points/00000001-20261120t104000.123z-pt_1.json.part",
        "proofs/pt_1/20261120t104000.123z-good.json",
        "proofs/pt_1/20261120t256000.123z-proven.json",
        "holds/.json",
    ],
)
def test_names_that_are_none(name: str) -> None:
    assert layout.read_point(name) is None
    assert layout.read_proof(name) is None
    assert layout.read_hold(name) is None
    assert layout.hashes_in(name) is None


def test_proofs_are_told_by_names_alone_oldest_first(made: StoreInAFolder) -> None:
    looked = [
        ("pt_2", "2026-11-21T03:00:00.000Z", ProofState.PROVEN),
        ("pt_1", "2026-11-20T03:00:00.000Z", ProofState.CHECKED),
        ("pt_1", "2026-11-22T03:00:00.000Z", ProofState.FAILED),
    ]
    for point_id, at, state in looked:
        records.write_proof(made.store, point_id, at, state, {}, Context())
    found = [(p.point_id, p.at, p.state) for p in records.proofs(made.store, Context())]
    assert found == sorted(looked, key=lambda each: each[1])
    assert [p.state for p in records.proofs(made.store, Context(), "pt_1")] == ["checked", "failed"]


def test_only_who_has_the_naming_key_can_say_that_a_point_was_proven(
    tmp_path: Path,
) -> None:
    at, later = "2026-11-21T03:00:00.000Z", "2026-11-22T03:00:00.000Z"
    made = a_store(tmp_path, encrypted=True).store
    kept = records.write_proof(made, "pt_1", at, ProofState.FAILED, {}, Context())
    stored = made.objects.get(kept, Context())
    unmarked = layout.proof("pt_1", later, ProofState.PROVEN) + ".age"
    carried_over = kept.replace("failed", "proven")
    for planted in (unmarked, carried_over, layout.proof("pt_1", later, ProofState.PROVEN)):
        made.objects.put(planted, stored)
        assert layout.read_proof(planted)
    assert [proof.state for proof in records.proofs(made, Context())] == [ProofState.FAILED]
    assert records.proofs(replace(made, naming_key=None), Context()) == ()


def test_a_hold_is_let_go(made: StoreInAFolder) -> None:
    records.write_hold(made.store, "pt_1", {"by": "A. Steward"}, Context())
    assert records.holds(made.store, Context()) == {"pt_1"}
    assert records.read_hold(made.store, "pt_1", made.identity, Context()) == {"by": "A. Steward"}
    records.release(made.store, "pt_1", "2026-11-22T03:00:00.000Z", Context())
    records.release(made.store, "pt_1", "2026-11-22T03:00:00.000Z", Context())
    assert records.holds(made.store, Context()) == frozenset()
