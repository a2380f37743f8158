"""Linkage on chosen knowledge: how the true row is known, what resists and what does not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, changed, gone, patients, token, unsalted, visits
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack import Attack, AttackKind, AttackReport, Knowledge, run
from steward_app.services.privacy.attack.chance import guesses, most_alike, wilson
from steward_app.services.privacy.attack.model import Truth
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule

QUASI = ("birth_date", "postcode", "sex")


def rules_for(limits: Limits | None = None, **columns: Technique) -> ReleaseRules:
    """Rules of the patients."""
    return ReleaseRules(
        "test",
        tuple(Rule(Place("patient", name), technique) for name, technique in columns.items()),
        quasi_identifiers={"patient": QUASI},
        sensitive={"patient": ("diagnosis",)},
        limits=limits or Limits(),
    )


DIRECT = {"name": Technique.REMOVE, "email": Technique.TOKEN}
HIDDEN = {"name": gone, "email": token}


def linkage(report: AttackReport, *columns: str) -> Attack:
    """The linkage by some columns."""
    places = tuple(Place("patient", name) for name in columns)
    return next(a for a in report.attacks if a.kind is AttackKind.LINKAGE and a.places == places)


def decade(value: SqlValue) -> str:
    return f"{str(value)[:3]}0-{str(value)[:3]}9"


def test_a_copy_that_keeps_birth_dates_and_postcodes_does_not_resist(tmp_path: Path) -> None:
    rows = patients()
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, **HIDDEN))
    found = linkage(run(source, copy, rules_for(**DIRECT), Context(), seconds=0.1), *QUASI)
    assert found.reidentified == found.claimed == found.persons == 400
    assert (found.guessing, found.guessing_interval.high) == (1.0, 3.0)
    assert found.beats


def test_a_k_anonymous_copy_resists(tmp_path: Path) -> None:
    rows = patients()
    source = a_clinic(tmp_path / "a.db", rows)
    made = changed(rows, **HIDDEN, birth_date=decade, postcode=lambda v: f"{str(v)[:1]}****")
    copy = a_clinic(tmp_path / "b.db", made)
    rules = rules_for(Limits(k=5), **DIRECT, birth_date=Technique.GENERALIZE, postcode=Technique.GENERALIZE)
    sizes: dict[object, int] = {}
    for row in made:
        sizes[row[3:6]] = sizes.get(row[3:6], 0) + 1
    assert min(sizes.values()) >= 3
    found = linkage(run(source, copy, rules, Context(), [Knowledge("patient", QUASI)], seconds=0.1), *QUASI)
    assert (found.reidentified, found.claimed) == (0, 0)
    assert found.likely == pytest.approx(len(sizes))  # one of n guessed, n times
    assert not found.beats
    assert found.limit == pytest.approx(0.2)


def test_an_average_over_the_limit_beats_it_though_nobody_is_named(tmp_path: Path) -> None:
    rows = [(n, "a", "b", f"19{50 + n // 2}-01-01", "1", "f", "gout") for n in range(40)]
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, **HIDDEN))
    report = run(source, copy, rules_for(Limits(risk=0.3), **DIRECT), Context(), seconds=0.1)
    found = linkage(report, *QUASI)
    assert (found.reidentified, found.rate) == (0, 0.5)
    assert found.beats


def test_without_a_limit_an_average_above_guessing_beats_it_though_nobody_is_named(tmp_path: Path) -> None:
    rows = [(n, "a", "b", f"19{50 + n // 2}-01-01", "1", "f", "gout") for n in range(40)]
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, **HIDDEN))
    found = linkage(run(source, copy, rules_for(**DIRECT), Context(), seconds=0.1), *QUASI)
    assert (found.reidentified, found.rate, found.limit) == (0, 0.5, None)
    assert found.beats and found.beyond_guessing


@pytest.mark.parametrize("amount", [0.5, 4000.0])
def test_noise_resists_as_far_as_it_is_large(tmp_path: Path, amount: float) -> None:
    choose = random.Random(3)
    source = (
        a_database(tmp_path / "a.db")
        .with_table("t", "id INTEGER PRIMARY KEY, pay REAL", rows=[(n, n * 10.0) for n in range(300)])
        .build()
    )
    copy = (
        a_database(tmp_path / "b.db")
        .with_table(
            "t",
            "id INTEGER PRIMARY KEY, pay REAL",
            rows=[(n, n * 10.0 + choose.gauss(0, amount)) for n in range(300)],
        )
        .build()
    )
    rules = ReleaseRules("test", (Rule(Place("t", "pay"), Technique.NOISE),))
    found = run(source, copy, rules, Context(), [Knowledge("t", ("pay",))]).attacks
    link = next(a for a in found if a.kind is AttackKind.LINKAGE)
    assert (link.reidentified == 300) is (amount < 1)
    assert (link.reidentified < 15) is (amount > 1)


def test_pseudonyms_say_nothing_without_their_key(tmp_path: Path) -> None:
    rows = patients()
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, **HIDDEN))
    report = run(
        source, copy, rules_for(**DIRECT), Context(), [Knowledge("patient", ("email",))], seconds=0.1
    )
    assert not [a for a in report.attacks if a.kind is AttackKind.LINKAGE]
    assert "nothing of it without a key" in report.not_tried[0].why


class TestTruth:
    def shuffled(self, tmp_path: Path) -> tuple[Path, Path, dict[SqlValue, SqlValue]]:
        """A copy whose keys are permuted and whose rows stand in another order."""
        rows = patients()
        keys = list(range(1, 401))
        random.Random(5).shuffle(keys)
        mapped = dict(zip(range(1, 401), keys, strict=True))
        made = changed(rows, **HIDDEN, id=lambda v: mapped[int(str(v))])
        source = a_clinic(tmp_path / "a.db", rows)
        copy = a_clinic(tmp_path / "b.db", sorted(made, key=lambda row: int(str(row[0]))))
        return source, copy, dict(mapped)

    def test_kept_keys_tell_it(self, tmp_path: Path) -> None:
        rows = patients()
        source = a_clinic(tmp_path / "a.db", rows)
        copy = a_clinic(tmp_path / "b.db", changed(rows, **HIDDEN)[::-1])
        told = run(source, copy, rules_for(**DIRECT), Context(), seconds=0.1).truth[0]
        assert (told.truth, told.pairs) == (Truth.KEPT_KEYS, 400)

    def test_permuted_keys_are_not_taken_for_kept_ones(self, tmp_path: Path) -> None:
        source, copy, _ = self.shuffled(tmp_path)
        rules = rules_for(**DIRECT, id=Technique.PERMUTE)
        for each in (rules, None):
            report = run(source, copy, each, Context(), [Knowledge("patient", QUASI)], seconds=0.1)
            assert report.truth[0].truth is Truth.CONTENT
            assert linkage(report, *QUASI).reidentified > 390  # by what occurs once in both

    def test_nothing_is_said_where_too_little_occurs_once(self, tmp_path: Path) -> None:
        rows = [(n, "a", "b", f"19{50 + n % 20}-01-01", "1", "fm"[n % 2], "gout") for n in range(400)]
        keys = list(range(400))
        random.Random(5).shuffle(keys)
        made = changed(rows, **HIDDEN, id=lambda v: keys[int(str(v))])
        source, copy = a_clinic(tmp_path / "a.db", rows), a_clinic(tmp_path / "b.db", made)
        rules = rules_for(**DIRECT, id=Technique.PERMUTE)
        report = run(source, copy, rules, Context(), [Knowledge("patient", QUASI)], seconds=0.1)
        assert report.truth[0].truth is Truth.UNKNOWN
        assert not [a for a in report.attacks if a.kind is AttackKind.LINKAGE]
        assert "not known which row is whose" in report.not_tried[-1].why

    def test_a_column_dealt_to_other_rows_is_found_out(self, tmp_path: Path) -> None:
        rows = patients()
        dealt = [row[6] for row in rows]
        random.Random(2).shuffle(dealt)
        made = [
            (500 - int(str(row[0])), None, None, *row[3:6], ill) for row, ill in zip(rows, dealt, strict=True)
        ]
        random.Random(5).shuffle(made)
        source, copy = a_clinic(tmp_path / "a.db", rows), a_clinic(tmp_path / "b.db", made)
        report = run(source, copy, None, Context(), [Knowledge("patient", QUASI)], seconds=0.1)
        assert report.truth[0].truth is Truth.CONTENT
        assert linkage(report, *QUASI).reidentified > 390

    def test_whoever_holds_the_key_recomputes_it(self, tmp_path: Path) -> None:
        source, copy, mapped = self.shuffled(tmp_path)
        report = run(
            source,
            copy,
            rules_for(**DIRECT, id=Technique.PERMUTE),
            Context(),
            seconds=0.1,
            recompute=lambda table, key: iter([(mapped[n],) for n in range(1, 401)]),
        )
        assert report.truth[0].truth is Truth.RECOMPUTED
        assert linkage(report, *QUASI).reidentified == 400

    def test_the_wrong_key_is_found_out(self, tmp_path: Path) -> None:
        source, copy, _ = self.shuffled(tmp_path)
        report = run(
            source,
            copy,
            rules_for(**DIRECT, id=Technique.PERMUTE),
            Context(),
            seconds=0.1,
            recompute=lambda table, key: iter([(n,) for n in range(1, 401)]),
        )
        assert report.truth[0].truth is not Truth.RECOMPUTED

    def test_the_order_of_rows_tells_it_where_other_columns_agree(self, tmp_path: Path) -> None:
        rows = [row[1:] for row in patients()]
        columns = "name TEXT, email TEXT, birth_date TEXT, postcode TEXT, sex TEXT, diagnosis TEXT"
        source = a_database(tmp_path / "a.db").with_table("patient", columns, rows=rows).build()
        made = [(None, token(row[1]), *row[2:]) for row in rows]
        copy = a_database(tmp_path / "b.db").with_table("patient", columns, rows=made).build()
        report = run(source, copy, rules_for(**DIRECT), Context(), seconds=0.1)
        assert (report.truth[0].truth, report.truth[0].agreement) == (Truth.POSITION, 1.0)

    def test_a_subset_is_told_by_its_keys_and_strangers_are_claimed_wrongly(self, tmp_path: Path) -> None:
        rows = [(n, "a", "b", "2000-01-01", f"{n // 2}", "f", "gout") for n in range(100)]
        source = a_clinic(tmp_path / "a.db", rows)
        copy = a_clinic(tmp_path / "b.db", changed(rows, **HIDDEN)[::2])
        found = linkage(run(source, copy, rules_for(**DIRECT), Context(), seconds=0.1), *QUASI)
        assert (found.claimed, found.reidentified) == (100, 50)


def test_rules_are_read_off_the_files_where_none_are_known(tmp_path: Path) -> None:
    rows = patients()
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, name=gone, email=unsalted, birth_date=decade))
    report = run(source, copy, None, Context(), [Knowledge("patient", ("birth_date", "postcode"))], seconds=1)
    assert linkage(report, "birth_date", "postcode").reidentified > 380
    assert any(a.kind is AttackKind.DICTIONARY and a.reidentified == 400 for a in report.attacks)


def test_rows_of_one_person_count_once(tmp_path: Path) -> None:
    made = visits(200, 50)
    people = len({row[1] for row in made})
    source = a_clinic(tmp_path / "a.db", patients(50), made)
    rules = ReleaseRules("test", (Rule(Place("visit", "cost"), Technique.KEEP),))
    known = [Knowledge("visit", ("taken_on",))]
    found = run(source, source, rules, Context(), known, subjects={"visit": ("patient_id",)}).attacks
    link = next(a for a in found if a.kind is AttackKind.LINKAGE)
    assert link.persons == link.reidentified == people


def test_rows_without_a_person_stand_for_themselves(tmp_path: Path) -> None:
    made = [(n, None if n > 5 else 1, 1.0, f"2020-01-{n:02}") for n in range(1, 10)]
    source = a_clinic(tmp_path / "a.db", patients(5), made)
    rules = ReleaseRules(
        "test",
        (Rule(Place("patient", "name"), Technique.REMOVE), Rule(Place("visit", "cost"), Technique.REMOVE)),
        quasi_identifiers={"patient": ("sex",)},
    )
    found = run(source, source, rules, Context(), seconds=0.1).attacks
    by_day = next(a for a in found if a.kind is AttackKind.LINKAGE and a.table == "visit")
    assert (
        by_day.persons == 5
    )  # four rows of nobody, and the rows of the one patient that the foreign key names


def test_a_column_that_is_not_there_is_a_wrong_request(tmp_path: Path) -> None:
    source = a_clinic(tmp_path / "a.db")
    with pytest.raises(UsageError, match="shoe_size"):
        run(source, source, None, Context(), [Knowledge("patient", ("shoe_size",))])


def test_chance_is_told_with_the_known_intervals() -> None:
    # Wilson's interval of 10 in 100, and binomial quantiles, as scipy.stats gives them
    found = wilson(10, 100)
    assert (found.low, found.high) == pytest.approx((0.05522914, 0.17436566), abs=1e-7)
    assert (guesses(100, 0.1).low, guesses(100, 0.1).high) == (5.0, 16.0)
    assert (guesses(1000, 0.001).low, guesses(1000, 0.001).high) == (0.0, 3.0)
    assert (guesses(0, 0.5).high, guesses(7, 1.0).low) == (0.0, 7.0)
    assert (most_alike(2, 1).low, most_alike(2, 1).high) == (2.0, 2.0)  # there is no other amount


def test_groups_of_one_are_no_limit(tmp_path: Path) -> None:
    """A k of 1 allows nothing: whoever is found by columns that stayed as they are was found."""
    rows = [(n, 20 + n) for n in range(40)]
    before, after = (
        a_database(tmp_path / name)
        .with_table("patient", "id INTEGER PRIMARY KEY, age INTEGER", rows=rows)
        .build()
        for name in ("before.db", "after.db")
    )
    rules = ReleaseRules("r", (), quasi_identifiers={"patient": ("age",)}, limits=Limits(k=1))
    report = run(before, after, rules, Context(), (Knowledge("patient", ("age",)),))
    linked = [each for each in report.attacks if each.kind is AttackKind.LINKAGE]
    assert linked
    assert all(each.beats and each.limit is None for each in linked)


@pytest.mark.parametrize("family", [Technique.PSEUDONYM, Technique.REMOVE])
def test_what_is_computed_from_pseudonyms_is_compared_with_nothing(tmp_path: Path, family: Technique) -> None:
    """Some names share a made-up one here, as happens with lists of names."""
    table = (
        "id INTEGER PRIMARY KEY, given TEXT, family TEXT, size REAL,"
        " whole TEXT AS (given || ' ' || coalesce(family, ''))"
    )
    rows = [(n, f"Given{n}", f"Family{n}", n * 1.7) for n in range(300)]
    families = {
        Technique.PSEUDONYM: lambda n: f"Made{n // 2 if n < 90 else n}",
        Technique.REMOVE: lambda n: None,
    }
    new = [(n, f"Other{n // 2 if n < 90 else n}", families[family](n), size) for n, *_, size in rows]
    files = [
        a_database(tmp_path, name)
        .with_table("person", table)
        .with_rows("person", each, columns=("id", "given", "family", "size"))
        .build()
        for name, each in (("old.db", rows), ("new.db", new))
    ]
    said = ReleaseRules(
        "test",
        (
            Rule(Place("person", "given"), Technique.PSEUDONYM, {"kind": "given_name"}),
            Rule(Place("person", "family"), family),
        ),
    )
    report = run(*files, said, Context(), [Knowledge("person", ("whole",))], seconds=0.1)
    assert report.truth[0].pairs == 300
    assert not any(each.claimed for each in report.attacks if each.kind is AttackKind.LINKAGE)
