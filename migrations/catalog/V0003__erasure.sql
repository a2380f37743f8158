-- What was erased, so that no restore brings it back. Names of tables and columns, keyed hashes, moments: no value of
-- an erased row. Keyed hashes of identities are personal data too for whoever holds the key, so entries have an end.

-- The columns a hash was made over, and what they were declared as: needed when the schema has changed since.
CREATE TABLE erasure_shapes (
    id TEXT PRIMARY KEY,             -- hash of the other columns
    table_name TEXT NOT NULL,
    key_columns TEXT NOT NULL,       -- JSON: ["id"]; [] where rows have no key but their rowid
    columns TEXT NOT NULL            -- JSON: [["id", "INTEGER"], ["name", "TEXT"]], in order of declaration
) STRICT;

CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL,
    erased_at TEXT NOT NULL,         -- '' until the operation is known to be done: newer than every state then
    operation_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    shape_id TEXT NOT NULL,
    key_id TEXT NOT NULL,            -- which secret key the hashes were made with
    identity TEXT NOT NULL,          -- keyed hash over table and key
    commitment TEXT NOT NULL,        -- keyed hash over the whole row as it was before
    action TEXT NOT NULL CHECK (action IN ('deleted', 'changed')),
    changes TEXT NOT NULL,           -- JSON: what stands in the columns instead, {} for a row that was deleted
    kept_until TEXT NOT NULL,        -- the day the entry may go, once no older state is kept
    withdrawn_at TEXT NOT NULL       -- when the operation turned out not to have happened, '' else
) STRICT;
CREATE INDEX erasures_by_identity ON erasures (identity, key_id);
CREATE INDEX erasures_by_commitment ON erasures (commitment, key_id);
CREATE INDEX erasures_by_database ON erasures (database_id, erased_at);
CREATE INDEX erasures_by_operation ON erasures (operation_id);

-- Rows that may be erased ones, taken out of what was restored until a person decides.
CREATE TABLE quarantine (
    id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL,
    found_at TEXT NOT NULL,
    made_at TEXT NOT NULL,           -- of the state it was found in
    source TEXT NOT NULL,            -- which state: the id of a restore point
    table_name TEXT NOT NULL,        -- as it is called there
    row_key TEXT NOT NULL,           -- JSON: the key by which a person finds the row there; '' once decided
    why TEXT NOT NULL CHECK (why IN ('differs', 'unmatched', 'clash', 'child')),
    entry_id TEXT NOT NULL,          -- the entry that led to it
    shape_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    identity TEXT NOT NULL,
    commitment TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('waiting', 'keep', 'erase')),
    decided_at TEXT NOT NULL,
    UNIQUE (database_id, key_id, identity, commitment)
) STRICT;
