-- The last rehearsal of each plan of migrations: what it found, in keys and counts. Its operation stands in the journal.
CREATE TABLE rehearsals (
    operation_id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL,
    plan TEXT NOT NULL,              -- digest of the plan: files, checksums, values, schema
    files TEXT NOT NULL,             -- JSON: name and checksum of each file, in order
    finished_at TEXT NOT NULL,
    passed INTEGER NOT NULL,
    failed TEXT NOT NULL,            -- the file that did not go through, or ''
    result TEXT NOT NULL             -- JSON of the service that rehearses
) STRICT;
CREATE INDEX rehearsals_by_database ON rehearsals (database_id, finished_at);
