"""The word lists of the program's packs, `resources/rules/privacy/packs`, and what they say of names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from steward_app.services.rows.headers import Headers
from steward_app.storage.shipped import resource


@lru_cache(maxsize=1)
def shipped_packs() -> Mapping[str, Mapping[str, Any]]:
    """The program's packs as they are written, by the name of their file."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    files = sorted(resource("rules", "privacy", "packs").glob("*.yaml"))
    return {file.stem: yaml.load(file) for file in files}


@lru_cache(maxsize=1)
def shipped_headers() -> Headers:
    """What the program's packs say of names."""
    headers = Headers()
    for document in shipped_packs().values():
        headers.learn(document)
    return headers
