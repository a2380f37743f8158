"""What was erased stays erased: the ledger, and its replay on every state of a database that is handed over.

A state handed over whole (a restored file, an exported point) goes through `replay`. Rows brought back one by one are
asked for with `judging`. docs/erasure.md tells what the ledger holds and what it does not.
"""

from steward_app.catalog.erasure import Action, Entry, Shape, confirm, forget, record, withdraw
from steward_app.catalog.quarantine import Quarantined, Verdict, Why, decide, waiting
from steward_app.services.erasure.hashing import LedgerKey
from steward_app.services.erasure.judge import Judge, judging
from steward_app.services.erasure.keys import ledger_keys, own_key
from steward_app.services.erasure.marking import Erasure, mark
from steward_app.services.erasure.model import Fate, Judgement, ReplayReport, State, TableReplay
from steward_app.services.erasure.replay import replay

__all__ = [
    "Action",
    "Entry",
    "Erasure",
    "Fate",
    "Judge",
    "Judgement",
    "LedgerKey",
    "Quarantined",
    "ReplayReport",
    "Shape",
    "State",
    "TableReplay",
    "Verdict",
    "Why",
    "confirm",
    "decide",
    "forget",
    "judging",
    "ledger_keys",
    "mark",
    "own_key",
    "record",
    "replay",
    "waiting",
    "withdraw",
]
