-- The steward's own records. Moments are RFC 3339 in UTC with milliseconds; JSON never holds values of rows of a
-- database (saved filters hold what the steward typed).

-- Every database the program has met. See steward_app/catalog/identity.py for how one is recognised again.
CREATE TABLE databases (
    id TEXT PRIMARY KEY,             -- UUID; also in the file's _steward_operations once we wrote to it
    path TEXT NOT NULL,              -- absolute, where it was last seen
    device TEXT NOT NULL,            -- with inode: the operating system's name of the file itself
    inode TEXT NOT NULL,
    stamp TEXT NOT NULL DEFAULT '',  -- the UUID the file carried when last seen, '' for none
    schema_hash TEXT NOT NULL,       -- of its schema when last seen
    created_at TEXT NOT NULL,        -- when it was met first
    seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX databases_by_path ON databases (path);
CREATE INDEX databases_by_file ON databases (inode, device);
CREATE INDEX databases_by_stamp ON databases (stamp) WHERE stamp <> '';

-- What was done: a chain of events, each hashed together with the hash of the one before (docs/journal-format.md).
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    database_id TEXT NOT NULL,       -- '' where an event is about no database
    operation_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('started', 'finished', 'failed', 'cancelled', 'settled', 'note')),
    actor TEXT NOT NULL,
    application TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    details TEXT NOT NULL,           -- JSON, hashed as it stands
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_database ON journal (database_id, seq);
CREATE INDEX journal_by_operation ON journal (operation_id, seq);
CREATE TRIGGER journal_is_not_edited BEFORE UPDATE ON journal BEGIN
    SELECT RAISE(ABORT, 'events of the journal are never changed');
END;
CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal BEGIN
    SELECT RAISE(ABORT, 'events of the journal are never removed');
END;

-- One operation at a time on one database, over all processes.
CREATE TABLE leases (
    database_id TEXT PRIMARY KEY,
    operation_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    actor TEXT NOT NULL,
    host TEXT NOT NULL,
    machine TEXT NOT NULL,           -- where process ids mean the same thing
    pid INTEGER NOT NULL,
    process_mark TEXT NOT NULL,      -- with machine: this one process, never another
    since TEXT NOT NULL,
    renewed_at TEXT NOT NULL
) STRICT;

-- Restore points. A projection: the manifest beside each copy holds the same and outlives this catalog.
CREATE TABLE points (
    id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL,
    made_at TEXT NOT NULL,
    path TEXT NOT NULL,              -- of the copy
    source_path TEXT NOT NULL,       -- of the database when the copy was made
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('taken', 'checked', 'proven', 'failed', 'missing')),
    state_at TEXT NOT NULL,          -- when that was found
    reason TEXT NOT NULL,            -- why it was made, in words
    operation_id TEXT NOT NULL,
    checks TEXT NOT NULL,            -- JSON: [{title, passed, detail}]
    tables TEXT NOT NULL,            -- JSON: [{name, rows, hash, problem}]
    kept_until TEXT NOT NULL         -- '' for ever
) STRICT;
CREATE INDEX points_by_database ON points (database_id, made_at);

CREATE TABLE preferences (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL              -- JSON
) STRICT;

CREATE TABLE recent_files (
    path TEXT PRIMARY KEY,
    opened_at TEXT NOT NULL
) STRICT;

-- Where the boxes of the schema map stand. `shape` names the columns, so that a renamed table keeps its place.
CREATE TABLE layouts (
    database_id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    shape TEXT NOT NULL,
    PRIMARY KEY (database_id, table_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_filters (
    database_id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    name TEXT NOT NULL,
    filter TEXT NOT NULL,            -- JSON
    saved_at TEXT NOT NULL,
    PRIMARY KEY (database_id, table_name, name)
) STRICT, WITHOUT ROWID;
