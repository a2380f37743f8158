"""What the tests of lint share: a file, a migration, and what lint says of it in short."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.db import open_read
from steward_app.db.migration_files import Kind, read_folder
from steward_app.services.migrate.lint import LintReport, Problem, lint

CLINIC = (
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, card TEXT) STRICT",
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, person INT REFERENCES person (id), day TEXT, fee INT) STRICT",
    "CREATE INDEX visit_person ON visit (person)",
    "INSERT INTO person VALUES (1, 'Ada', '007'), (2, 'Ben', 'x9'), (3, NULL, NULL)",
    "INSERT INTO visit VALUES (10, 1, '2026-01-01', 20), (11, 2, '2026-01-02', NULL), (12, 2, NULL, 20)",
)


class Bench:
    """A clinic's file and a folder of migrations for it."""

    def __init__(self, where: Path, *more: str) -> None:
        self.folder = where / "migrations"
        self.folder.mkdir()
        self.database = a_database(where).with_sql(*CLINIC, *more).build()

    def write(self, text: str, name: str = "V0001__change.sql") -> Bench:
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def report(self) -> LintReport:
        with open_read(self.database) as session:
            return lint(session, read_folder(self.folder, frozenset(Kind), python=True), folder=self.folder)

    def problems(self, *codes: str) -> list[Problem]:
        return [each for each in self.report().problems if not codes or each.finding.code in codes]

    def told(self, *without: str) -> dict[str, tuple[str, int | None]]:
        """Code by code, severity and count of what lint says."""
        return {
            each.finding.code: (each.finding.severity.value, each.finding.count)
            for each in self.problems()
            if each.finding.code not in without
        }


def lint_of(where: Path, text: str, *more: str) -> dict[str, tuple[str, int | None]]:
    """What lint says of one migration of the clinic, without the notes on what a rebuild changes."""
    return Bench(where, *more).write(text).told("rebuilt_otherwise")
