"""The files that travel with the program: resources and the catalog's migrations.

In a checkout they lie beside the package, in a wheel inside it, under `_shipped` (see pyproject.toml).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def resource(*parts: str) -> Path:
    """A file or folder under resources/: `resource("icons", "key.svg")`. Raises FileNotFoundError."""
    return _existing(_root("resources").joinpath(*parts))


def migrations(name: str) -> Path:
    """A folder of ordered migrations: `migrations("catalog")`. Raises FileNotFoundError."""
    return _existing(_root("migrations") / name)


def _root(name: str) -> Path:
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"the program came without {path.name}; install it again ({path})")
    return path
