-- Bars of flat files, each of which has all symbols of one day.

-- Where the bars of a range of window starts came from, if not by a call for
-- their series: times that are in no row came by such calls (rest).  Bars of
-- files have no vwap.
CREATE TABLE bar_sources (
	series_id bigint NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	source text NOT NULL CHECK (source IN ('rest', 'grouped', 'file')),
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
);

-- The files that were read, as they are since then: one that is replaced is
-- read again.
CREATE TABLE flat_files (
	name text PRIMARY KEY,
	etag text NOT NULL,
	modified_ms bigint NOT NULL,
	bytes bigint NOT NULL, -- as they are, compressed
	rows bigint NOT NULL, -- of all symbols
	since_ms bigint NOT NULL
);

ALTER TABLE scheduler_execution_log
    ADD COLUMN files_read bigint NOT NULL DEFAULT 0,
    ADD COLUMN file_bytes bigint NOT NULL DEFAULT 0;
