"""What was erased stays erased: the ledger, and its replay on every state of a database that is handed over.

A state handed over whole (a restored file, an exported point) goes through `replay`. Rows brought back one by one are
asked for with `judging`. docs/erasure.md tells what the ledger holds and what it does not.
"""

from steward_app.catalog.erasure import Action, Entry, Shape, confirm, forget, record, withdraw
from steward_app.catalog.quarantine import Quarantined, Verdict, Why
from steward_app.services.erasure.decisions import Decision, WaitingRow, decide_row, list_waiting
from steward_app.services.erasure.exchange import (
    CopyName,
    TakenIn,
    export_ledger,
    import_ledger,
    next_copy,
    read_name,
)
from steward_app.services.erasure.handing_over import Foreseen, foresee, hand_over, keys_of
from steward_app.services.erasure.hashing import LedgerKey
from steward_app.services.erasure.judge import Judge, judging
from steward_app.services.erasure.keys import ledger_keys, own_key
from steward_app.services.erasure.marking import Erasure, mark
from steward_app.services.erasure.model import Fate, Judgement, ReplayReport, State, TableReplay
from steward_app.services.erasure.replay import replay

__all__ = [
    "Action",
    "CopyName",
    "Decision",
    "Entry",
    "Erasure",
    "Fate",
    "Foreseen",
    "Judge",
    "Judgement",
    "LedgerKey",
    "Quarantined",
    "ReplayReport",
    "Shape",
    "State",
    "TableReplay",
    "TakenIn",
    "Verdict",
    "WaitingRow",
    "Why",
    "confirm",
    "decide_row",
    "export_ledger",
    "foresee",
    "forget",
    "hand_over",
    "import_ledger",
    "judging",
    "keys_of",
    "ledger_keys",
    "list_waiting",
    "mark",
    "next_copy",
    "own_key",
    "read_name",
    "record",
    "replay",
    "withdraw",
]
