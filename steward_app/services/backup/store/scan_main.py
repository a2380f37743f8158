"""The script that starts `scan_child`, without the package it lies in.

`steward_app.services.backup` brings the catalog and most services with it, which takes longer to import than it takes
to read 500 MB for changes. The child needs none of them: an empty package stands in for it here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    backup = Path(__file__).parents[1]
    empty = ModuleType("steward_app.services.backup")
    empty.__path__ = [str(backup)]
    sys.modules[empty.__name__] = empty
    sys.path.append(str(backup.parents[2]))  # where this program lies, when it is not installed

    from steward_app.services.backup.store.scan_child import main

    main()
