-- Backup stores, and the points in them. A projection: every store can be read from itself, without this catalog.
CREATE TABLE stores (
    id TEXT PRIMARY KEY,             -- the store's own UUID, from its store.json
    database_id TEXT NOT NULL,
    name TEXT NOT NULL,              -- what the steward calls it: "Clinic NAS"
    url TEXT NOT NULL,               -- without secrets
    encryption TEXT NOT NULL CHECK (encryption IN ('none', 'age')),
    added_at TEXT NOT NULL,
    answered_at TEXT NOT NULL,       -- when it was last reached, '' for never
    problem TEXT NOT NULL,           -- why it could not be reached since, '' when it can
    size_bytes INTEGER NOT NULL,     -- of everything in it when it was last listed
    verified_at TEXT NOT NULL,       -- when its objects were last verified, '' for never
    current_at TEXT NOT NULL,        -- when it last held the database as it was then, '' for never
    run_id TEXT NOT NULL             -- the run that found so; one run goes through all stores
) STRICT;
CREATE INDEX stores_by_database ON stores (database_id);

ALTER TABLE points ADD COLUMN store_id TEXT NOT NULL DEFAULT '';      -- '' for a whole file on this computer
ALTER TABLE points ADD COLUMN kind TEXT NOT NULL DEFAULT 'file';      -- 'file', 'pages', 'plain'
ALTER TABLE points ADD COLUMN new_bytes INTEGER NOT NULL DEFAULT 0;   -- what it added to its store
ALTER TABLE points ADD COLUMN held TEXT NOT NULL DEFAULT '';          -- why it may not be removed; '' for no hold
ALTER TABLE points ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;    -- order in its store, whatever clocks said

-- When points are made by themselves, and how long they stay (docs/stores.md).
CREATE TABLE schedules (
    database_id TEXT PRIMARY KEY,
    every_minutes INTEGER NOT NULL,  -- 0: only by hand
    keep TEXT NOT NULL,              -- JSON: the rules of thinning
    ran_at TEXT NOT NULL,            -- when the last run began, '' for never
    drilled_at TEXT NOT NULL         -- when the last drill began, '' for never
) STRICT;
