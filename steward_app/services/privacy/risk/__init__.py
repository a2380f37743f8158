"""How easily somebody could be found in a table, and which ways to coarsen it make that harder at what price.

read        different combinations of values, each once
whose       who has which of them, where groups count persons
measure     k, l, t, the chances of a prosecutor, a journalist and a marketer; which column pulls k down
small       which rows stand in small groups
suggest     which columns to take for quasi-identifiers
holding     which levels a CHECK refuses
space       all ways to coarsen columns by their hierarchies
least       which levels do less than a rule that was written
staying     which groups reach k, l and t together, so that they may stay
lattice     the way that keeps most where all groups do
mondrian    groups with ranges of their own
frontier    risk against usefulness of all ways, for a slider
take        a chosen way as rules of a copy
telling     which other columns tell what the quasi-identifiers do
"""

from steward_app.services.privacy.risk.frontier import Frontier, frontier
from steward_app.services.privacy.risk.lattice import search
from steward_app.services.privacy.risk.measure import measure, measure_in
from steward_app.services.privacy.risk.model import (
    Level,
    Node,
    Population,
    Question,
    Risk,
    SmallRows,
    Suggestion,
)
from steward_app.services.privacy.risk.mondrian import divide
from steward_app.services.privacy.risk.small import small_rows, smallest_rows
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.risk.suggest import suggest
from steward_app.services.privacy.risk.take import taken
from steward_app.services.privacy.risk.telling import telling

__all__ = [
    "Asked",
    "Frontier",
    "Level",
    "Node",
    "Population",
    "Question",
    "Risk",
    "SmallRows",
    "Suggestion",
    "divide",
    "frontier",
    "measure",
    "measure_in",
    "search",
    "small_rows",
    "smallest_rows",
    "suggest",
    "taken",
    "telling",
]
