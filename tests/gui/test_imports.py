"""What jobs on several threads import at once is there before the first of them starts."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import sys
from steward_app.gui.bridge import JobCenter
from steward_app.jobs import JobRunner

JobCenter(JobRunner())
before = set(sys.modules)
import steward_app.catalog.policy_model
print(sorted(name for name in set(sys.modules) - before if name.startswith("pydantic._internal")))
"""


def test_pydantic_is_whole_before_jobs_ask_for_it() -> None:
    ran = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
