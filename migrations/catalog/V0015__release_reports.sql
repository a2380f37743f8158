-- What attacks, search and measures showed of a copy when it was looked at last: counts and names, no value of a row.
CREATE TABLE release_reports (
    release_id TEXT PRIMARY KEY REFERENCES releases (id),
    made_at TEXT NOT NULL,
    report TEXT NOT NULL             -- JSON of the service that makes release reports
) STRICT, WITHOUT ROWID;
