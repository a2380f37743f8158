"""What an edit does, in words that a list can show."""

from __future__ import annotations

from typing import get_args

import pytest

from steward_app.services.migrate.draft.sentences import sentence_of, title_of
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    AddConstraint,
    CreateObject,
    DropColumn,
    DropConstraint,
    DropObject,
    Edit,
    FillFullText,
    MergeTable,
    MoveColumn,
    RenameColumn,
    RenameTable,
    ReplaceObject,
    RewriteTable,
    RewriteVirtual,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    Settle,
    SetType,
    SplitTable,
)

SENTENCES: tuple[tuple[Edit, str], ...] = (
    (AddColumn("t", '"a b" TEXT'), "Add column “a b” to “t”"),
    (DropColumn("t", "a"), "Drop column “a” of “t”, with its values"),
    (RenameColumn("t", "a", "b"), "Rename column “a” of “t” to “b”"),
    (MoveColumn("t", "a", FIRST), "Move column “a” of “t” before all others"),
    (MoveColumn("t", "a", "b"), "Move column “a” of “t” behind “b”"),
    (SetType("t", "a", ""), "Give column “a” of “t” no type"),
    (SetDefault("t", "a", "0"), "Give column “a” of “t” the default “0”"),
    (SetNotNull("t", "a", on=False), "Column “a” of “t” may be empty"),
    (SetCollation("t", "a", ""), "Compare column “a” of “t” by “BINARY”"),
    (SetGenerated("t", "a", "b + 1"), "Column “a” of “t” is computed"),
    (AddConstraint("t", "CHECK (a > 0)"), "Add the rule “CHECK (a > 0)” to “t”"),
    (DropConstraint("t", "", "CHECK (a > 0)"), "Drop the rule “CHECK (a > 0)” of “t”"),
    (SetPrimaryKey("t", ("a", "b")), "The primary key of “t” is “a”, “b”"),
    (SetOption("t", "STRICT", on=False), "Table “t” is not STRICT any more"),
    (RenameTable("t", "u"), "Rename table “t” to “u”"),
    (RewriteTable("t", "CREATE TABLE t(a)"), "Write table “t” anew"),
    (RewriteVirtual("t", "CREATE VIRTUAL TABLE t USING fts5(a)"), "Write table “t” anew"),
    (FillFullText("t"), "Fill the full-text table “t” anew"),
    (SplitTable("t", "u", ("a", "b"), "t_id"), "Move “a”, “b” of “t” into the new table “u”"),
    (MergeTable("t", "u", "t_id"), "Merge table “u” into “t”"),
    (CreateObject('CREATE UNIQUE INDEX "i j" ON t(a)'), "Make index “i j”"),
    (CreateObject("CREATE VIEW IF NOT EXISTS v AS SELECT 1"), "Make view “v”"),
    (DropObject("table", "t"), "Drop table “t”, with its rows"),
    (DropObject("view", "v"), "Drop view “v”"),
    (ReplaceObject("trigger", "g", "CREATE TRIGGER g"), "Change trigger “g”"),
    (Settle(), "Finish what was said so far"),
)


@pytest.mark.parametrize(("edit", "sentence"), SENTENCES)
def test_an_edit_is_a_plain_sentence(edit: Edit, sentence: str) -> None:
    assert sentence_of(edit) == sentence


def test_every_edit_has_one() -> None:
    assert {type(edit) for edit, _ in SENTENCES} == set(get_args(Edit))


@pytest.mark.parametrize(
    ("edits", "title"),
    [
        ((), ""),
        ((AddColumn("t", "a TEXT"),), "Add a to t"),
        ((DropColumn("t", "a"), SetDefault("t", "b", "0")), "Drop a of t"),
        ((RenameTable("t", "u"), SetDefault("u", "b", "0")), "Rename t to u"),
        ((SetDefault("t", "b", "0"), SetType("t", "b", "INT")), "Change t"),
        ((CreateObject("CREATE TABLE t(a)"), CreateObject("CREATE INDEX i ON t(a)")), "Add t"),
        ((DropObject("view", "v"), DropObject("table", "t")), "Drop t"),
        ((DropObject("index", "i"),), "Drop i"),
        ((SplitTable("t", "u", ("a",), "k"),), "Split u off t"),
        ((SplitTable("t", "u", ("a",), "k"), AddColumn("t", "b")), "Change t"),
        ((MergeTable("t", "u", "k"),), "Merge u into t"),
        ((SetType("t", "a", ""), RenameTable("t", "u"), SetType("v", "a", "")), "Change u and v"),
        (tuple(DropColumn(name, "a") for name in "abcde"), "Change a, b, c and 2 more"),
    ],
)
def test_several_have_a_title(edits: tuple[Edit, ...], title: str) -> None:
    assert title_of(edits) == title
