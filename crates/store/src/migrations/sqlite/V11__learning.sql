-- Rotation that learns. How, as people set it: {"least_percent": 50, "window_days": 90, "wait_days": 7, "frozen": false}; NULL: it
-- does not.
ALTER TABLE rotators ADD COLUMN learning TEXT;
-- What it has learned, as JSON: the days looked at, each agent's leads, sales and rate, what came of it. It follows from leads and
-- sales, and is computed anew every day; it is kept because all that it says (since when, what was compared) should survive.
ALTER TABLE rotators ADD COLUMN learned TEXT;
