"""Where the files that travel with the program lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resources() -> Path:
    """The folder of icons, themes, fonts, templates, word lists."""
    return _found("resources")


def migrations() -> Path:
    """The folder of the catalog's migrations."""
    return _found("migrations")


def _found(name: str) -> Path:
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
