-- What was odd about the database when a point was made: it was damaged, cut short, or most of its rows were gone;
-- '' where nothing was.
ALTER TABLE points ADD COLUMN warning TEXT NOT NULL DEFAULT '';
