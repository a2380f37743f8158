"""Where somebody is taken who comes to the data page for a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.gui.format import shown_name
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding
from steward_app.services.rows import EVERY_ROW, Filter, filter_of_finding, source_of
from steward_app.services.schema.model import Schema

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage


@dataclass(frozen=True, slots=True)
class Arrival:
    """What to show.

    Attributes:
        table: with the rows that `chosen` leaves; "" for none.
        query: to be run in the query box; "" for none.
        explain: True when the rows do not tell what was found, so that the finding's title has to.
    """

    table: str = ""
    chosen: Filter = EVERY_ROW
    query: str = ""
    explain: bool = False


def arrival_of(finding: Finding, schema: Schema) -> Arrival:
    """The rows of a finding where they are rows of one table, else its query, else the table it is about."""
    table = schema.table(finding.subject.table)
    if table is None:
        return Arrival(query=finding.query, explain=True)
    if not finding.query and not finding.sample_keys:
        return Arrival(table.name, explain=True)
    try:
        lists_rows = not finding.query or finding.query.startswith(
            f"SELECT * FROM {source_of(table).sql} WHERE "
        )
    except StewardError:
        return Arrival(table.name, explain=True)
    if lists_rows or finding.key_columns:
        return Arrival(table.name, filter_of_finding(finding))
    return Arrival(query=finding.query, explain=True)


def open_finding(page: DataPage, finding: Finding) -> None:
    """Show on the page what was found."""
    assert page.schema is not None
    page.clear_banners()
    where = arrival_of(finding, page.schema)
    if where.query:
        page.ask(where.query)
    elif where.table:
        page.open_table(where.table, chosen=where.chosen)
    if where.explain and not page.has_banner:
        page.warn(shown_name(finding.title) + ".", finding.detail)
