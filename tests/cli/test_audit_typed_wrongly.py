"""What a steward types as a key, a time, a column or a number may be anything: it never ends as a fault of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builders import a_database, steward
from builders.sealed import put_under_audit, writing

TABLES = ("t", "code", "r", "u", "w")
NOW = "2999-01-01"
BIG = str(1 << 63)
KEYS = (
    "1", "a", "", "007", BIG, f"-{BIG}", "9" * 5_000, "[]", "[1]", '["a", 3]', '["a", 3, 4]', "[[1]]", f"[{BIG}]",
    '[{"base64": "!"}]', "[NaN]", "[" * 3_000, '["\\ud800"]', '["\\u0000", 1]', "\udcff", "٣", "²",
)  # fmt: skip
TIMES = (
    "1970",
    "-5",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01 00:00+14:00",
    "9999-12-31T23:59-14:00",
    "10:05",
)
NUMBERS = ("0", "-1", "5-3", "1-", "1:zz", BIG, f"1-{BIG}", "9" * 5_000, "²", "1.5")
NAMES = ("zz", '"', "a\x01", "\udcff", "nobody")
NORMAL = (0, 1, 2, 3, 4)
TYPED = st.one_of(st.sampled_from((*KEYS, *TIMES, *NUMBERS, *NAMES)), st.text(max_size=12))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = (
        a_database(tmp_path_factory.mktemp("typed"))
        .with_table("t", "id INTEGER PRIMARY KEY, a TEXT, v", rows=[(1, "x", 1), (2, "y", 2)])
        .with_table("code", "code TEXT PRIMARY KEY, v", rows=[("a", 1), ("b", 2)])
        .with_table("r", "a, b, v, PRIMARY KEY (a, b)", rows=[("a", 3, 1), ("b", 3, 2)])
        .with_table("u", "a, v", rows=[(1, 1), (2, 2)])
        .with_sql("CREATE TABLE w (a, b, v, PRIMARY KEY (a, b)) WITHOUT ROWID")
        .with_rows("w", [("a", 3, 1), ("b", 3, 2)])
        .build()
    )
    put_under_audit(path, *TABLES)
    with writing(path) as session:
        for table in TABLES:
            session.run(f"UPDATE {table} SET v = v + 5")
            session.run(f"DELETE FROM {table} WHERE v = 7")
    return path


def commands(path: Path, table: str, text: str) -> list[list[str | Path]]:
    """Where it may be typed."""
    as_of: list[str | Path] = ["audit", "as-of", path, table, f"--time={NOW}"]
    undo: list[str | Path] = ["audit", "undo", path, "--plan"]
    history: list[str | Path] = ["audit", "history", path, table]
    return [
        *([*history, f"--{name}={text}"] for name in ("row", "column", "since", "until", "writer", "txn", "after")),
        *([*as_of, f"--{name}={text}"] for name in ("row", "after", "column", "where", "sort")),
        ["audit", "as-of", path, table, f"--time={text}"],
        ["audit", "compare", path, table, f"--from={text}"],
        ["audit", "compare", path, table, f"--from={NOW}", f"--after={text}"],
        ["audit", "bin", path, f"--table={text}"],
        ["audit", "bin", path, f"--after={text}"],
        [*undo, f"--table={table}", f"--row={text}"],
        [*undo, f"--table={table}", "--all", f"--column={text}"],
        *([*undo, "--all", f"--{name}={text}"] for name in ("change", "txn", "writer", "since", "until", "without")),
        ["audit", "erase", path, table, text, "--plan"],
        ["audit", "erase", path, f"--change={text}", "--plan"],
        ["rows", "page", path, table, f"--from={text}"],
        ["rows", "page", path, table, f"--after={text}"],
    ]  # fmt: skip


WHERE = len(commands(Path(), "t", ""))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TABLES), TYPED, st.integers(0, WHERE - 1))
@example("w", "a", 0)
@example("r", '["zz", 3]', 0)
@example("t", BIG, 5)
@example("w", "1", 7)
@example("u", "[]", WHERE - 1)
def test_whatever_is_typed_is_answered(path: Path, table: str, text: str, where: int) -> None:
    words = commands(path, table, text)[where]
    ran = steward(*words)
    assert ran.code in NORMAL, (words[1:], ran.err)


@pytest.mark.parametrize("text", KEYS)
def test_every_odd_key_is_answered(path: Path, text: str) -> None:
    for table in TABLES:
        assert steward("audit", "history", path, table, f"--row={text}").code in NORMAL
    assert steward("audit", "undo", path, "--table=w", f"--row={text}", "--plan", "--all").code in NORMAL
    assert steward("audit", "as-of", path, "r", f"--row={text}", f"--time={NOW}").code in NORMAL


@pytest.mark.parametrize("text", NUMBERS)
def test_every_odd_number_is_answered(path: Path, text: str) -> None:
    for words in (
        ("audit", "history", path, f"--txn={text}"),
        ("audit", "undo", path, "--plan", f"--change={text}"),
        ("audit", "undo", path, "--plan", "--all", f"--without={text}"),
        ("audit", "erase", path, "--plan", f"--change={text}"),
    ):
        assert steward(*words).code in NORMAL, words[1:]


@pytest.mark.parametrize("text", TIMES)
def test_every_odd_time_is_answered(path: Path, text: str) -> None:
    for words in (
        ("audit", "history", path, f"--since={text}"),
        ("audit", "undo", path, "--plan", f"--until={text}"),
        ("audit", "as-of", path, "t", f"--time={text}"),
        ("audit", "compare", path, "t", f"--from={text}"),
    ):
        assert steward(*words).code in NORMAL, words[1:]


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "history", "{}", "w", "--row", "a"),
        ("audit", "as-of", "{}", "w", "--time", NOW, "--row", "1"),
        ("audit", "undo", "{}", "--table", "w", "--row", "a", "--plan"),
        ("audit", "erase", "{}", "w", "a", "--plan"),
        ("audit", "history", "{}", "r", "--row", '["a", 3, 4]'),
    ],
)
def test_it_is_said_what_names_a_row(path: Path, words: tuple[str, ...]) -> None:
    ran = steward(*(word.replace("{}", str(path)) for word in words))
    assert ran.code == 2
    assert "is named by “a” and “b”" in ran.err
    assert '["North", 2]' in ran.err


def test_a_row_is_named_by_its_primary_key_also_where_the_log_has_a_number(path: Path) -> None:
    for row in ('["b", 3]', "2"):
        history = steward("audit", "history", path, "r", "--row", row, "--json").document()
        assert [each["operation"] for each in history["items"]] == ["delete", "update"]
    then = steward("audit", "as-of", path, "code", "--time", NOW, "--row", "a", "--json").document()
    assert then["there"] is True
    gone = steward("audit", "undo", path, "--table", "code", "--row", "b", "--plan", "--json").document()
    assert gone["changes"][0]["inserted"] == 1


def test_keys_of_comparing_and_days_of_the_journal(path: Path) -> None:
    assert steward("backup", "create", path).code == 0
    point = steward("backup", "list", path, "--json").document()["items"][0]["id"]
    compare = ("restore", "compare", path, "--point", point, "--table", "w", "--rows", "changed")
    for text in ("1", "a", BIG, '["a", 3]', '["a", 3, 4]', "[]"):
        assert steward(*compare, f"--after={text}").code in NORMAL
    assert "is named by “a” and “b”" in steward(*compare, "--after=a").err
    for text in TIMES:
        assert steward("journal", "list", path, f"--since={text}").code in NORMAL
