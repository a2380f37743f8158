"""What the text of a file gives away as a whole: nothing in it runs, or a remark goes on further than it looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from steward_app.db.migration_script import Script
from steward_app.db.tokens import Category, tokenize
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import problem_at

_CR_ALONE: Final = re.compile(r"\r(?!\n)")


def problems(script: Script) -> Iterator[Problem]:
    """What to say of a file before its first statement."""
    name = script.migration.path.name
    for token in tokenize(script.text) if _CR_ALONE.search(script.text) else ():
        remark, _, behind = token.text.partition("\r")
        if token.category is Category.COMMENT and remark.startswith("--") and behind.strip():
            title = "This remark goes on over line ends that are CR alone, and what stands behind them does not run"
            yield problem_at(script, token.offset, "remark_goes_on", title, Subject("migration", name=name))
            break
    if not script.statements:
        title = f"{quoted(name)} holds no statement"
        yield problem_at(script, 0, "migration_empty", title, Subject("migration", name=name))
