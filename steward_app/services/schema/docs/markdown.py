"""The dictionary as one Markdown document."""

from __future__ import annotations

import re

from steward_app.kernel.text import plural, visible, visible_code
from steward_app.services.schema.docs.dictionary import Dictionary, Entry
from steward_app.services.schema.model import Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>&<:@=])")


def markdown(dictionary: Dictionary, file: str) -> str:
    """The whole dictionary. Names are escaped so that none becomes markup, a link, a heading or a table cell."""
    lines = [
        f"# Data dictionary of {escaped(file)}",
        "",
        f"{plural(len(dictionary.entries), 'table and view', 'tables and views')}, {plural(dictionary.links, 'link')}. "
        f"Schema `{dictionary.schema.hash[:16]}`.",
        "",
        *(["The file is damaged; this is what could still be read.", ""] if dictionary.damaged else []),
        "| Name | Kind | Rows | Size | What it is |",
        "|---|---|--:|--:|---|",
    ]
    lines += [
        f"| [{escaped(entry.table.name)}](#{entry.slug}) | {entry.kind} | {entry.rows} | {entry.size} | "
        f"{escaped(entry.comment)} |"
        for entry in dictionary.entries
    ]
    for entry in dictionary.entries:
        lines += ["", *_entry(entry)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", visible(text))


def _entry(entry: Entry) -> list[str]:
    lines = [
        f'<a id="{entry.slug}"></a>',
        "",
        f"## {escaped(entry.table.name)}",
        "",
        entry.kind.capitalize(),
        "",
    ]
    if entry.comment:
        lines += [escaped(entry.comment), ""]
    if entry.table.problem:
        lines += [f"It cannot be read: {escaped(entry.table.problem)}", ""]
    lines += ["| Column | Type | Empty | Default | Marks | What it is |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {escaped(c.name)} | {escaped(c.type)} | {'no' if c.required else 'yes'} | {escaped(c.default)} | "
        f"{escaped(', '.join(c.marks))} | {escaped(c.comment)} |"
        for c in entry.columns
    ]
    if entry.rules:
        lines += ["", "| Rule | What it says | How far SQLite holds to it | State |", "|---|---|---|---|"]
        lines += [f"| {r.kind} | {escaped(r.text)} | {r.enforcement} | {r.state} |" for r in entry.rules]
    if entry.referring:
        lines += ["", "Rows that point here:", ""]
        lines += [f"* {escaped(name)}: {escaped(rule)}" for name, rule in entry.referring]
    for sql in _texts(entry.table):
        lines += ["", *_fenced(sql)]
    return lines


def _texts(table: Table) -> list[str]:
    """The stored text of the table, and of its indexes and triggers, as far as they have one."""
    parts = (table.sql, *(i.sql for i in table.indexes), *(t.sql for t in table.triggers))
    return [sql for sql in parts if sql]


def _fenced(sql: str) -> list[str]:
    shown = visible_code(sql)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sql", shown, fence]
