"""A secret is given to who asks by name, and to nobody else."""

from __future__ import annotations

import json
import logging
import pickle
import traceback

import pytest

from steward_app.kernel.secret import Secret

TEXT = "AGE-SECRET-KEY-1TOPSECRET"


def test_it_is_hidden_wherever_it_turns_up(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(TEXT)
    logging.getLogger("other").error("with %s and %r", secret, {"key": secret})
    try:
        raise ValueError(secret)
    except ValueError as error:
        shown = "".join(traceback.format_exception(error))
    for text in (repr(secret), str(secret), f"{secret}", shown, caplog.text):
        assert "TOPSECRET" not in text
        assert "hidden" in text
    assert secret.reveal() == TEXT


def test_it_does_not_travel() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(TEXT))
    with pytest.raises(TypeError):
        json.dumps(Secret(TEXT))


def test_it_equals_another_with_the_same_text_alone() -> None:
    assert Secret("a\ud800") == Secret("a\ud800")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
