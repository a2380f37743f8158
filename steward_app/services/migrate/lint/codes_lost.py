"""The rules of lint on what is lost."""

from __future__ import annotations

from typing import Final

from steward_app.kernel.finding import Severity
from steward_app.services.migrate.lint.rule import Rule

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

LOST: Final = (
    Rule(
        "table_dropped",
        _ERROR,
        "The rows go with the table. Only the restore point made before brings them back.",
        "Copy what is worth keeping before, or say that it is meant.",
    ),
    Rule(
        "column_dropped",
        _ERROR,
        "The values go with the column. Only the restore point made before brings them back.",
        "Copy what is worth keeping before, or say that it is meant.",
    ),
    Rule(
        "column_not_copied",
        _ERROR,
        "The table is emptied or written anew, and what it had in this column is not copied.",
        "Copy the column, too, or say that it is meant.",
    ),
    Rule(
        "rows_not_copied",
        _ERROR,
        "The table is emptied or written anew, and not every row is copied.",
        "Look at the condition of the copy, or say that it is meant.",
    ),
    Rule(
        "every_row_deleted",
        _ERROR,
        "DELETE without WHERE empties the table, and so does one whose condition is true of every row. Only the restore"
        " point made before brings the rows back.",
        "Add WHERE, or say that it is meant.",
    ),
    Rule(
        "rows_deleted",
        Severity.NOTE,
        "DELETE takes the rows that its condition is true of. Only the restore point made before brings them back."
        " It is a warning where nobody can tell before how many they are.",
        "Look at the number: where it is more than was thought, correct the condition.",
    ),
    Rule(
        "replaced_whole",
        _WARNING,
        "REPLACE deletes the row that has the key and writes another: columns that it does not name get their default.",
        "Name every column, or write INSERT ... ON CONFLICT (key) DO UPDATE SET ...",
    ),
    Rule(
        "rows_replaced",
        _ERROR,
        "REPLACE deletes every row that stands in the way of another under any UNIQUE, also one with another primary"
        " key, and says nothing of it.",
        "Leave OR REPLACE out, which makes the statement fail there, and decide what becomes of these rows.",
    ),
    Rule(
        "values_overwritten",
        _WARNING,
        "UPDATE without WHERE writes every row, and so does one whose condition is true of every row, or a DO UPDATE "
        "to which every row comes. One whose condition chooses every row with a value in the column spares none of "
        "these. The values they had are not used, or only looked up among all of them (a sum, a maximum): no row "
        "keeps what it had. Where some rows are spared, or keep their own value by a choice, as in coalesce(other, "
        "own), a note says how many values it is.",
        "Add WHERE (such as: the column IS NULL), or say that it is meant.",
    ),
    Rule(
        "values_narrowed",
        _WARNING,
        "What is reckoned holds less than the values it is reckoned from: nothing leads back to what they were, or to"
        " how they differed. The same holds where rows are chosen by a column and get the same in it, and of what the"
        " old column of a contract alone holds. A note where a value becomes another one that would stay as it is, such"
        " as the smaller of it and 10 or a text without its spaces, or alone its type, in a column that keeps each.",
        "Write the result to another column, or say that it is meant.",
    ),
    Rule(
        "copied_otherwise",
        _WARNING,
        "The table is written anew, and the copy does not take these values as they are. The old ones go with the old"
        " table.",
        "Copy the column as it is, or say that it is meant.",
    ),
    Rule(
        "rowids_changed",
        _WARNING,
        "The table has no column for the numbers of its rows (rowid), and SQLite gives new ones, from 1, where the copy"
        " writes none; so VACUUM may, too. What knew a row by its number then finds another one, or none. A note where"
        " nothing in the file uses them, and they become a key (INTEGER PRIMARY KEY).",
        "Copy them, too: INSERT INTO new (rowid, ...) SELECT rowid, ... FROM old; fill a full-text table anew behind"
        " it: INSERT INTO name (name) VALUES ('rebuild').",
    ),
    Rule(
        "values_converted",
        _WARNING,
        "The column's new type turns text that looks like a number into that number: 007 becomes 7.",
        "Keep the column TEXT, or say that it is meant.",
    ),
    Rule(
        "unique_dropped",
        _WARNING,
        "UNIQUE is a rule, also where an index says it. Without it nothing keeps two rows from having the same, and it"
        " cannot be made again before these are corrected. A table that is written anew has those of its new text"
        " only.",
        "Make another one in its place in this file, or say that it is meant.",
    ),
    Rule(
        "trigger_dropped",
        _WARNING,
        "A trigger that refuses rows is a rule, and one that writes to a full-text table keeps what a search finds."
        " Nothing else of the table does so at the same change.",
        "Make another one in its place in this file, or say that it is meant.",
    ),
    Rule(
        "sequence_set_back",
        _WARNING,
        "AUTOINCREMENT gives no number twice as long as its counter stands. What names a deleted row by its number,"
        " in another file or on paper, then means a new one.",
        "Leave the counter as it is, or say that it is meant.",
    ),
    Rule(
        "broken_promise",
        _ERROR,
        "The policy promises what later forms of the table will be to programs that use it, and this is not.",
        "Change the table in steps that keep the promise, or say in the policy that it no longer holds.",
    ),
    Rule(
        "columns_come_apart",
        _ERROR,
        "As long as a column is on its way to another one, triggers keep both alike. Without them what a program writes"
        " by one name is not found by the other, and goes with the contract. The file is rolled back.",
        "Contract the column first, or take its expansion back; or leave the statement out.",
    ),
)
