-- What the vendor's present endpoint for splits tells of each: its kind, and
-- whether its own adjustment factors contradict it (null: untold).
ALTER TABLE splits ADD COLUMN adjustment_type text COLLATE "C";
ALTER TABLE splits ADD COLUMN contradicted boolean;

-- Endpoints that an API answered it does not have.
CREATE TABLE IF NOT EXISTS absent_endpoints (
	base_url text COLLATE "C" NOT NULL,
	endpoint text COLLATE "C" NOT NULL, -- splits
	noted_at timestamptz NOT NULL,
	PRIMARY KEY (base_url, endpoint)
);
