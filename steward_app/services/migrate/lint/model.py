"""What lint says of migrations before any of them runs, as frozen values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from steward_app.kernel.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: in a file, as editors count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that lint has to say.

    Attributes:
        place: the statement, or the word in it, that it is about.
        finding: what it is: code, severity, sentence, why it matters, what can be done.
        fix_sql: a statement that mends it, to be put into the migration, or "" where there is none.
        accepted: whether a remark in the file says that it is meant: `-- steward: allows <code>`.
    """

    place: Place
    finding: Finding
    fix_sql: str = ""
    accepted: bool = False

    @property
    def id(self) -> str:
        """A name for it: the same as long as it stands in the same place."""
        digest = hashlib.sha256(f"{self.place}\x1f{self.finding.id}".encode("utf-8", "surrogatepass"))
        return f"l_{digest.hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Looked:
    """How far lint came in a file: it cannot look behind a statement that does not run, nor behind a program.

    Attributes:
        statements: 1 of a file that cannot be cut into statements.
        program: it is Python: what it does is not known before it runs.
    """

    file: str
    statements: int
    looked_at: int
    program: bool = False


@dataclass(frozen=True, slots=True)
class LintReport:
    """Everything lint has to say of the migrations that wait for a database.

    Attributes:
        files: in the order in which they would run.
        problems: in the order of the files.
    """

    path: str
    folder: str
    files: tuple[Looked, ...]
    problems: tuple[Problem, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was not accepted, for a plan."""
        return tuple(problem.finding for problem in self.problems if not problem.accepted)

    @property
    def grave(self) -> int:
        """How many errors and warnings nobody has accepted."""
        return sum(finding.severity is not Severity.NOTE for finding in self.findings)
