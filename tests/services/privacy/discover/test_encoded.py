"""Texts in base64 and hexadecimal are judged as what they say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place


@pytest.mark.parametrize(
    "written",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(text.encode()),
        lambda text: text.encode().hex(),
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        lambda n: f"ada.berg{n * 7919}@post.example",
        lambda n: f"Hello, this is Lena Smith, 12 Oak Street. Please call me back about no. {n}.",
    ],
)
def test_what_is_encoded_is_judged_as_what_it_says(
    tmp_path: Path, written: Callable[[str], SqlValue], said: Callable[[int], str]
) -> None:
    rows = [(n, f"Lena {n}", said(n), written(said(n))) for n in range(60)]
    columns = "id INTEGER PRIMARY KEY, name TEXT, c1 TEXT, c2"
    found = scan(a_database(tmp_path).with_table("customer", columns, rows=rows).build())
    plain, encoded = (found.at(Place("customer", name)) for name in ("c1", "c2"))
    assert plain is not None
    assert encoded is not None
    assert (encoded.verdict, encoded.kind) == (plain.verdict, plain.kind)
    assert kinds()[encoded.kind].identifies is Identifies.DIRECT
