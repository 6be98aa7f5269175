-- The splits of the symbol are known from this day on; null: all of them.
ALTER TABLE symbols ADD COLUMN splits_from TEXT; -- YYYY-MM-DD
