"""Every technique on every storage class, through the rules of a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.transforms import KEY, column, released, rule, rules
from steward_app.kernel.plan import Json
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.empty_files import empty_of_its_kind
from steward_app.services.privacy.transform.plain import mask

VALUES: list[SqlValue] = [
    None,
    "",
    "Eva Braun",
    "1985-03-07",
    "0176 1234567",
    "12.50",
    42,
    -7,
    3.25,
    1_600_000_000,
    b"text",
    b"\x89PNG\r\n\x1a\n..",
    b"\xff\xfe\x00",
]
CASES: list[tuple[str, dict[str, Json]]] = [
    ("remove", {}),
    ("mask", {"keep_last": 2}),
    ("pseudonym", {"kind": "person_name"}),
    ("permute", {}),
    ("token", {}),
    ("shift", {}),
    ("generalize", {"hierarchy": "dates", "level": "year"}),
    ("generalize", {"hierarchy": "ranges", "steps": [10]}),
    ("round", {"to": 10}),
    ("noise", {"scale": 3}),
    ("microaggregate", {"k": 2}),
    ("redact", {}),
    ("blob", {}),
]


@pytest.mark.parametrize(("technique", "options"), CASES, ids=lambda each: str(each)[:30])
def test_a_technique_takes_every_value(tmp_path: Path, technique: str, options: dict[str, Json]) -> None:
    rows = [(number, value) for number, value in enumerate(VALUES, 1)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v", rows=rows).build()
    said = rules(rule("t", "v", technique, **options))
    found, _ = released(path, said)
    assert len(found["t"]) == len(VALUES)
    new = column(found["t"], 1)
    assert new[0] is None
    for before, after in zip(VALUES[1:], new[1:], strict=True):
        same = type(after) is type(before) or after is None
        assert same or technique == "generalize"  # which gives labels in a column without a type
    assert technique == "redact" or "Eva Braun" not in new  # nobody is known here
    assert released(path, said, batch=3)[0] == found


def test_noise_is_the_same_for_the_same_row_and_of_the_stated_size(tmp_path: Path) -> None:
    rows = [(number, 100, 100.0, 100) for number in range(1, 4_001)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a, b, c", rows=rows).build()
    said = rules(
        rule("t", "a", "noise", scale=5),
        rule("t", "b", "noise", distribution="normal", scale=5),
        rule("t", "c", "noise", distribution="uniform", scale=5, low=98, high=101),
    )
    found = released(path, said)[0]["t"]
    assert released(path, said, batch=100)[0]["t"] == found
    assert released(path, said, key=bytes(32))[0]["t"] != found
    for place in (1, 2):
        amounts = [float(row[place]) - 100 for row in found]  # type: ignore[arg-type]
        mean = sum(amounts) / len(amounts)
        deviation = (sum(each * each for each in amounts) / len(amounts)) ** 0.5
        assert abs(mean) < 0.5 and 4.5 < deviation < 5.5
    assert {type(row[1]) for row in found} == {int} and {type(row[2]) for row in found} == {float}
    assert {row[3] for row in found} <= {98, 99, 100, 101}


def test_a_shuffle_deals_the_values_of_a_group_and_nobody_keeps_theirs(tmp_path: Path) -> None:
    rows = [
        (number, f"v{number}", number % 3, None if number % 7 == 0 else number) for number in range(1, 101)
    ]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v TEXT, g, n", rows=rows).build()
    said = rules(rule("t", "v", "shuffle", group="g"), rule("t", "n", "shuffle"))
    found, transforms = released(path, said, batch=9)
    new = found["t"]
    assert transforms.permitted(said.rules[0].place) == "shuffled"
    for group in range(3):
        assert {row[1] for row in new if row[2] == group} == {row[1] for row in rows if row[2] == group}
    assert not any(one[1] == two[1] for one, two in zip(rows, new, strict=True))
    assert [row[3] is None for row in new] == [row[3] is None for row in rows]
    assert sorted(row[3] for row in new if row[3] is not None) == sorted(
        r[3] for r in rows if r[3] is not None
    )  # type: ignore[type-var]


def test_a_table_without_rowid_is_shuffled_by_its_key(tmp_path: Path) -> None:
    sql = "CREATE TABLE t (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID"
    rows = [(f"k{number % 5}", number, f"v{number}") for number in range(40)]
    path = a_database(tmp_path).with_sql(sql).with_rows("t", rows).build()
    new = released(path, rules(rule("t", "v", "shuffle")))[0]["t"]
    assert {row[2] for row in new} == {row[2] for row in rows}
    assert len({(row[:2], row[2]) for row in new} & {(row[:2], row[2]) for row in rows}) == 0


def test_groups_have_at_least_k_rows_and_keep_the_mean(tmp_path: Path) -> None:
    rows = [(n, n % 37, (n * 7) % 101 / 2, None if n % 50 == 0 else n % 11) for n in range(1, 301)]
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, a INTEGER, b REAL, c", rows=rows)
        .build()
    )
    said = rules(
        rule("t", "a", "microaggregate", k=5),
        rule("t", "b", "microaggregate", k=5, **{"with": ["c"]}),
        rule("t", "c", "microaggregate", k=5, **{"with": ["b"]}),
    )
    new = released(path, said, batch=50)[0]["t"]
    for place in (1, 2):
        values = [row[place] for row in new]
        assert min(values.count(value) for value in set(values)) >= 5
    pairs = [row[2:] for row in new if row[3] is not None]
    assert min(pairs.count(pair) for pair in set(pairs)) >= 5
    means = [sum(float(r[2]) for r in each) / 300 for each in (rows, new)]  # type: ignore[arg-type,misc]
    assert abs(means[0] - means[1]) < 0.5
    assert {type(row[1]) for row in new} == {int}


def test_the_mean_of_equal_numbers_is_that_number(tmp_path: Path) -> None:
    rows = [(n, 172.7 if n <= 12 else 181.3) for n in range(1, 25)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, height REAL", rows=rows).build()
    assert released(path, rules(rule("t", "height", "microaggregate", k=5)))[0]["t"] == rows


def test_many_different_rows_are_cut_into_groups_of_at_least_k(tmp_path: Path) -> None:
    rows = [(n, (n * 7919) % 100_003 / 7, (n * 104_729) % 99_991 / 3) for n in range(1, 12_001)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a REAL, b REAL", rows=rows).build()
    both = {"a": ["b"], "b": ["a"]}
    said = rules(
        *(rule("t", name, "microaggregate", k=4, **{"with": others}) for name, others in both.items())
    )  # type: ignore[arg-type]
    pairs = [row[1:] for row in released(path, said, batch=5_000)[0]["t"]]
    counts = dict.fromkeys(pairs, 0)
    for pair in pairs:
        counts[pair] += 1
    assert min(counts.values()) >= 4 and len(counts) > 1_000


@pytest.mark.parametrize(
    "magic",
    [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"%PDF-1.7", b"PK\x03\x04", b"BM", b"\x1f\x8b"],
)
def test_a_blob_becomes_an_empty_one_of_its_kind(magic: bytes) -> None:
    empty = empty_of_its_kind(magic + b"of a person")
    assert empty[:2] == magic[:2] and b"person" not in empty and len(empty) < 600
    assert empty_of_its_kind(b"of a person") == b""


def test_a_mask_never_shows_everything() -> None:
    step = mask(2, 4, "*")
    assert step.changed(["4111 1111 1111 1234", "abc", "a-b-c", 123456789, 12]) == [
        "41** **** **** 1234", "***", "*-*-*", 120006789, 0,
    ]  # fmt: skip


def test_tokens_say_nothing_and_are_never_numbers(tmp_path: Path) -> None:
    rows = [(number, f"v{number}", number) for number in range(500)]
    path = (
        a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a TEXT, b INTEGER", rows=rows).build()
    )
    new = released(path, rules(rule("t", "a", "token"), rule("t", "b", "token")))[0]["t"]
    assert len({row[1] for row in new}) == len({row[2] for row in new}) == 500
    assert all(str(row[1])[0] == "t" and len(str(row[1])) == 21 for row in new)
    assert all(isinstance(row[2], int) and 0 < row[2] <= 2**53 for row in new)
    assert KEY not in repr(new).encode()
