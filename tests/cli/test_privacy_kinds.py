"""`steward privacy kinds`."""

from __future__ import annotations

from builders import steward
from steward_app.services.privacy.kinds import kinds


def test_every_type_is_listed() -> None:
    listed = {item["id"]: item for item in steward("privacy", "kinds", "--json").document()["items"]}
    assert list(listed) == list(kinds())
    assert listed["health"]["category"] == "special"


def test_people_read_a_table() -> None:
    assert "E-mail address" in steward("privacy", "kinds").out
