-- Between which leads those are who were born by a click on a day, from now on. The list goes along the rows; of years it sees by this
-- only the days that can have somebody.
CREATE TABLE lead_days (
    workspace_id INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, day)
) WITHOUT ROWID;
