-- What the vendor's present endpoint for splits tells of each: its kind, and
-- whether its own adjustment factors contradict it (null: untold).
ALTER TABLE splits ADD COLUMN adjustment_type TEXT;
ALTER TABLE splits ADD COLUMN contradicted INTEGER;

-- Endpoints that an API answered it does not have.
CREATE TABLE IF NOT EXISTS absent_endpoints (
	base_url TEXT NOT NULL,
	endpoint TEXT NOT NULL, -- splits
	noted_at TEXT NOT NULL,
	PRIMARY KEY (base_url, endpoint)
) WITHOUT ROWID;
