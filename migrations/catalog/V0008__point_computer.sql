-- The computer that made a point, by its name; '' where nobody knows, as without the private key of its store.
ALTER TABLE points ADD COLUMN computer TEXT NOT NULL DEFAULT '';
