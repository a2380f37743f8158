"""A file that goes only where nothing is."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.storage import staged


def without_second_names(self: Path, target: Path) -> None:
    raise OSError(errno.EPERM, "no hard links on this disk")


@pytest.mark.parametrize("second_names", [True, False])
def test_goes_where_nothing_is_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second_names: bool
) -> None:
    if not second_names:
        monkeypatch.setattr(Path, "hardlink_to", without_second_names)
    target = tmp_path / "target"
    with staged(target) as new:
        new.write(b"first")
        new.finish(overwrite=False)
    with pytest.raises(Refused) as failure, staged(target) as new:
        new.write(b"second")
        new.finish(overwrite=False)
    assert failure.value.code is ErrorCode.BAD_PATH
    assert target.read_bytes() == b"first"
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


def test_not_over_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(Refused), staged(target) as new:
        new.write(b"something")
        new.finish(overwrite=False)
    assert target.is_symlink()
