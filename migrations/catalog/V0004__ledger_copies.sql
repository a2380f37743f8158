-- The copies of the erasure ledger in stores that this catalog wrote or took in: what they say is known here, and one
-- that is missed later was taken away.

CREATE TABLE ledger_copies (
    store_id TEXT NOT NULL,
    name TEXT NOT NULL,
    gone_at TEXT NOT NULL DEFAULT '', -- when it was missed, and what it said was written anew; '' else
    PRIMARY KEY (store_id, name)
) STRICT, WITHOUT ROWID;
