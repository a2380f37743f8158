"""age files: read by the age program and by us, opened by the right key only, in constant memory."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, UsageError
from steward_app.kernel.secret import Secret
from steward_app.storage import age, age_passphrase
from steward_app.storage.age import Identity

KEY = Identity.generate()
OTHER = Identity.generate()


def test_any_recipient_opens_and_nobody_else() -> None:
    sealed = age.encrypt(b"pages", [KEY.public_key, OTHER.public_key])
    assert age.decrypt(sealed, KEY, name="x") == age.decrypt(sealed, OTHER, name="x") == b"pages"
    stranger = Identity.generate()
    with pytest.raises(Failure, match=stranger.fingerprint) as caught:
        age.decrypt(sealed, stranger, name="x")
    assert caught.value.code is ErrorCode.WRONG_KEY


def test_nobody_is_never_a_recipient() -> None:
    with pytest.raises(ValueError, match="nobody"):
        age.encrypt(b"", [])


@given(st.binary(max_size=300), st.floats(0, 1, exclude_max=True))
@settings(max_examples=50)
def test_damage_is_always_noticed(data: bytes, place: float) -> None:
    sealed = age.encrypt(data, [KEY.public_key])
    at = int(place * len(sealed))
    damaged = [sealed[:at], sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]]
    for each in damaged:
        with pytest.raises(Failure) as caught:
            age.decrypt(each, KEY, name="x")
        assert caught.value.code in (ErrorCode.DAMAGED, ErrorCode.WRONG_KEY)


@given(st.lists(st.binary(max_size=70_000), max_size=4))
@settings(max_examples=25)
def test_a_stream_is_the_same_file(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    sealed, opened = bytearray(), bytearray()
    age.encrypt_stream(io.BytesIO(data), sealed.extend, [KEY.public_key])
    assert age.decrypt(bytes(sealed), KEY, name="x") == data
    age.decrypt_stream(io.BytesIO(sealed), opened.extend, KEY, name="x")
    assert opened == data


def test_a_stream_tells_wrong_keys_from_damage() -> None:
    sealed = age.encrypt(bytes(200_000), [KEY.public_key])
    cases = [(sealed, OTHER, ErrorCode.WRONG_KEY), (sealed[:-9], KEY, ErrorCode.DAMAGED)]
    cases += [(sealed[:100_000], KEY, ErrorCode.DAMAGED), (b"", KEY, ErrorCode.DAMAGED)]
    for data, key, code in cases:
        with pytest.raises(Failure) as caught:
            age.decrypt_stream(io.BytesIO(data), lambda piece: None, key, name="x")
        assert caught.value.code is code


class _Stops(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100_000:
            raise Cancelled
        return super().read(size)


def test_what_reading_and_writing_raise_comes_out_as_it_is() -> None:
    def full(piece: bytes) -> None:
        raise Failure(ErrorCode.DISK_FULL, "full")

    sealed = age.encrypt(bytes(3_000_000), [KEY.public_key])
    with pytest.raises(Cancelled):
        age.encrypt_stream(_Stops(bytes(300_000)), lambda piece: None, [KEY.public_key])
    with pytest.raises(Cancelled):
        age.decrypt_stream(_Stops(sealed), lambda piece: None, KEY, name="x")
    for size in (10, 3_000_000):
        with pytest.raises(Failure, match="full"):
            age.encrypt_stream(io.BytesIO(bytes(size)), full, [KEY.public_key])
    with pytest.raises(Failure, match="full"):
        age.decrypt_stream(io.BytesIO(sealed), full, KEY, name="x")


def printed(text: str) -> st.SearchStrategy[str]:
    """A key as people copy it: in groups, in small letters, with dashes and line ends, misread in known ways."""
    start, body = text[:16], text[16:]
    misread = {"0": "0Oo", "L": "LlIi1", "8": "8Bb"}

    def slips(letter: str) -> st.SearchStrategy[str]:
        return st.sampled_from(misread.get(letter, letter + letter.lower()))

    gap = st.sampled_from(["", " ", "\n", "  \r\n", "-", "\u2013", "\u00a0"])
    letters = st.tuples(*(st.tuples(slips(letter), gap) for letter in body))
    joined = letters.map(lambda pairs: "".join(letter + space for letter, space in pairs))
    return joined.map(lambda tail: f"# public key: age1...\n{start}\n{tail}")


@given(st.data())
@settings(max_examples=25)
def test_a_key_is_read_as_people_write_it(data: st.DataObject) -> None:
    text = data.draw(printed(KEY.reveal().reveal()))
    assert Identity.read(Secret(text)).public_key == KEY.public_key


@given(st.integers(16, 73), st.sampled_from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"))
@settings(max_examples=50)
def test_a_slip_in_a_key_is_noticed_and_the_key_is_not_repeated(at: int, letter: str) -> None:
    text = KEY.reveal().reveal()
    if text[at] == letter:
        return
    for slip in (text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text + letter):
        with pytest.raises(UsageError) as caught:
            Identity.read(Secret(slip))
        assert caught.value.code is ErrorCode.BAD_KEY
        assert slip[16:40] not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    "text", ["", "age1", "hunter2", pytest.param(KEY.public_key, id="public"), "AGE-SECRET-KEY-1", "\ud800"]
)
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError):
        Identity.read(Secret(text))


def test_public_keys_are_checked() -> None:
    assert age.check_public_key(f" {KEY.public_key}\n") == KEY.public_key
    for text in ("", KEY.public_key[:-1], KEY.reveal().reveal(), "\ud800"):
        with pytest.raises(UsageError):
            age.check_public_key(text)


def test_an_identity_is_known_by_its_fingerprint_alone() -> None:
    assert repr(KEY) == f"Identity({KEY.public_key[:12]})"
    assert KEY.reveal().reveal() not in repr([KEY, vars(type(KEY))])


def test_a_passphrase_opens_and_another_one_is_told_apart_from_damage() -> None:
    sealed = age.encrypt_with_passphrase(b"key", Secret("correct horse"))
    assert age.decrypt_with_passphrase(sealed, Secret("correct horse"), name="x") == b"key"
    with pytest.raises(Failure) as caught:
        age.decrypt_with_passphrase(sealed, Secret("wrong\ud800"), name="x")
    assert caught.value.code is ErrorCode.WRONG_KEY
    with pytest.raises(Failure) as caught:
        age.decrypt_with_passphrase(sealed[:-1], Secret("correct horse"), name="x")
    assert caught.value.code is ErrorCode.DAMAGED
    with pytest.raises(UsageError):
        age.encrypt_with_passphrase(b"key", Secret(""))


@given(st.binary(max_size=10) | st.integers(65_530, 140_000).map(bytes), st.text(min_size=1, max_size=9))
@settings(max_examples=25)
def test_what_a_passphrase_seals_is_read_by_another_writing_of_the_format(data: bytes, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(age_passphrase, "WORK_FACTOR", 6)  # the work is tried elsewhere
        sealed = age.encrypt_with_passphrase(data, Secret(text))
    assert age.decrypt_with_passphrase(sealed, Secret(text), name="x") == data


def test_two_seals_of_the_same_share_nothing() -> None:
    first, second = (age.encrypt_with_passphrase(b"key", Secret("p")) for _ in range(2))
    assert first.splitlines()[1] != second.splitlines()[1]
    assert first[-19:] != second[-19:]


def test_the_age_program_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    program = shutil.which("age")
    assert program, "the age program is needed: apt-get install age"
    key = tmp_path / "key.txt"
    key.write_text(KEY.reveal().reveal() + "\n", encoding="ascii")
    sealed = age.encrypt(b"one page", [OTHER.public_key, KEY.public_key])
    opened = subprocess.run([program, "-d", "-i", str(key)], input=sealed, capture_output=True, check=True)
    assert opened.stdout == b"one page"
    theirs = subprocess.run(
        [program, "-r", KEY.public_key], input=b"theirs", capture_output=True, check=True
    ).stdout
    assert age.decrypt(theirs, KEY, name="x") == b"theirs"


TYPED = """
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execvp("age", ["age", "-d", "-o", sys.argv[2], sys.argv[1]])
asked = b""
while b"assphrase" not in asked:
    asked += os.read(terminal, 100)
os.write(terminal, sys.argv[3].encode() + b"\\n")
try:
    while os.read(terminal, 100):
        pass
except OSError:  # Linux says so when the other end is closed
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_the_age_program_opens_what_a_passphrase_seals(tmp_path: Path) -> None:
    """It takes passphrases from a terminal only."""
    data = bytes(range(256)) * 300
    sealed, opened = tmp_path / "sealed.age", tmp_path / "opened"
    sealed.write_bytes(age.encrypt_with_passphrase(data, Secret("pässword")))
    subprocess.run([sys.executable, "-c", TYPED, str(sealed), str(opened), "pässword"], check=True)
    assert opened.read_bytes() == data


@given(st.binary(max_size=100), st.floats(0, 1, exclude_max=True))
@settings(max_examples=40)
def test_no_change_of_what_a_passphrase_sealed_is_opened_here(data: bytes, place: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(age_passphrase, "WORK_FACTOR", 4)
        sealed = age_passphrase.seal(data, "correct horse")
    assert age_passphrase.unsealed(sealed, "correct horse") == data
    at = int(place * len(sealed))
    for damaged in (sealed[:at], sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]):
        with suppress(age_passphrase.WrongPassphrase):
            assert age_passphrase.unsealed(damaged, "correct horse") is None


def test_what_takes_more_work_is_left_to_pyrage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age_passphrase, "WORK_FACTOR", age_passphrase.WORK_FACTOR + 1)
    sealed = age_passphrase.seal(b"key", "p")
    assert age_passphrase.unsealed(sealed, "p") is None
    assert age.decrypt_with_passphrase(sealed, Secret("p"), name="x") == b"key"


def test_other_threads_go_on_while_a_passphrase_is_tried() -> None:
    sealed = age.encrypt_with_passphrase(b"key", Secret("correct horse"))
    with ThreadPoolExecutor(1) as threads:
        opening = threads.submit(age.decrypt_with_passphrase, sealed, Secret("correct horse"), name="x")
        turns = 0
        while not opening.done():
            turns += 1
            time.sleep(0.001)
        assert opening.result() == b"key"
    assert turns > 10
