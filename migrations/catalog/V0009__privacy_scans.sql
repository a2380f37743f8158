-- The last scan of a database for personal data: what was found where, in counts and shares. No value of a row.
CREATE TABLE privacy_scans (
    database_id TEXT PRIMARY KEY,
    made_at TEXT NOT NULL,
    schema_hash TEXT NOT NULL,       -- of the schema it saw
    rules TEXT NOT NULL,             -- digest of the rule packs it used, the steward's own included
    result TEXT NOT NULL             -- JSON
) STRICT;

-- What it read of each table, so that the next scan reads again only what has changed.
CREATE TABLE privacy_scan_tables (
    database_id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    stamp TEXT NOT NULL,             -- tells its state then from any other; '' where none can
    profile TEXT NOT NULL,           -- JSON
    PRIMARY KEY (database_id, table_name)
) STRICT, WITHOUT ROWID;
