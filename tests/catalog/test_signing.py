"""What this machine signs is verified by us, by openssl and by a few lines of Python, and never once it is changed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.catalog.keys import canonical, read_signed, sign, signed_json, signing_key_id, verify
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.storage.secrets import Secrets, open_secrets

DOCUMENT: dict[str, Any] = {"point": "pt_1", "proven": True, "tables": [{"name": "b\u00e4r\n", "rows": 3}]}


@pytest.fixture
def secrets() -> Secrets:
    return open_secrets()


def test_a_signature_holds_for_these_bytes_and_this_key_alone(secrets: Secrets, tmp_path: Path) -> None:
    made = sign(b"evidence", secrets)
    assert verify(b"evidence", made)
    assert not verify(b"evidence.", made)
    other = sign(b"evidence", open_secrets(tmp_path))
    assert other.key_id != made.key_id
    assert not verify(b"evidence", replace(made, public_key=other.public_key, key_id=other.key_id))
    assert not verify(b"evidence", replace(made, key_id=other.key_id))
    for broken in ("", "AAAA", "not base64"):
        assert not verify(b"evidence", replace(made, signature=broken))
        assert not verify(b"evidence", replace(made, public_key=broken))


def test_the_key_is_made_once_and_stays_among_the_secrets(secrets: Secrets) -> None:
    assert signing_key_id(secrets) == sign(b"", open_secrets()).key_id
    (name,) = secrets.names()
    private = secrets.get(name)
    assert private
    assert private.reveal() not in repr(sign(b"", secrets))


def test_a_signing_key_that_is_none_is_said(secrets: Secrets) -> None:
    for text in ("", "AAAA", "\u00e9"):
        secrets.set("machine/signing-key", Secret(text))
        with pytest.raises(Failure, match="not a signing key"):
            sign(b"", secrets)


def test_openssl_verifies_what_we_sign(secrets: Secrets, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl
    made = sign(b"evidence", secrets)
    (tmp_path / "document").write_bytes(b"evidence")
    (tmp_path / "signature").write_bytes(base64.b64decode(made.signature))
    (tmp_path / "key.pem").write_text(made.pem, encoding="ascii")
    how = "pkeyutl -verify -pubin -inkey key.pem -rawin -in document -sigfile signature"
    command = [openssl, *how.split()]
    assert run(command, tmp_path).returncode == 0
    (tmp_path / "document").write_bytes(b"evidence.")
    assert run(command, tmp_path).returncode != 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    return open_secrets(tmp_path_factory.mktemp("kept"))


@given(members=st.dictionaries(st.text(max_size=6), JSON, max_size=5))
@settings(max_examples=40)
def test_a_signed_document_is_read_as_it_was(kept: Secrets, members: dict[str, Any]) -> None:
    members.pop("signature", None)
    document, signature = read_signed(signed_json(members, kept), name="x.json")
    assert document == members
    assert verify(canonical(members), signature)


def test_a_document_that_was_written_anew_with_the_same_content_still_holds(secrets: Secrets) -> None:
    data = signed_json(DOCUMENT, secrets)
    again = json.dumps(dict(reversed(json.loads(data).items())), ensure_ascii=False).encode()
    assert read_signed(again, name="x.json")[0] == DOCUMENT


def test_any_change_is_noticed(secrets: Secrets) -> None:
    signed = json.loads(signed_json(DOCUMENT, secrets))
    changed: list[dict[str, Any]] = [
        {**signed, "proven": False},
        {**signed, "more": 1},
        {key: value for key, value in signed.items() if key != "point"},
    ]
    for each in changed:
        with pytest.raises(Failure, match="was changed") as caught:
            read_signed(json.dumps(each).encode(), name="x.json")
        assert caught.value.code is ErrorCode.VERIFY_FAILED


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"1", b"{}", b'{"signature": 1}', b'{"signature": {"algorithm": "none"}}', b"[" * 100_000],
)
def test_what_is_not_signed_is_said(data: bytes) -> None:
    with pytest.raises(Failure, match="not a signed document") as caught:
        read_signed(data, name="x.json")
    assert caught.value.code is ErrorCode.DAMAGED


def test_the_scripts_in_the_documentation_verify(secrets: Secrets, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "keys.md").read_text("utf-8")
    scripts = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    openssl = next(line for line in text.splitlines() if line.startswith("    openssl"))
    evidence = signed_json({**DOCUMENT, "large": 2**80}, secrets)
    outputs = []
    for data in (evidence, evidence.replace(b"pt_1", b"pt_2")):
        (tmp_path / "evidence.json").write_bytes(data)
        commands = [[sys.executable, "-c", script, "evidence.json"] for script in scripts]
        outputs.append([run(command, tmp_path) for command in (*commands, openssl.split())])
    (first, *_, checked), (refused, *_, failed) = outputs
    assert first.returncode == checked.returncode == 0, first.stderr
    assert signing_key_id(secrets) in first.stdout
    assert "InvalidSignature" in refused.stderr
    assert failed.returncode != 0


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
