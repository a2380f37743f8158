-- What tables looked like when the steward registered them, version by version. Never changed, never overwritten.
CREATE TABLE schema_versions (
    database_id TEXT NOT NULL,
    table_name TEXT NOT NULL COLLATE NOCASE,  -- as the file writes it
    version INTEGER NOT NULL,        -- from 1, of each table
    registered_at TEXT NOT NULL,
    registered_by TEXT NOT NULL,
    document TEXT NOT NULL,          -- JSON Schema of a row, canonical JSON
    sql TEXT NOT NULL,               -- JSON: the statements that make the table and its indexes
    PRIMARY KEY (database_id, table_name, version)
) STRICT, WITHOUT ROWID;
