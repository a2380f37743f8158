"""The register of copies, and the sheet on which a person, and nobody else, assesses one as anonymous."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from blake3 import blake3

from builders.releases import in_register
from steward_app.catalog import Catalog, journal
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.along import groups_in_words
from steward_app.services.privacy.anonymize import assess, keys, register
from steward_app.services.privacy.anonymize.contradictions import contradictions
from steward_app.services.privacy.anonymize.file_now import compared
from steward_app.services.privacy.anonymize.model import (
    COPY_FOR_RELEASE,
    CopyRisk,
    Release,
    ReleaseState,
    Sheet,
)

DATABASE = "8b1f6a52-4a77-4f0b-9e0c-6f6f4d7f2d10"
SHEET = Sheet(
    assessed_by="Ada Winter",
    recipient="University",
    until="2027-06-30",
    reasons="They hold no other data.",
    measures=("k = 5",),
    attacks=("linkage: 0 of 1,000",),
    holds_original="The clinic",
    other_data="None",
)


def entered(catalog: Catalog, **changed: object) -> str:
    """A copy in the register; its id."""
    return in_register(catalog, DATABASE, **{"key_name": "studies", "until": "2027-12-31", **changed})


def noted(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        events = journal.events(session, phases=(journal.Phase.NOTE,))
    return [str(event.data["sentence"]) for event in events]


def test_a_copy_is_called_what_it_is(catalog: Catalog, at: Callable[[str], None]) -> None:
    entered(catalog)
    entered(catalog, id="rl_2", operation_id="op_2", state="making")
    (found,) = register.list_releases(catalog, DATABASE)
    assert (found.state, found.words, found.key_state) == (ReleaseState.MADE, COPY_FOR_RELEASE, "")
    assert register.list_releases(catalog, "another") == ()
    assert register.find_release(catalog, "1").id == "rl_1"


def test_given_expired_and_destroyed(catalog: Catalog, at: Callable[[str], None]) -> None:
    found = register.find_release(catalog, entered(catalog))
    given = register.record_given(catalog, found, "Prof. Moor")
    assert (given.state, given.note) == (ReleaseState.GIVEN, "Prof. Moor")
    at("2028-01-01")
    expired = register.find_release(catalog, "rl_1")
    assert (expired.state, expired.state_at) == (ReleaseState.EXPIRED, "2028-01-01T00:00:00.000Z")
    at("2028-01-09")
    assert register.find_release(catalog, "rl_1").state_at == expired.state_at
    with pytest.raises(Refused, match="until 2027-12-31"):
        register.record_given(catalog, expired, "Prof. Quell")
    gone = register.record_destroyed(catalog, expired, "Wiped, says Prof. Moor")
    assert (gone.state, gone.state_at) == (ReleaseState.DESTROYED, "2028-01-09T12:00:00.000Z")
    with pytest.raises(Refused):
        register.record_destroyed(catalog, gone, "again")
    assert noted(catalog) == ["The copy rl_1 is destroyed", "The copy rl_1 was given to Prof. Moor"]


def test_an_assessment_holds_for_one_recipient_until_a_date(
    catalog: Catalog, at: Callable[[str], None]
) -> None:
    found = register.find_release(catalog, entered(catalog))
    made = assess.record(catalog, found, SHEET, Context())
    assert made.sheet == SHEET
    assert made.holds
    now = register.find_release(catalog, "rl_1")
    assert now.words == "assessed anonymous for University, until 2027-06-30, by Ada Winter"
    at("2027-07-01")
    over = register.find_release(catalog, "rl_1")
    assert (over.words, over.assessments[0].holds) == (COPY_FOR_RELEASE, False)


def test_an_assessment_ends_with_the_copy_or_when_it_is_withdrawn(
    catalog: Catalog, at: Callable[[str], None]
) -> None:
    for number, end in enumerate(("destroyed", "withdrawn"), start=1):
        found = register.find_release(
            catalog, entered(catalog, id=f"rl_{number}x", operation_id=f"op_{number}x")
        )
        assess.record(catalog, found, SHEET, Context())
        if end == "destroyed":
            register.record_destroyed(catalog, found, "Wiped")
        else:
            assert assess.withdraw(catalog, found, "A register was published") == 1
            assert assess.withdraw(catalog, found, "again") == 0
        assert register.find_release(catalog, found.id).words == COPY_FOR_RELEASE


@pytest.mark.parametrize(
    "field", ["assessed_by", "recipient", "reasons", "measures", "attacks", "holds_original", "other_data"]
)
def test_a_sheet_with_an_empty_part_is_refused(
    catalog: Catalog, at: Callable[[str], None], field: str
) -> None:
    found = register.find_release(catalog, entered(catalog))
    empty: object = (" ",) if field in ("measures", "attacks") else " "
    with pytest.raises(UsageError, match="does not say"):
        assess.record(catalog, found, replace(SHEET, **{field: empty}), Context())  # type: ignore[arg-type]
    assert register.find_release(catalog, "rl_1").assessments == ()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"recipient": "Somebody else"}, Refused),
        ({"until": "2026-11-19"}, UsageError),
        ({"until": "2028-01-01"}, UsageError),
        ({"until": "soon"}, UsageError),
    ],
)
def test_a_sheet_that_cannot_hold_is_refused(
    catalog: Catalog, at: Callable[[str], None], changed: dict[str, str], error: type[Exception]
) -> None:
    found = register.find_release(catalog, entered(catalog))
    with pytest.raises(error):
        assess.record(catalog, found, replace(SHEET, **changed), Context())  # type: ignore[arg-type]


def test_nothing_is_assessed_of_a_copy_that_is_over(catalog: Catalog, at: Callable[[str], None]) -> None:
    found = register.find_release(catalog, entered(catalog, until="2026-11-19"))
    with pytest.raises(Refused, match="expired"):
        assess.record(catalog, found, SHEET, Context())


def test_the_sheet_says_what_became_of_the_key(catalog: Catalog, at: Callable[[str], None]) -> None:
    keys.key_bytes(catalog, "studies")
    found = register.find_release(catalog, entered(catalog))
    assert "kept on the computer" in assess.record(catalog, found, SHEET, Context()).key
    keys.destroy_key(catalog, "studies", reason="over", typed="studies")
    later = register.find_release(catalog, "rl_1")
    assert later.key_state == "destroyed"
    (old,) = later.assessments
    assert (old.key[:4], old.key_now[:9], old.key_destroyed_since) == ("kept", "destroyed", True)
    made = assess.record(catalog, later, SHEET, Context())
    assert (made.key[:9], made.key_now, made.key_destroyed_since) == ("destroyed", made.key, False)


def test_a_sheet_that_was_changed_is_noticed(catalog: Catalog, at: Callable[[str], None]) -> None:
    found = register.find_release(catalog, entered(catalog))
    assess.record(catalog, found, SHEET, Context())
    with catalog.unit() as unit:
        unit.session.run("UPDATE release_assessments SET sheet = replace(sheet, 'k = 5', 'k = 50')")
        unit.commit()
    with pytest.raises(Exception, match="was changed after it was signed"):
        register.find_release(catalog, "rl_1")


def a_copy(catalog: Catalog, folder: Path, **changed: object) -> Release:
    """A copy in the register, and its file."""
    path = folder / "copy.db"
    path.write_bytes(b"as it was made")
    digest = blake3(b"as it was made").hexdigest()
    return register.find_release(catalog, entered(catalog, path=str(path), file_hash=digest, **changed))


def test_only_the_file_that_was_made_is_assessed(
    catalog: Catalog, at: Callable[[str], None], tmp_path: Path
) -> None:
    found = a_copy(catalog, tmp_path)
    assert "byte for byte" in assess.record(catalog, found, SHEET, Context()).file
    found.path.write_bytes(b"as it was made, and more")
    with pytest.raises(Refused, match="was changed or replaced since"):
        assess.record(catalog, found, SHEET, Context())
    (told,) = compared((found,), Context())
    assert "changed or replaced" in told.file
    found.path.unlink()
    assert assess.record(catalog, found, SHEET, Context()).file == "not where it was made"
    assert len(register.find_release(catalog, found.id).assessments) == 2


def test_a_sheet_against_what_is_known_is_told_first_and_recorded_with_it(
    catalog: Catalog, at: Callable[[str], None], tmp_path: Path
) -> None:
    risk = CopyRisk("patient", by=("birth_year",), records=10, groups=4, k=1, uniques=3)
    found = a_copy(catalog, tmp_path, risks=json.dumps([risk.as_json()]))
    boasting = replace(SHEET, measures=("k = 99",))
    with pytest.raises(Refused, match=r"“k = 99”\. When the copy was made, k = 1 was"):
        assess.record(catalog, found, boasting, Context())
    assert register.find_release(catalog, found.id).assessments == ()
    assess.record(catalog, found, boasting, Context(), despite=True)
    (kept,) = register.find_release(catalog, found.id).assessments
    assert len(kept.contradictions) == 1
    assert "k = 1 was measured" in kept.contradictions[0]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("nobody", True),
        ("Nobody any more", True),
        ("no one", True),
        ("n/a", True),
        ("-", True),
        ("deleted in May", True),
        ("The clinic", False),
        ("Nobeldruck Ltd", False),
    ],
)
def test_who_holds_the_original_is_held_against_what_lies_here(
    catalog: Catalog, at: Callable[[str], None], said: str, told: bool
) -> None:
    found = register.find_release(catalog, entered(catalog))
    sheet = replace(SHEET, holds_original=said)
    held = ("The original, “a.db”, lies on this computer.",)
    assert bool(contradictions(found, sheet, held)) is told
    assert contradictions(found, sheet, ()) == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("k = 5", True),
        ("k >= 3 in visit", False),
        ("visit: k = 3", False),
        ("visit: k = 4 over day", True),
        ("patient: k = 2", True),
        ("l = 9", False),
        ("k: 1,000", True),
        ("visit: k = 3 over “born” of “patient_id”", False),
        ("patient: k = 8 over “sex”", True),
        ("stay: k = 2 over “day” of “patient”", False),
        ("stay: k = 9 over “day”, “ward”, “born”", True),
        ("stay: k = 9", True),
    ],
)
def test_a_measure_is_held_against_what_was_measured_in_its_table(
    catalog: Catalog, at: Callable[[str], None], line: str, told: bool
) -> None:
    risks = [
        CopyRisk("patient", by=("birth_year",), records=10, groups=4, k=1).as_json(),
        CopyRisk("visit", by=("day",), records=10, groups=3, k=3).as_json(),
        CopyRisk("stay", by=("day", "ward"), records=10, groups=3, k=2).as_json(),
    ]
    found = register.find_release(catalog, entered(catalog, risks=json.dumps(risks)))
    assert bool(contradictions(found, replace(SHEET, measures=(line,)), ())) is told


def test_what_a_sheet_is_filled_in_with_contradicts_nothing(
    catalog: Catalog, at: Callable[[str], None]
) -> None:
    """Groups over more columns may be larger, where other rows are counted."""
    visit, stay = "visit_id>born", "stay_id>visit_id>born"
    every = (
        CopyRisk("payment", by=(visit,), k=1),
        CopyRisk("payment", by=(stay,), k=2),
        CopyRisk("payment", by=(visit, stay), k=3),
        CopyRisk("payment", by=(visit,), k=4, leading_to=("visit_id>reason",)),
        CopyRisk("payment", by=("paid_on",), k=5, moved=("paid_on",)),
        CopyRisk("person", by=("born",), k=6, direct=("name",)),
    )
    found = register.find_release(
        catalog, entered(catalog, risks=json.dumps([each.as_json() for each in every]))
    )
    over = [(each, groups_in_words(each.by, each.leading_to)) for each in every]
    filled = tuple(f"{each.table}: k = {each.k} over {by}" for each, by in over)
    assert contradictions(found, replace(SHEET, measures=filled), ()) == ()
    boasting = tuple(f"{each.table}: k = {each.k + 1} over {by}" for each, by in over)
    told = contradictions(found, replace(SHEET, measures=boasting), ())
    assert [f"k = {k} was measured" in each for k, each in enumerate(told, 1)] == [True] * 4


def test_lines_that_one_measure_contradicts_are_told_once(
    catalog: Catalog, at: Callable[[str], None]
) -> None:
    risk = CopyRisk("patient", by=("birth_year",), records=10, groups=4, k=1)
    found = register.find_release(catalog, entered(catalog, risks=json.dumps([risk.as_json()])))
    lines = ("patient: k = 5", "patient: k = 7 over “birth_year”, “sex”")
    assert len(contradictions(found, replace(SHEET, measures=lines), ())) == 1


def test_a_sheet_is_read_from_json() -> None:
    assert assess.read_sheet(json.dumps(asdict(SHEET))) == SHEET
    for wrong in ("[]", "{}", "no json", json.dumps(asdict(SHEET) | {"more": 1})):
        with pytest.raises(UsageError):
            assess.read_sheet(wrong)


def test_the_sheet_of_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[4] / "docs" / "privacy-copies.md").read_text("utf-8")
    block = text.split("```json\n")[1].split("```")[0]
    assert assess.read_sheet(block).recipient == "University"
