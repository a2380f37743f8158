"""Where our own files lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from steward_app.storage.local import private_directory

APPLICATION = "data-steward"
HOME = "STEWARD_HOME"


def home() -> Path:
    """The data directory, made when it is missing: STEWARD_HOME, else the user data folder of the system."""
    chosen = os.environ.get(HOME)
    if chosen:
        return private_directory(Path(chosen).expanduser().absolute())
    import platformdirs

    return private_directory(Path(platformdirs.user_data_dir(APPLICATION, appauthor=False)))
