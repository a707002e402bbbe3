-- Click IDs of late. Their fingerprints come in no order: entered into one table of millions, each would change a page of its own.
-- So they are entered into small runs, which are merged, several into one, and at last into click_ids.
CREATE TABLE young_click_ids (
    -- The run in the upper bits, then the fingerprint's, without the lowest ten.
    place        INTEGER PRIMARY KEY,
    lowest       INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    with_browser INTEGER NOT NULL,
    at           INTEGER NOT NULL
);

CREATE TABLE click_id_runs (
    run        INTEGER PRIMARY KEY,
    -- How often its entries were merged.
    level      INTEGER NOT NULL,
    -- Rises from run to run.
    since      INTEGER NOT NULL,
    -- That were ever put into it.
    entries    INTEGER NOT NULL,
    is_merging INTEGER NOT NULL DEFAULT 0
);

-- Under way: the fingerprints are cut into slices, of which the first ones are done.
CREATE TABLE click_id_merges (
    level    INTEGER PRIMARY KEY,
    -- 0 is click_ids.
    into_run INTEGER NOT NULL,
    slices   INTEGER NOT NULL,
    done     INTEGER NOT NULL
);
