-- Keys of pseudonyms. The key itself is among the secrets of the machine, under `privacy/keys/<id>`.
CREATE TABLE release_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- as the rules name it; the name of a destroyed key is never used again
    state TEXT NOT NULL,             -- new (the secret may not be there yet), made, destroyed
    made_at TEXT NOT NULL,
    destroyed_at TEXT NOT NULL DEFAULT '',
    destroyed_by TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT ''
) STRICT;

-- Every copy for release: what, for whom, under which rules, until when, and what became of it.
CREATE TABLE releases (
    id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    path TEXT NOT NULL,              -- where it was made; of a database anonymized in place, the database
    in_place INTEGER NOT NULL,
    file_hash TEXT NOT NULL,         -- BLAKE3 over every byte of the file as it was made
    size_bytes INTEGER NOT NULL,
    tables INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    rules TEXT NOT NULL,             -- their name
    rules_hash TEXT NOT NULL,        -- BLAKE3 over them in canonical JSON
    plan_id TEXT NOT NULL,
    plan_hash TEXT NOT NULL,         -- BLAKE3 over what the plan asked for, in canonical JSON
    policy_hash TEXT NOT NULL,       -- BLAKE3 of the policy file; '' where there was none
    key_name TEXT NOT NULL,          -- '' where no technique uses a key
    recipient TEXT NOT NULL,
    purpose TEXT NOT NULL,
    until TEXT NOT NULL,             -- the last day the copy may be used, ISO 8601; '' without end
    state TEXT NOT NULL,             -- making, made, given, destroyed; expired follows from `until`
    state_at TEXT NOT NULL,
    state_by TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',   -- what was said when the state was recorded
    checks TEXT NOT NULL             -- JSON: what was verified, the search for residue among it
) STRICT;
CREATE INDEX releases_by_database ON releases (database_id, made_at);

-- What a person recorded of a copy: assessed anonymous for a recipient, until a date. Never changed, never overwritten.
CREATE TABLE release_assessments (
    id TEXT PRIMARY KEY,
    release_id TEXT NOT NULL REFERENCES releases (id),
    recorded_at TEXT NOT NULL,
    assessed_by TEXT NOT NULL,
    recipient TEXT NOT NULL,
    until TEXT NOT NULL,             -- ISO 8601
    sheet TEXT NOT NULL,             -- signed canonical JSON
    withdrawn_at TEXT NOT NULL DEFAULT '',
    withdrawn_by TEXT NOT NULL DEFAULT '',
    withdrawn_why TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX assessments_by_release ON release_assessments (release_id, recorded_at);
