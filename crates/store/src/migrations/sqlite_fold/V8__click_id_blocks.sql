-- Runs that were merged are blocks of many entries instead of rows: to merge them again, a block is read and written, not a hundred
-- rows. What has been merged so far goes into click_ids, older runs first.
CREATE TABLE click_id_blocks (
    -- The run in the upper bits, then the number of the block.
    place   INTEGER PRIMARY KEY,
    -- In the order of their fingerprints, 32 bytes each: fingerprint, lead_id, with_browser, at.
    entries BLOB NOT NULL
);

-- How many of a fingerprint's upper bits are the number of its block. None: the run's entries are rows.
ALTER TABLE click_id_runs ADD COLUMN block_bits INTEGER;

INSERT OR REPLACE INTO click_ids
SELECT place << 10 | lowest, lead_id, with_browser, at
FROM young_click_ids JOIN click_id_runs ON run = place >> 54
WHERE level > 0
ORDER BY level DESC, since;

DELETE FROM young_click_ids WHERE place >> 54 IN (SELECT run FROM click_id_runs WHERE level > 0);
DELETE FROM click_id_runs WHERE level > 0;
-- Of a merge that was under way, what it had done is in click_ids now, and the rest can be merged as if it were all.
UPDATE click_id_runs SET is_merging = 0;
DELETE FROM click_id_merges;
