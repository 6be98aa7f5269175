-- What answers of a series are kept by (mdserve): they hold while its revision,
-- and the writes of its lease, are what they were.

-- Counts the pages and features that were stored under the lease, each in the
-- transaction that does so.
ALTER TABLE leases ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;

-- Counts changes that need no lease: of adjustments, and by hand.  Inserting
-- bars is left out, as a trigger would take a tenth of a backfill's time.
ALTER TABLE series ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER bars_updated AFTER UPDATE ON bars BEGIN
	UPDATE series SET revision = revision + 1
	WHERE series_id IN (OLD.series_id, NEW.series_id);
END;
CREATE TRIGGER bars_deleted AFTER DELETE ON bars BEGIN
	UPDATE series SET revision = revision + 1
	WHERE series_id = OLD.series_id;
END;
CREATE TRIGGER quant_features_updated AFTER UPDATE ON quant_features BEGIN
	UPDATE series SET revision = revision + 1
	WHERE series_id IN (OLD.series_id, NEW.series_id);
END;

CREATE TRIGGER adjustments_inserted AFTER INSERT ON adjustments BEGIN
	UPDATE series SET revision = revision + 1 WHERE symbol = NEW.symbol;
END;
CREATE TRIGGER adjustments_updated AFTER UPDATE ON adjustments BEGIN
	UPDATE series SET revision = revision + 1
	WHERE symbol IN (OLD.symbol, NEW.symbol);
END;
CREATE TRIGGER adjustments_deleted AFTER DELETE ON adjustments BEGIN
	UPDATE series SET revision = revision + 1 WHERE symbol = OLD.symbol;
END;
CREATE TRIGGER dividend_adjustments_inserted
AFTER INSERT ON dividend_adjustments BEGIN
	UPDATE series SET revision = revision + 1 WHERE symbol = NEW.symbol;
END;
CREATE TRIGGER dividend_adjustments_updated
AFTER UPDATE ON dividend_adjustments BEGIN
	UPDATE series SET revision = revision + 1
	WHERE symbol IN (OLD.symbol, NEW.symbol);
END;
CREATE TRIGGER dividend_adjustments_deleted
AFTER DELETE ON dividend_adjustments BEGIN
	UPDATE series SET revision = revision + 1 WHERE symbol = OLD.symbol;
END;
