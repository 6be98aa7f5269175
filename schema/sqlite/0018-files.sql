-- Bars of flat files, each of which has all symbols of one day.

-- Where the bars of a range of window starts came from, if not by a call for
-- their series: times that are in no row came by such calls (rest).  Bars of
-- files have no vwap.
CREATE TABLE bar_sources (
	series_id INTEGER NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	source TEXT NOT NULL CHECK (source IN ('rest', 'grouped', 'file')),
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
) WITHOUT ROWID;

-- The files that were read, as they are since then: one that is replaced is
-- read again.
CREATE TABLE flat_files (
	name TEXT PRIMARY KEY NOT NULL,
	etag TEXT NOT NULL,
	modified_ms INTEGER NOT NULL,
	bytes INTEGER NOT NULL, -- as they are, compressed
	rows INTEGER NOT NULL, -- of all symbols
	since_ms INTEGER NOT NULL
) WITHOUT ROWID;

ALTER TABLE scheduler_execution_log
    ADD COLUMN files_read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scheduler_execution_log
    ADD COLUMN file_bytes INTEGER NOT NULL DEFAULT 0;
