"""Whatever is done to whatever table by whoever, the log can be sealed, verified, erased in and pruned."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builders.audited import Case, a_case, write
from builders.sealed import by_hand, sealed, writing
from builders.writers import writer
from steward_app.db import open_read
from steward_app.services.audit.engine import tables
from steward_app.services.audit.erasing.redact import life, redact
from steward_app.services.audit.leaving.prune import archive, prune, segment_before
from steward_app.services.audit.seals import statement
from steward_app.services.audit.seals.leaves import LeafReader
from steward_app.services.audit.seals.records import Form
from steward_app.services.audit.seals.verdict import Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets

SEEDS_IN_A_TEST = 5


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    seeds = 200 if metafunc.config.getoption("--many-seeds") else 20
    metafunc.parametrize("begin", range(0, seeds, SEEDS_IN_A_TEST))


def verdict(path: Path) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, full=True)


def holds(path: Path) -> None:
    found = verdict(path)
    assert found.holds, (found.problems[:3], (found.differences or ())[:3])


def test_the_log_holds_until_it_is_forged(tmp_path: Path, begin: int) -> None:
    with writer("bundled") as other:
        for seed in range(begin, begin + SEEDS_IN_A_TEST):
            print("seed", seed)  # shown where the check fails
            chance = random.Random(seed)
            case = a_case(tmp_path / f"{seed}.db", seed)
            sealed(case.path)
            for _ in range(2):
                write(case, other, rounds=1)
                holds(case.path)
                sealed(case.path)
                holds(case.path)
            erase_one(case, chance)
            holds(case.path)
            if chance.random() < 0.5:
                leave(case, tmp_path / f"{seed}-archive.db")
                holds(case.path)
            forge_one(case, chance)


def erase_one(case: Case, chance: random.Random) -> None:
    """Erase the values of a row that the log tells of."""
    with open_read(case.path) as session:
        found = []
        for table in tables.tables(session):
            names = session.all(f"SELECT seq FROM _steward_audit_log_{table.tid}")
            found += [(table, seq) for (seq,) in names]
        if not found:
            return
        table, seq = chance.choice(found)
        known = LeafReader(session).record(int(str(seq)))
        assert known is not None
        seqs = life(session, table, Form.of(table).key_of(known[2]))
    with writing(case.path) as writing_session:
        assert set(redact(writing_session, open_secrets(), seqs).seqs) <= set(seqs)


def leave(case: Case, target: Path) -> None:
    """Let all that is sealed leave for an archive, which holds, too."""
    with open_read(case.path) as session, session.snapshot():
        segment = segment_before(session, 1 << 62)
        if segment is None:  # every statement of this seed was refused
            assert tables.last_seq(session) == 0
            return
        made = archive(session, segment, target, open_secrets())
    with writing(case.path) as session:
        prune(session, made, open_secrets())
    holds(target)


def forge_one(case: Case, chance: random.Random) -> None:
    """Change a cell of the log, or take a record away: it is the first thing that is named."""
    with open_read(case.path) as session:
        first = statement.cut(session).last_seq + 1
        seqs = [
            (table.tid, int(str(seq)))
            for table in tables.tables(session)
            for (seq,) in session.all(f"SELECT seq FROM _steward_audit_log_{table.tid} WHERE seq >= {first}")
        ]
        if not seqs:
            return
        tid, seq = chance.choice(seqs)
        rows = session.all("SELECT name FROM pragma_table_info(?)", (f"_steward_audit_log_{tid}",))
    column = chance.choice([str(name) for (name,) in rows if name not in ("seq", "rid")])
    edit = chance.choice(
        [f"UPDATE _steward_audit_log_{tid} SET {column} = ifnull({column}, '') || 'x'", None]
    )
    by_hand(case.path, f"{edit or f'DELETE FROM _steward_audit_log_{tid}'} WHERE seq = {seq}")
    found = verdict(case.path).problems
    assert found[0].seq == seq, found[:3]
