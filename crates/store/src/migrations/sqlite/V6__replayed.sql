-- How many visits of each segment of the spool are recorded: written with their clicks, so that each is recorded once.
CREATE TABLE replayed (
    -- Random, of the segment's header.
    segment INTEGER PRIMARY KEY,
    visits  INTEGER NOT NULL
);
