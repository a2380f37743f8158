"""docs/audit-format.md says byte by byte what the program does."""

from __future__ import annotations

import marshal
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.sealed import an_audited_file, by_hand, sealed, writing
from steward_app.db import open_read
from steward_app.db.attribution import attributed, this_program
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.seals import chain, commitment
from steward_app.services.audit.seals.blocks import packed, pairs
from steward_app.services.audit.seals.commitment import Sealed
from steward_app.services.audit.seals.encoding import decoded, encoded, encoded_row
from steward_app.storage.secrets import open_secrets

DOCUMENT = Path(__file__).parents[3] / "docs" / "audit-format.md"

values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-40000, 40000),
    st.floats(allow_nan=False),
    st.text(),
    st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010, categories=["Cs", "Lo", "Co"])),
    st.binary(),
)


def plainly(row: tuple[object, ...]) -> bytes:
    """A row of values, as the table of the document has it."""
    return b"(" + struct.pack("<i", len(row)) + b"".join(map(one, row))


def one(value: object) -> bytes:
    if value is None:
        return b"N"
    if isinstance(value, int):
        if -(2**31) <= value < 2**31:
            return b"i" + struct.pack("<i", value)
        digits, rest = [], abs(value)
        while rest:
            digits.append(rest & 0x7FFF)
            rest >>= 15
        count = len(digits) if value > 0 else -len(digits)
        return b"l" + struct.pack(f"<i{len(digits)}H", count, *digits)
    if isinstance(value, float):
        return b"g" + struct.pack("<d", value)
    kind, data = (b"u", value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else (b"s", value)
    assert isinstance(data, bytes)
    return kind + struct.pack("<i", len(data)) + data


@settings(max_examples=50)
@given(st.lists(values, max_size=5))
def test_values_are_encoded_as_described_and_read_back(row: list[object]) -> None:
    data = encoded(row)  # type: ignore[arg-type]
    assert data == plainly(tuple(row))
    assert encoded(decoded(data)) == data


@settings(max_examples=50)
@given(st.binary(max_size=40))
def test_whatever_bytes_stand_in_a_key_are_a_row_or_an_error(data: bytes) -> None:
    for each in (data, b"(" + data, b"(\x01\x00\x00\x00" + data):
        try:
            row = decoded(each)
        except ValueError:
            continue
        assert isinstance(row, tuple)


def test_the_sign_of_zero_is_not_kept_in_a_baseline() -> None:
    assert encoded_row((1, -0.0, "a", 0)) == encoded((1, 0.0, "a", 0))
    assert encoded_row((0, "", b"", -0.0)) == marshal.dumps((0, "", b"", 0.0), 2)


@given(st.dictionaries(st.integers(0, 255), st.binary(min_size=8, max_size=8), max_size=256))
def test_blocks_are_read_as_they_are_packed(things: dict[int, bytes]) -> None:
    assert dict(pairs(packed(things), 8)) == things


def test_a_cell_commitment_is_opened_by_its_salt_alone() -> None:
    cells = (Sealed(0, (5, None)), Sealed(3, ("old", "new")), Sealed(70, (None, 1.0)))
    made = commitment.openings(b"s" * 16, 9, cells)
    assert all(opening.opens(cell) for opening, cell in zip(made, cells, strict=True))
    assert not made[2].opens(Sealed(70, (None, 1)))
    assert not made[1].opens(Sealed(3, ("new", "old")))
    assert len({opening.salt for opening in made}) == 3
    again = commitment.openings(b"s" * 16, 9, cells[1:2])
    assert again[0] == made[1]
    assert commitment.openings(b"s" * 16, 10, cells)[1] != made[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = an_audited_file(tmp_path)
    sealed(path)
    for name in ("one", "two"):
        with writing(path) as session, attributed(session, this_program("1", reason=name)):
            session.run("UPDATE person SET name = CAST(x'41ff' AS TEXT), weight = -0.0")
            session.run("INSERT INTO place VALUES (?, 1099511627776, -1099511627776)", (name,))
            session.run("UPDATE place SET town = town || 'x' WHERE people < 0")
            session.run("DELETE FROM person WHERE id IN (SELECT max(id) FROM person)")
        sealed(path)
    with writing(path) as session:
        redact(session, open_secrets(), (1, 2), columns=["name"])
    return path


def verified_by_a_stranger(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    found = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    script = folder / "stranger.py"
    script.write_text(found[-1], encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), str(path)], capture_output=True, text=True, check=False
    )


def test_a_stranger_verifies_a_log_with_the_script_of_the_document(path: Path, tmp_path: Path) -> None:
    ended = verified_by_a_stranger(path, tmp_path)
    assert ended.returncode == 0, ended.stderr
    with open_read(path) as session:
        last, found = chain.last_seal(session), chain.Chain.read(session)
    assert last is not None
    assert found is not None
    assert ended.stdout == (
        f"{last.n} seals hold, up to change {last.last_seq}; hash of the last: {last.digest(found.log).hex()}\n"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE _steward_audit_log_1 SET n2 = 'forged' WHERE seq = 3",
        "UPDATE _steward_audit_txn SET actor = 'somebody else'",
        "DELETE FROM _steward_audit_log_2 WHERE seq = (SELECT max(seq) FROM _steward_audit_log_2)",
        "UPDATE _steward_audit_seal SET sealed_us = 0 WHERE n = 2",
    ],
)
def test_and_finds_what_was_forged(path: Path, tmp_path: Path, sql: str) -> None:
    by_hand(path, sql)
    ended = verified_by_a_stranger(path, tmp_path)
    assert ended.returncode == 1
    assert "does not fit" in ended.stdout or "InvalidSignature" in ended.stderr
