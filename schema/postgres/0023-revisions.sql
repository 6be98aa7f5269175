-- What answers of a series are kept by (mdserve): they hold while its revision,
-- and the writes of its lease, are what they were.

-- Counts the pages and features that were stored under the lease, each in the
-- transaction that does so.
ALTER TABLE leases ADD COLUMN writes bigint NOT NULL DEFAULT 0;

-- Counts changes that need no lease: of adjustments, and by hand.  Inserting
-- bars is left out, as a trigger would have to see each of them.
ALTER TABLE series ADD COLUMN revision bigint NOT NULL DEFAULT 0;

CREATE FUNCTION series_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
	UPDATE series SET revision = revision + 1
	WHERE series_id IN (SELECT c.series_id FROM changed c);
	RETURN NULL;
END $$;
CREATE FUNCTION symbols_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
	UPDATE series SET revision = revision + 1
	WHERE symbol IN (SELECT c.symbol FROM changed c);
	RETURN NULL;
END $$;

CREATE TRIGGER bars_updated AFTER UPDATE ON bars
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE series_changed();
CREATE TRIGGER bars_deleted AFTER DELETE ON bars
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE series_changed();
CREATE TRIGGER quant_features_updated AFTER UPDATE ON quant_features
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE series_changed();

CREATE TRIGGER adjustments_inserted AFTER INSERT ON adjustments
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE symbols_changed();
CREATE TRIGGER adjustments_updated AFTER UPDATE ON adjustments
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE symbols_changed();
CREATE TRIGGER adjustments_deleted AFTER DELETE ON adjustments
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE symbols_changed();
CREATE TRIGGER dividend_adjustments_inserted
AFTER INSERT ON dividend_adjustments
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE symbols_changed();
CREATE TRIGGER dividend_adjustments_updated
AFTER UPDATE ON dividend_adjustments
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE symbols_changed();
CREATE TRIGGER dividend_adjustments_deleted
AFTER DELETE ON dividend_adjustments
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE PROCEDURE symbols_changed();
