"""The script of a process that verifies some of the seals of a log.

In:   a line of JSON: {"path": ..., "ranges": [[first seal, last seal], ...], "pruned": ...}.
Out:  a line of JSON: {"holds": [true, false, ...]}: whether all of each range is as it was sealed.

It ends when its input does: whoever started it is gone, or wants no answer any more.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path


def main() -> None:
    """Verify what the first line asks for."""
    sys.path.append(str(Path(__file__).parents[3]))  # where this program lies, when it is not installed
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_parent, daemon=True).start()

    from steward_app.db import open_read
    from steward_app.kernel.progress import Context
    from steward_app.services.audit.seals import chain
    from steward_app.services.audit.seals.verify_seals import SealVerifier, Stretch

    with open_read(Path(request["path"])) as session, session.snapshot():
        verifier = SealVerifier(session, pruned=request["pruned"])
        holds = []
        for first, last in request["ranges"]:
            seals = [seal for seal in chain.seals(session, first=first - 1) if seal.n <= last]
            before = seals.pop(0) if seals and seals[0].n < first else None
            problems = verifier.verify(Stretch(before, tuple(seals)), Context())
            holds.append(next(iter(problems), None) is None)
    sys.stdout.buffer.write(json.dumps({"holds": holds}).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)


def _end_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
