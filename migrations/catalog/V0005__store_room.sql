-- The room that was left where a store lies when it was last listed; NULL where nobody can tell, as of a bucket.
ALTER TABLE stores ADD COLUMN free_bytes INTEGER;
