-- How easily somebody is found in each table of a copy, as it was measured when the copy was made.
ALTER TABLE releases ADD COLUMN risks TEXT NOT NULL DEFAULT '[]';  -- JSON: columns by which, k, uniques; or why not
