"""Columns that are turned back by computing, and columns that are not."""

from __future__ import annotations

import base64
import hashlib
import random
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, changed, gone, patients, token, unsalted
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack import run
from steward_app.services.privacy.attack.brute import Listed, try_lists
from steward_app.services.privacy.attack.model import Attack, AttackKind
from steward_app.services.privacy.hashes import beyond_chance, looks_hashed
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

CZECH = "ledna února března dubna května června července srpna září října listopadu prosince".split()  # noqa: SIM905


def rules_for(**columns: Technique) -> ReleaseRules:
    """Rules of the patients."""
    return ReleaseRules(
        "test", tuple(Rule(Place("patient", name), technique) for name, technique in columns.items())
    )


def attacks(tmp_path: Path, rules: ReleaseRules, seconds: float = 0.5, **columns: object) -> list[Attack]:
    """Those on a copy whose columns were changed so."""
    rows = patients(300)
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, **columns))  # type: ignore[arg-type]
    return list(run(source, copy, rules, Context(), seconds=seconds).attacks)


def of(found: list[Attack], kind: AttackKind, column: str) -> Attack | None:
    """The attack of a kind on a column."""
    return next((a for a in found if a.kind is kind and a.places == (Place("patient", column),)), None)


@pytest.mark.parametrize(
    "hashed",
    [
        unsalted,
        lambda value: hashlib.md5(str(value).encode()).hexdigest().upper(),
        lambda value: hashlib.sha1(str(value).encode()).digest(),
        lambda value: base64.b64encode(hashlib.sha256(str(value).encode()).digest()).decode(),
        lambda value: unsalted(value)[:16],
    ],
)
def test_unsalted_hashes_of_birth_dates_are_turned_back_completely(tmp_path: Path, hashed: object) -> None:
    found = attacks(tmp_path, rules_for(birth_date=Technique.TOKEN), birth_date=hashed, seconds=20)
    attack = of(found, AttackKind.BRUTE_FORCE, "birth_date")
    assert attack is not None
    assert attack.reidentified == attack.claimed == attack.persons == 300
    assert attack.guessing < 20
    assert attack.beats
    assert any("dates of 100 years" in detail for detail in attack.details)


def test_a_hash_of_a_date_written_as_people_do_is_turned_back_and_named_rightly(tmp_path: Path) -> None:
    def written(value: SqlValue) -> str:
        year, month, day = str(value).split("-")
        return unsalted(f"{day}.{month}.{year}")

    found = attacks(tmp_path, rules_for(birth_date=Technique.TOKEN), birth_date=written, seconds=20)
    attack = of(found, AttackKind.BRUTE_FORCE, "birth_date")
    assert attack is not None
    assert attack.claimed == 300


def test_hashes_of_addresses_fall_to_a_list_and_not_to_enumeration(tmp_path: Path) -> None:
    found = attacks(tmp_path, rules_for(email=Technique.TOKEN), email=unsalted)
    listed, enumerated = (
        of(found, kind, "email") for kind in (AttackKind.DICTIONARY, AttackKind.BRUTE_FORCE)
    )
    assert listed is not None
    assert enumerated is not None
    assert (listed.reidentified, enumerated.reidentified) == (300, 0)
    assert any("300 known values" in detail for detail in listed.details)


def test_a_small_part_of_the_rows_is_found_in_a_long_list(tmp_path: Path) -> None:
    rows = patients(6_000)
    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows[-5:], email=unsalted))
    found = list(run(source, copy, rules_for(email=Technique.TOKEN), Context(), seconds=0.1).attacks)
    attack = of(found, AttackKind.DICTIONARY, "email")
    assert attack is not None
    assert attack.reidentified == attack.persons == 5


@pytest.mark.parametrize("salt", ["salt", "patient"])
def test_a_salt_that_anybody_tries_first_is_none(tmp_path: Path, salt: str) -> None:
    found = attacks(
        tmp_path, rules_for(email=Technique.TOKEN), email=lambda v: unsalted(f"{salt}{v}"), seconds=0.2
    )
    attack = of(found, AttackKind.DICTIONARY, "email")
    assert attack is not None
    assert attack.reidentified == 300


def with_hashes(tmp_path: Path, written: Callable[[str], SqlValue], *, elsewhere: bool) -> Attack | None:
    """The list attack on hashes of addresses that the original has, too, and the copy keeps."""
    people = [(f"N{n}", f"Ada.{n}@Example.org ", f"+49 171 {2_000_000 + n}") for n in range(40)]
    hashes = [written(mail) for _, mail, _ in people]
    files = []
    for name, released in (("a.db", False), ("b.db", True)):
        rows = [(f"P{n}", "x@example.org", "1") if released else each for n, each in enumerate(people)]
        beside = [(*row, None if elsewhere else made) for row, made in zip(rows, hashes, strict=True)]
        files.append(
            a_database(tmp_path, name)
            .with_table(
                "patient", "name TEXT, email TEXT, phone TEXT, mail_hash, id INTEGER PRIMARY KEY",
                rows=[(*row, n) for n, row in enumerate(beside)],
            )
            .with_table("newsletter", "id INTEGER PRIMARY KEY, who", rows=list(enumerate(hashes)))
            .build()
        )  # fmt: skip
    rules = rules_for(name=Technique.PSEUDONYM, email=Technique.PSEUDONYM, phone=Technique.PSEUDONYM)
    of_table = Place("newsletter", "who") if elsewhere else Place("patient", "mail_hash")
    subjects = {"patient": (), **({"newsletter": ()} if elsewhere else {})}
    found = run(*files, rules, Context(), subjects=subjects, seconds=0.2).attacks
    return next((a for a in found if a.kind is AttackKind.DICTIONARY and a.places == (of_table,)), None)


def sha1_of_the_trimmed(mail: str) -> str:
    return hashlib.sha1(mail.strip().lower().encode()).hexdigest()


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize(
    "written",
    [
        sha1_of_the_trimmed,
        lambda mail: hashlib.md5(mail.encode()).hexdigest().upper(),
        lambda mail: f"img/{sha1_of_the_trimmed(mail)}.png?s=80",
        lambda mail: zlib.crc32(mail.strip().encode()),
        lambda mail: zlib.crc32(mail.encode()) - (zlib.crc32(mail.encode()) >> 31 << 32),
    ],
)
def test_a_hash_that_is_kept_falls_to_a_list_of_what_was_hashed(
    tmp_path: Path, written: Callable[[str], SqlValue], elsewhere: bool
) -> None:
    attack = with_hashes(tmp_path, written, elsewhere=elsewhere)
    assert attack is not None
    assert (attack.reidentified, attack.persons, attack.beats) == (40, 40, True)
    assert any("40 known values of “patient.email”: 40 turned back" in each for each in attack.details)


def test_a_hash_with_a_key_that_is_kept_does_not_fall(tmp_path: Path) -> None:
    attack = with_hashes(tmp_path, lambda mail: unsalted(f"kept apart{mail}"), elsewhere=False)
    assert attack is not None
    assert (attack.claimed, attack.beats) == (0, False)


def test_numbers_of_32_bits_that_are_no_hashes_do_not_fall(tmp_path: Path) -> None:
    attack = with_hashes(tmp_path, lambda mail: random.Random(mail).getrandbits(32), elsewhere=False)
    assert attack is not None
    assert (attack.claimed, attack.beats) == (0, False)


@pytest.mark.parametrize(
    ("hits", "targets", "tried", "length", "beyond"),
    [(1, 9, 9, 8, True), (4, 9, 9, 4, False), (5, 9, 9, 4, True), (2_300, 1_000_000, 1_000_000, 4, False)],
)
def test_short_hashes_that_a_list_has_are_told_from_chance(
    hits: int, targets: int, tried: int, length: int, *, beyond: bool
) -> None:
    assert beyond_chance(hits, targets, tried, length) is beyond


def test_accounts_are_no_hashes_and_no_list_of_them_is_hashed(tmp_path: Path) -> None:
    accounts = (f"DE{10 + n % 90}{37_040_044 * 10**10 + 532_013_000 + n}" for n in range(300))
    found = attacks(tmp_path, rules_for(email=Technique.PSEUDONYM), email=lambda value: next(accounts))
    assert of(found, AttackKind.DICTIONARY, "email") is None


def test_a_keyed_token_is_not_turned_back(tmp_path: Path) -> None:
    found = attacks(
        tmp_path,
        rules_for(birth_date=Technique.TOKEN, email=Technique.TOKEN, name=Technique.REMOVE),
        birth_date=token,
        email=token,
        name=gone,
    )
    tried = [each for each in found if each.kind in (AttackKind.BRUTE_FORCE, AttackKind.DICTIONARY)]
    assert len(tried) == 4
    assert not any(each.claimed or each.beats for each in tried)


def test_what_the_time_was_not_enough_for_is_said(tmp_path: Path) -> None:
    found = attacks(tmp_path, rules_for(email=Technique.TOKEN), email=token, seconds=0.05)
    attack = of(found, AttackKind.BRUTE_FORCE, "email")
    assert attack is not None
    said = " ".join(attack.unfinished)
    assert "Stopped after 0.05 s" in said
    assert "nothing was tried with sha3_256" in said
    assert "Not begun: whole numbers below 1,000,000" in said
    assert "numbers of up to nine digits" in said
    listed = of(found, AttackKind.DICTIONARY, "email")
    assert listed is not None
    assert not listed.unfinished


def test_a_way_of_writing_is_no_pseudonym(tmp_path: Path) -> None:
    found = attacks(
        tmp_path,
        rules_for(email=Technique.TOKEN),
        email=lambda v: base64.b64encode(str(v).encode()).decode(),
    )
    attack = of(found, AttackKind.ARITHMETIC, "email")
    assert attack is not None
    assert attack.reidentified == 300
    assert "base64" in attack.title


@pytest.mark.parametrize("form", ["{d}. {m}. {y}", "{d:02}.{m:02}.{y}.", "{y}. {m:02}. {d:02}."])
def test_hashes_of_birth_dates_are_turned_back_however_these_were_written(tmp_path: Path, form: str) -> None:
    def written(value: SqlValue) -> str:
        day = date.fromisoformat(str(value))
        return form.format(y=day.year, m=day.month, d=day.day)

    rows = changed(patients(300), birth_date=written)
    files = a_clinic(tmp_path / "a.db", rows), a_clinic(tmp_path / "b.db", changed(rows, birth_date=unsalted))
    found = run(*files, rules_for(birth_date=Technique.TOKEN), Context(), seconds=20).attacks
    attack = of(list(found), AttackKind.BRUTE_FORCE, "birth_date")
    assert attack is not None
    assert attack.reidentified == 300


@pytest.mark.parametrize(
    "written",
    [
        lambda day: day.isoformat(),
        lambda day: f"{day.day}. {day.month}. {day.year}",
        lambda day: f"{day.year}.{day.month:02}.{day.day:02}.",
        lambda day: f"{day.month}/{day.day}/{day.year}",
        lambda day: f"{day.day} {CZECH[day.month - 1]} {day.year}",
    ],
)
def test_one_shift_for_all_is_turned_back_by_whoever_knows_one(
    tmp_path: Path, written: Callable[[date], str]
) -> None:
    rows = changed(patients(300), birth_date=lambda value: written(date.fromisoformat(str(value))))
    moved = changed(
        patients(300), birth_date=lambda value: written(date.fromisoformat(str(value)) + timedelta(days=37))
    )
    files = a_clinic(tmp_path / "a.db", rows), a_clinic(tmp_path / "b.db", moved)
    found = run(*files, rules_for(birth_date=Technique.SHIFT), Context(), seconds=0.5).attacks
    attack = of(list(found), AttackKind.ARITHMETIC, "birth_date")
    assert attack is not None
    assert attack.reidentified == 300


@pytest.mark.parametrize(
    ("values", "looks"),
    [
        (["d41d8cd98f00b204e9800998ecf8427e"] * 5, True),
        ([b"\x00" * 32] * 5, True),
        (["Ada", "Ben", "Cleo"], False),
        (["12345678", "87654321", "11111111"], False),
        ([1, 2, 3], False),
        (["d41d8cd98f00b204e9800998ecf8427e"], False),
        (["d41d8cd98f00b204e9800998ecf8427e", "Ada", "Ben", "Cleo"], False),
        (["d41d8cd98f00b204e9800998ecf8427e", "Ada", "Ben"] * 3, True),
        (["DE89370400440532013000", "NO9386011117947", "AT611904300234573201"] * 3, False),
        (["DE89370400440532013000", "DE02120300000000202051"] * 3, False),
        (["4012888888881881", "5105105105105100"] * 3, False),
    ],
)
def test_hashes_are_told_by_their_form(values: list[SqlValue], looks: bool) -> None:
    assert (looks_hashed(values) is not None) is looks


def moved_by(days: list[int], *, days_said: int = 183, tmp_path: Path) -> Attack:
    """The attack by one amount on birth dates that moved by so many days each."""
    moves = iter(days)

    def later(value: SqlValue) -> str:
        return (date.fromisoformat(str(value)) + timedelta(days=next(moves))).isoformat()

    said = ReleaseRules("r", (Rule(Place("patient", "birth_date"), Technique.SHIFT, {"days": days_said}),))
    attack = of(attacks(tmp_path, said, birth_date=later), AttackKind.ARITHMETIC, "birth_date")
    assert attack is not None
    return attack


def test_persons_whose_dates_move_alike_beyond_chance_are_counted_beside_the_guess(tmp_path: Path) -> None:
    """A third move by one amount, as those do that a rule takes for one person."""
    drawn = random.Random(1)
    found = moved_by([37] * 100 + [drawn.randrange(1, 183) for _ in range(200)], tmp_path=tmp_path)
    assert (found.persons, found.claimed) == (300, 300)
    assert 100 <= found.reidentified <= 105
    assert 1 < found.guessing < 3
    assert found.guessing_interval.high < 12
    assert found.beats
    assert "One known value turns back values of 10" in found.details[1]


def test_dates_that_move_by_chance_alike_tell_of_nobody(tmp_path: Path) -> None:
    for seed in range(5):
        drawn = random.Random(seed)
        days = [drawn.choice((-1, 1)) * drawn.randrange(1, 184) for _ in range(300)]
        found = moved_by(days, tmp_path=tmp_path / str(seed))
        assert (found.claimed, found.reidentified, found.beats) == (0, 0, False)
        assert "by chance up to" in found.details[1]


@pytest.mark.parametrize("moves", [[37], [37, 37], [37, -5]])
def test_dates_of_one_or_two_persons_tell_no_more_than_guessing(tmp_path: Path, moves: list[int]) -> None:
    """Where all moved alike, there is one amount alone, and nothing to draw from."""
    rows, days = patients(len(moves)), iter(moves)

    def later(value: SqlValue) -> str:
        return (date.fromisoformat(str(value)) + timedelta(days=next(days))).isoformat()

    source = a_clinic(tmp_path / "a.db", rows)
    copy = a_clinic(tmp_path / "b.db", changed(rows, birth_date=later))
    said = ReleaseRules("r", (Rule(Place("patient", "birth_date"), Technique.SHIFT, {"days": 183}),))
    found = of(
        list(run(source, copy, said, Context(), seconds=0.1).attacks), AttackKind.ARITHMETIC, "birth_date"
    )
    assert found is not None
    assert (found.tried, found.reidentified, found.beats) == (len(moves), 0, False)


def test_pseudonyms_of_those_who_treat_are_counted_by_them_and_not_by_patients(tmp_path: Path) -> None:
    """Of 300 patients, three doctors treat a different share each: who knows the shares names three doctors."""
    rows = [(n, 1 if n <= 200 else 2 if n <= 280 else 3) for n in range(1, 301)]
    files = [
        a_database(tmp_path, name)
        .with_table("doctor", "id INTEGER PRIMARY KEY", rows=[(n + more,) for n in (1, 2, 3)])
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, doctor_id INTEGER REFERENCES doctor",
            rows=[(n, doctor + more) for n, doctor in rows],
        )
        .build()
        for name, more in (("a.db", 0), ("b.db", 70))
    ]
    rules = ReleaseRules(
        "r",
        (
            Rule(Place("doctor", "id"), Technique.PERMUTE, {"kind": "person_number"}),
            Rule(Place("patient", "doctor_id"), Technique.PERMUTE, {"kind": "person_number"}),
        ),
    )
    found = run(*files, rules, Context(), subjects={"patient": (), "doctor": ()}, seconds=0.05).attacks
    attack = of(list(found), AttackKind.FREQUENCY, "doctor_id")
    assert attack is not None
    assert (attack.persons, attack.tried, attack.reidentified) == (3, 3, 3)
    assert attack.guessing == 1
    assert "those whom the column names" in attack.details[-1]


def test_lists_that_the_time_was_not_enough_for_are_named() -> None:
    made = [hashlib.sha1(f"{n}@example.org".encode()).hexdigest() for n in range(5)]
    looks = looks_hashed(made)
    assert looks is not None
    lists = [Listed(f"“t.c{n}”", lambda: ["nobody"]) for n in range(10)]
    turned, _ = try_lists({bytes.fromhex(each) for each in made}, looks, lists, Context(), seconds=-1)
    assert "“t.c0”, “t.c1”" in turned.unfinished[0]
    assert "and 2 more were not hashed" in turned.unfinished[0]
    own = Listed("“t.c”", lambda: (f" {n}@Example.org" for n in range(5)), other=False)
    turned, of_others = try_lists({bytes.fromhex(each) for each in made}, looks, [own], Context(), seconds=-1)
    assert (len(turned.found), of_others, turned.unfinished) == (5, frozenset(), [])
