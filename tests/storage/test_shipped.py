"""Resources and migrations travel with the program, in a checkout and in a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from steward_app.storage import shipped

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with what is installed here and nothing from a network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def shipped_files(name: str) -> set[str]:
    """The files of a top-level folder, hidden ones apart."""
    listing = [path for path in (ROOT / name).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT).as_posix() for path in listing if not path.name.startswith(".")}


def test_a_checkout_finds_its_resources_and_migrations_beside_the_package() -> None:
    assert shipped.resource() == ROOT / "resources"
    assert shipped.migrations("") == ROOT / "migrations"


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no such icon\.svg"):
        shipped.resource("icons", "no such icon.svg")
    with pytest.raises(FileNotFoundError, match="no such folder"):
        shipped.migrations("no such folder")


def test_the_wheel_holds_every_resource_and_migration(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f"steward_app/_shipped/{name}" for f in ("resources", "migrations") for name in shipped_files(f)
    }
    assert expected <= held
    assert not [name for name in held if not name.startswith(("steward_app/", "data_steward-"))]


def test_an_installed_wheel_reads_its_own_resources(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", target, wheel], check=True, capture_output=True)
    code = (
        "from steward_app.storage.shipped import migrations, resource; "
        "print(resource()); print(migrations('')); print(sum(1 for _ in resource().rglob('*')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        check=True,
        capture_output=True,
        text=True,
    )
    resources, migrations, count = done.stdout.splitlines()
    assert Path(resources) == target / "steward_app" / "_shipped" / "resources"
    assert Path(migrations) == target / "steward_app" / "_shipped" / "migrations"
    assert int(count) >= len(shipped_files("resources"))
