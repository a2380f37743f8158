"""Keys of pseudonyms: made once, kept where nobody sees them, and destroyed for good with a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.operations import known
from builders.releases import trap
from steward_app.catalog import Catalog, journal, open_catalog
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy, keys, register
from steward_app.services.privacy.anonymize.model import KeyState
from steward_app.storage.secrets import open_secrets


def notes(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        found = journal.events(session, phases=(journal.Phase.NOTE,))
        return [str(event.data.get("sentence")) for event in found if event.operation == keys.DESTROY]


def test_a_key_is_made_once_and_known_by_its_name() -> None:
    with open_catalog() as catalog:
        assert keys.known_key_bytes(catalog, "research") is None
        first = keys.key_bytes(catalog, "research")
        assert (len(first), keys.key_bytes(catalog, "research")) == (32, first)
        assert keys.known_key_bytes(catalog, "research") == first
        assert keys.key_bytes(catalog, "other") != first
        assert [(key.name, key.state) for key in keys.list_keys(catalog)] == [
            ("other", KeyState.MADE),
            ("research", KeyState.MADE),
        ]


def test_looking_makes_no_key() -> None:
    with open_catalog() as catalog:
        keys.known_key_bytes(catalog, "research")
        assert keys.list_keys(catalog) == ()
        assert not [name for name in open_secrets(catalog.directory).names() if name.startswith("privacy/")]


def test_the_catalog_never_holds_a_key(steward_home: Path) -> None:
    with open_catalog() as catalog:
        key = keys.key_bytes(catalog, "research")
        path = catalog.path
    held = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    assert key not in held
    assert key.hex().encode() not in held


def test_a_destroyed_key_is_gone_and_its_name_is_never_used_again() -> None:
    with open_catalog() as catalog:
        keys.key_bytes(catalog, "research")
        gone = keys.destroy_key(catalog, "research", reason="The study is over", typed="research")
        assert (gone.state, gone.reason) == (KeyState.DESTROYED, "The study is over")
        assert not [name for name in open_secrets(catalog.directory).names() if name.startswith("privacy/")]
        for use in (keys.key_bytes, keys.known_key_bytes):
            with pytest.raises(Refused, match="was destroyed"):
                use(catalog, "research")
        with pytest.raises(Refused, match="was destroyed"):
            keys.destroy_key(catalog, "research", reason="again", typed="research")
        assert notes(catalog) == ["The key of pseudonyms “research” was destroyed"]


@pytest.mark.parametrize(
    ("name", "reason", "typed", "error"),
    [
        ("research", "over", "", Refused),
        ("research", "over", "other", Refused),
        ("research", " ", "research", UsageError),
        ("other", "over", "other", UsageError),
    ],
)
def test_a_key_is_not_destroyed_without_its_name_and_a_reason(
    name: str, reason: str, typed: str, error: type[Exception]
) -> None:
    with open_catalog() as catalog:
        first = keys.key_bytes(catalog, "research")
        with pytest.raises(error):
            keys.destroy_key(catalog, name, reason=reason, typed=typed)
        assert keys.key_bytes(catalog, "research") == first
        assert notes(catalog) == []


def test_the_key_of_a_database_is_called_by_its_file_and_day(catalog: Catalog, tmp_path: Path) -> None:
    """Nobody has to type the id of a database; files of one name are told apart by the ids of their keys."""
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        path = a_database(folder, "clinic.db").with_table("t", "x").build()
        keys.key_bytes(catalog, known(catalog, path).id)
    first, second = keys.list_keys(catalog)
    assert first.title == second.title == f"clinic.db-{first.made_at[:10]}"
    with pytest.raises(UsageError, match="Several keys are called") as several:
        keys.find_key(catalog, first.title)
    assert first.id in several.value.hint and second.database in several.value.hint
    keys.destroy_key(catalog, first.id, reason="over", typed=first.title)
    assert keys.find_key(catalog, first.name).state is KeyState.DESTROYED
    assert (
        keys.destroy_key(catalog, second.name, reason="over", typed=second.name).state is KeyState.DESTROYED
    )


def pseudonyms(catalog: Catalog, path: Path, name: str, key: str = "") -> list[tuple[object, ...]]:
    """Those of a copy made with a key that is called so."""
    target = path.with_name(name)
    copy.make_copy(catalog, copy.plan_copy(catalog, path, target, Context(), key=key), Context())
    with open_read(target) as session:
        return session.all("SELECT email FROM customers ORDER BY id")


def test_a_key_is_named_by_whatever_it_is_called(catalog: Catalog, tmp_path: Path) -> None:
    """The title that a list shows, and the id, make no other key."""
    path = trap(tmp_path)
    first = pseudonyms(catalog, path, "first.db")
    (own,) = keys.list_keys(catalog)
    for at, called in enumerate((own.title, own.id, own.name)):
        assert pseudonyms(catalog, path, f"{at}.db", called) == first
    (own,) = keys.list_keys(catalog)
    assert own.releases == 4
    newest, *_ = register.list_releases(catalog, own.name)
    assert (newest.key_name, newest.key_title) == (own.name, own.title)
    plan = copy.plan_copy(catalog, path, tmp_path / "next.db", Context(), key=own.title)
    assert any(each.startswith("The key of this database makes the pseudonyms") for each in plan.sentences)


def test_the_key_of_another_database_is_told_by_its_title(catalog: Catalog, tmp_path: Path) -> None:
    other = a_database(tmp_path, "other.db").with_table("t", "x").build()
    keys.key_bytes(catalog, known(catalog, other).id)
    (key,) = keys.list_keys(catalog)
    plan = copy.plan_copy(catalog, trap(tmp_path), tmp_path / "next.db", Context(), key=key.title)
    assert plan.request["key"] == key.name
    assert any(each.startswith(f"The key “{key.title}” makes the pseudonyms") for each in plan.sentences)


def test_the_title_of_a_destroyed_key_names_no_new_one(catalog: Catalog, tmp_path: Path) -> None:
    path = trap(tmp_path)
    pseudonyms(catalog, path, "first.db")
    (own,) = keys.list_keys(catalog)
    keys.destroy_key(catalog, own.title, reason="over", typed=own.title)
    for called in ("", own.title):
        with pytest.raises(Refused, match=f"“{own.title}” was destroyed"):
            copy.plan_copy(catalog, path, tmp_path / "next.db", Context(), key=called)


def test_a_name_that_two_keys_have_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    """As where a key was named before that of a database was called so; nobody destroys the wrong one."""
    path = trap(tmp_path)
    title = f"{path.name}-{clock.to_text(clock.now())[:10]}"
    keys.key_bytes(catalog, title)
    keys.key_bytes(catalog, known(catalog, path).id)
    ids = {key.id for key in keys.list_keys(catalog) if key.title == title}
    assert len(ids) == 2
    for refused in (
        lambda: copy.plan_copy(catalog, path, tmp_path / "next.db", Context(), key=title),
        lambda: keys.destroy_key(catalog, title, reason="over", typed=title),
    ):
        with pytest.raises(UsageError, match="Several keys are called") as several:
            refused()
        assert all(each in several.value.hint for each in ids)


def test_a_key_that_is_not_on_this_computer_is_not_made_anew() -> None:
    with open_catalog() as catalog:
        keys.key_bytes(catalog, "research")
        (found,) = keys.list_keys(catalog)
        open_secrets(catalog.directory).delete(f"privacy/keys/{found.id}")
        with pytest.raises(Failure) as raised:
            keys.key_bytes(catalog, "research")
        assert raised.value.code is ErrorCode.NEEDS_KEY
        assert keys.find_key(catalog, "research").state is KeyState.MISSING
        assert keys.destroy_key(catalog, "research", reason="lost", typed="research").state == "destroyed"


def test_the_plan_of_a_copy_says_whether_its_key_is_new(tmp_path: Path) -> None:
    path, target = trap(tmp_path), tmp_path / "copy.db"
    with open_catalog() as catalog:
        first = copy.plan_copy(catalog, path, target, Context(), rules="trap")
        copy.make_copy(catalog, first, Context())
        again = copy.plan_copy(catalog, path, tmp_path / "again.db", Context(), rules="trap")
        other = copy.plan_copy(catalog, path, tmp_path / "other.db", Context(), rules="trap", key="studies")

    assert "The key of this database makes the pseudonyms. It is new" in " ".join(first.sentences)
    assert "the same in every copy made with it" in " ".join(again.sentences)
    assert "The key “studies” makes the pseudonyms. It is new" in " ".join(other.sentences)
