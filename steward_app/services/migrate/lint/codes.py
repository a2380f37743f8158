"""Every rule of lint: its code, how much it matters, why, and what to do. docs/migrate-lint.md holds the same."""

from __future__ import annotations

from typing import Final

from steward_app.kernel.finding import Severity
from steward_app.services.migrate.lint.codes_lost import LOST
from steward_app.services.migrate.lint.rule import Rule

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

_ALL: Final = (
    # what does not run
    Rule(
        "not_for_a_migration",
        _ERROR,
        "A migration runs in one transaction of its own and reaches no further than its file. The statement would leave"
        " that transaction, do nothing inside it without a word, reach outside, or wait for a value that nobody gives;"
        " or it does not end, so that nobody can tell what it would do.",
        "Leave the statement out, write the value for its parameter, or end it.",
    ),
    Rule(
        "statement_fails",
        _ERROR,
        "SQLite does not accept the statement on the schema as it is by then. The file is rolled back as a whole, and"
        " the files after it do not run. One that asks for no transaction is not begun.",
        "Correct the statement.",
    ),
    Rule(
        "broken_object_in_the_way",
        _ERROR,
        "SQLite renames no table or column and drops no column, of any table, while one view or trigger of the file"
        " does not compile.",
        "Drop or correct that view or trigger first, or write “PRAGMA legacy_alter_table = ON” ahead of this statement:"
        " it then leaves views and triggers as they are.",
    ),
    Rule(
        "name_not_found",
        _ERROR,
        "SQLite takes a name in double quotes that it cannot find for a piece of text, without an error: the condition"
        " then compares two texts, and the view or index holds the same text for every row.",
        "Correct the name; write text in single quotes.",
    ),
    Rule(
        "text_for_name",
        _WARNING,
        "What stands in single quotes is a text, also where it is called like a column: such a condition is true of"
        " every row or of none, and such a value the same for all.",
        "Write the name without quotes, or in double quotes.",
    ),
    Rule(
        "column_needs_default",
        _ERROR,
        "SQLite adds a NOT NULL column without a default to an empty table only.",
        "Give it a default, or add it without NOT NULL, fill it, and set NOT NULL then.",
    ),
    Rule(
        "default_not_constant",
        _ERROR,
        "SQLite adds a column whose default is computed, or that is computed and STORED, to an empty table only.",
        "Add the column without a default, fill it by UPDATE, and set the default in the window or by a table written"
        " anew; write VIRTUAL in place of STORED.",
    ),
    Rule(
        "nulls_in_the_way",
        _ERROR,
        "The rows are there now and have no value; the statement fails on the first of them.",
        "Fill the values in before, or leave NOT NULL out.",
    ),
    Rule(
        "duplicates_in_the_way",
        _ERROR,
        "The rows are there now and have the same value; the statement fails.",
        "Decide which of them stay, and correct the others in a statement before.",
    ),
    Rule(
        "duplicates_meanwhile",
        _ERROR,
        "SQLite asks UNIQUE of each row as it is written, and not at the end of the statement: what a row gets is in"
        " the way as long as another one has it. It is a warning where the order of the rows is not known before, as"
        " with DO UPDATE.",
        "Write it in two statements: first values that no row has, such as the negative ones, then those that are"
        " meant.",
    ),
    Rule(
        "check_not_met",
        _ERROR,
        "The rows are there now and do not meet the rule; the statement fails.",
        "Correct the values in a statement before, or make the rule fit them.",
    ),
    Rule(
        "type_not_met",
        _ERROR,
        "A STRICT table takes no value that does not fit the type of its column, and INTEGER PRIMARY KEY takes whole"
        " numbers alone in any table; the statement fails.",
        "Correct the values in a statement before, or give the column another type (ANY takes every value).",
    ),
    Rule(
        "rows_point_nowhere",
        _ERROR,
        "The foreign keys are checked before a migration is kept, and rows that newly point to nothing undo it. They"
        " are not enforced while it runs, so ON DELETE CASCADE deletes nothing.",
        "Bring the missing rows, point these elsewhere, or delete them, in a statement of the same file.",
    ),
    Rule(
        "asks_for_now",
        _ERROR,
        "A rule, an index or a computed column must give the same each time. SQLite takes one with a function that asks"
        " for the time, or for the zone of this computer, while the table is empty, and then refuses every row.",
        "Leave the time out: compare with a column that holds it, or look at it in a trigger or in a view.",
    ),
    Rule(
        "name_is_ours",
        _ERROR,
        "Tables whose names begin with _steward_ hold this program's own records; a migration may not touch them.",
        "Choose another name.",
    ),
    Rule(
        "not_repeatable",
        _ERROR,
        "A repeatable file runs again whenever its text changes, and its statements fail the second time.",
        "Drop the object first: DROP VIEW IF EXISTS ...; CREATE VIEW ...",
    ),
    *LOST,
    # what changes without a word
    Rule(
        "remark_hides",
        _ERROR,
        "SQLite stores the remark in the middle of the table's text, where it hides what follows on its line; a rule"
        " behind it holds no more.",
        "Put the remark above the statement, or write it as /* ... */.",
    ),
    Rule(
        "remark_goes_on",
        _ERROR,
        "To SQLite a line ends with LF, alone or behind CR. A remark with -- goes on to the next of these, and takes"
        " the statements with it that stand there for the eye.",
        "Save the file with line ends LF, or CR and LF.",
    ),
    Rule(
        "migration_empty",
        _WARNING,
        "It is written into the history as applied, and what is written into it later does not run.",
        "Fill it first, or delete it.",
    ),
    Rule(
        "has_no_effect",
        _WARNING,
        "IF EXISTS and IF NOT EXISTS let a statement pass that does nothing.",
        "Look at the name; drop the object first where another one is meant to take its place.",
    ),
    Rule(
        "breaks_view",
        _ERROR,
        "The view does not compile any more; programs that use it fail, and SQLite refuses to rename anything.",
        "Make the view anew in the same file.",
    ),
    Rule(
        "breaks_full_text",
        _ERROR,
        "A full-text table reads its texts by the names that it was made with, and SQLite renames none there: searches"
        " fail, and so do changes that its triggers write into it.",
        "Make it anew with the names that are there, in this file, and fill it.",
    ),
    Rule(
        "full_text_not_filled",
        _WARNING,
        "A full-text table that takes its texts from another one is empty when it is made.",
        "Fill it: INSERT INTO name (name) VALUES ('rebuild').",
    ),
    Rule(
        "full_text_not_read_again",
        _ERROR,
        "A full-text table that takes its texts from another one goes on with the words it has read: no trigger tells"
        " it of this statement. A search would miss rows, or find them by words that they do not hold any more, so the"
        " migration is rolled back for it. It is a warning where the rows could not be counted before.",
        "End the file with INSERT INTO name (name) VALUES ('rebuild'), or say that it is meant.",
    ),
    Rule(
        "breaks_trigger",
        _ERROR,
        "A trigger that does not compile makes every statement fail that fires it.",
        "Make the trigger anew in the same file.",
    ),
    Rule(
        "trigger_waits_in_vain",
        _WARNING,
        "SQLite drops a column that the UPDATE OF of a trigger names, and leaves the dead name there without a word."
        " A file that leaves the trigger no column to wait for is rolled back.",
        "Make the trigger anew with the columns that are there.",
    ),
    Rule(
        "name_becomes_text",
        _ERROR,
        "SQLite takes a name in double quotes for a text where there is no such column. What named the column so does"
        " not break when it goes, or when a view gives it another name: it goes on with the same text for every row.",
        "Make it anew with the name that is there by then, or without it, in this file.",
    ),
    Rule(
        "text_becomes_name",
        _ERROR,
        "SQLite takes what stands in double quotes for a text only as long as there is no column of that name. An"
        " index, view, trigger or rule of a table that writes a text so reads the new column in its place, without"
        " having been changed. In an index and in a rule of the table itself the migration is rolled back for it.",
        "Make it anew with the text in single quotes, in this file, or give the column another name.",
    ),
    Rule(
        "view_shows_column",
        _WARNING,
        "The view says SELECT *, so what it gives changes with the table: programs may meet columns they do not expect,"
        " and people values they were not to see.",
        "Name the columns of the view.",
    ),
    Rule(
        "view_column_renamed",
        _WARNING,
        "SQLite renames a column in the views that name it, too. Where a view gives it no name of its own, programs"
        " that read the view by the old name find none.",
        "Make the view anew and give the column its name there: c.full_name AS name.",
    ),
    Rule(
        "view_joins_otherwise",
        _WARNING,
        "NATURAL JOIN joins by every column that both sides have, USING by the first table that has it. So the view"
        " gives other rows when a table gets or loses such a column, without having been changed and without an error.",
        "Make the view anew, with ON and the columns that are meant.",
    ),
    Rule(
        "trigger_joins_otherwise",
        _WARNING,
        "NATURAL JOIN joins by every column that both sides have, USING by the first table that has it. So the trigger"
        " writes for other rows when a table gets or loses such a column, without having been changed and without an"
        " error.",
        "Make the trigger anew, with ON and the columns that are meant.",
    ),
    Rule(
        "trigger_passes_column",
        _WARNING,
        "The trigger writes the other columns of each change elsewhere, by their names; changes of this one are not"
        " written.",
        "Make the trigger anew with the column, or say that it is not to be written.",
    ),
    Rule(
        "fires_before",
        _WARNING,
        "Of several triggers for the same event SQLite fires the one first that was made last. What one writes, the"
        " other then finds, or not any more.",
        "Make the others again behind it, in the order in which they were made.",
    ),
    Rule(
        "object_lost",
        _WARNING,
        "It went with its table or view, and the file does not make it again.",
        "Make it again behind the table or view.",
    ),
    Rule(
        "sequence_lost",
        _WARNING,
        "The counter of AUTOINCREMENT goes with the table. The new one begins at the highest number that is left, so"
        " numbers of deleted rows are given out again.",
        "Set it in sqlite_sequence before the old table is dropped.",
    ),
    Rule(
        "rule_dropped",
        _WARNING,
        "The table is written anew without a rule that it had, or with another one. Rows come in from now on that were"
        " refused, or stay that went with others, or are compared otherwise.",
        "Write the rule into the text of the new table, where it is not meant to go.",
    ),
    Rule(
        "rebuilt_otherwise",
        _NOTE,
        "The table is written anew, and this is not as it was.",
        "",
    ),
    Rule(
        "holds_for_a_moment",
        _NOTE,
        "SQLite asks the rule when a row is written, and never again. Rows that were right may break it later, and then"
        " they can be neither changed nor copied.",
        "Look at it in a trigger, or compare with a column that holds the time.",
    ),
    # what it costs
    Rule(
        "table_rewritten",
        _NOTE,
        "Other programs wait as long as it takes. The seconds were measured on some of the rows.",
        "Run it when nobody works.",
    ),
    Rule(
        "foreign_key_without_index",
        _WARNING,
        "To delete or change one row of the parent, SQLite reads the whole table.",
        "Add an index on the columns of the key.",
    ),
    Rule(
        "foreign_key_mismatch",
        _ERROR,
        "SQLite makes such a link without a word and fails when it is used: rows cannot be added to the table, nor"
        " deleted from its parent.",
        "Point the link at the primary key or at columns that are UNIQUE.",
    ),
    # what a reader stumbles over
    Rule(
        "repeats_rows",
        _WARNING,
        "A repeatable file runs again whenever its text changes, and adds the same rows again, or fails where their key"
        " is there.",
        "Move the statement to a versioned file, or write INSERT OR IGNORE with a key.",
    ),
    Rule(
        "changes_again",
        _WARNING,
        "A repeatable file runs again whenever its text changes, and goes on from the values that it wrote the time"
        " before.",
        "Move the statement to a versioned file, or add a condition that leaves out what was changed before.",
    ),
    Rule(
        "insert_by_position",
        _WARNING,
        "Values go into columns by their order. A column that was added or stands elsewhere in another copy of the file"
        " gets the value of its neighbour.",
        "Name the columns on both sides.",
    ),
    Rule(
        "compares_with_null",
        _WARNING,
        "Nothing is equal to NULL, and nothing is unequal: such a condition is never true, and such a rule never"
        " broken.",
        "Write IS NULL or IS NOT NULL.",
    ),
    Rule(
        "not_in_null",
        _WARNING,
        "NOT IN over a list with one NULL in it is never true: the statement does nothing.",
        "Leave the NULLs out of the list, or write NOT EXISTS.",
    ),
    Rule(
        "join_without_condition",
        _WARNING,
        "Every row of the one is put beside every row of the other.",
        "Say how the two belong together: JOIN ... ON.",
    ),
    Rule(
        "may_not_end",
        _WARNING,
        "SQLite was stopped after many millions of steps, or would put every row beside every other. As long as such a"
        " statement runs, nobody else can write to the file, and what it writes may fill the disk. It can be stopped,"
        " which takes all of its file back.",
        "Give the query that calls itself a condition that ends it, or a LIMIT, and say how tables belong together."
        " Rehearse it: a copy keeps nobody waiting. Without a rehearsal it is not applied.",
    ),
    Rule(
        "default_is_text",
        _WARNING,
        "What stands in quotes, and a bare word, is stored as it stands: no function is called, and it is not NULL.",
        "Take the quotes away, and write what is computed in brackets: DEFAULT (datetime('now')).",
    ),
    Rule(
        "reserved_name",
        _WARNING,
        "Whoever writes the name without quotes gets an error, or something else.",
        "Choose another name while nobody uses this one.",
    ),
    Rule(
        "confusable_name",
        _WARNING,
        "It may be taken for another name, or hide part of itself.",
        "Choose a name of plain letters that no other resembles.",
    ),
    Rule(
        "key_not_rowid",
        _WARNING,
        "SQLite takes INTEGER PRIMARY KEY alone, in these words, for the rowid. A key written INT, BIGINT or with DESC"
        " holds NULL in as many rows as come, and gives no number to a row that names none. A key of texts holds NULL"
        " as well, unless its table is STRICT or WITHOUT ROWID, which is a note.",
        "Write INTEGER PRIMARY KEY; or add NOT NULL, where something else gives the values.",
    ),
    Rule(
        "not_strict",
        _NOTE,
        "SQLite holds to declared types only in tables made STRICT.",
        "Write STRICT behind the closing bracket; the types must be INTEGER, REAL, TEXT, BLOB or ANY then.",
    ),
    Rule(
        "not_looked_at",
        _NOTE,
        "What cannot be judged on a copy of the schema is judged by the rehearsal.",
        "Rehearse the migrations: “steward migrate rehearse”.",
    ),
)
RULES: Final = {rule.code: rule for rule in _ALL}
"""Every rule by its code, in the order of the page."""
