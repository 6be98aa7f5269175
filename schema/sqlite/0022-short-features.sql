-- Numbers of features in six bytes or fewer, where they fit.  A real of 41 bits,
-- followed by six of how far these are shifted: (i >> 6) / (1 << (i & 63)), as
-- its size shows, which is 7e13 or more.  It is within 4.6e-13 of the number,
-- relative to it.  An atr is 64 times that; one of that size in a row of before
-- is a number, so that states has 8192.  rolling_volume_20 is -2 times the sum
-- of the volumes, or, odd, of their units of 1e-8.  Such rows have no
-- volume_ratio: it is the bar's volume over rolling_volume_20.
-- Rows of before stay as they are until they are computed anew.
DROP VIEW IF EXISTS market_features;
CREATE VIEW market_features AS
SELECT s.symbol, s.timeframe, f.ts AS ts_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', f.ts / 1000, 'unixepoch') AS ts_utc,
    CASE WHEN abs(f.log_return) > 7e13
	THEN (CAST(f.log_return AS INTEGER) >> 6) * 1.0
	    / (1 << (CAST(f.log_return AS INTEGER) & 63))
	ELSE f.log_return END AS log_return,
    CASE WHEN f.return_1h IS NOT NULL THEN
	CASE WHEN abs(f.return_1h) > 7e13
	    THEN (CAST(f.return_1h AS INTEGER) >> 6) * 1.0
		/ (1 << (CAST(f.return_1h AS INTEGER) & 63))
	    ELSE f.return_1h END
	WHEN s.timeframe = '1h' THEN
	CASE WHEN abs(f.log_return) > 7e13
	    THEN (CAST(f.log_return AS INTEGER) >> 6) * 1.0
		/ (1 << (CAST(f.log_return AS INTEGER) & 63))
	    ELSE f.log_return END
	END AS return_1h,
    CASE WHEN f.return_1d IS NOT NULL THEN
	CASE WHEN abs(f.return_1d) > 7e13
	    THEN (CAST(f.return_1d AS INTEGER) >> 6) * 1.0
		/ (1 << (CAST(f.return_1d AS INTEGER) & 63))
	    ELSE f.return_1d END
	WHEN s.timeframe = '1d' THEN
	CASE WHEN abs(f.log_return) > 7e13
	    THEN (CAST(f.log_return AS INTEGER) >> 6) * 1.0
		/ (1 << (CAST(f.log_return AS INTEGER) & 63))
	    ELSE f.log_return END
	END AS return_1d,
    CASE WHEN abs(f.volatility_20) > 7e13
	THEN (CAST(f.volatility_20 AS INTEGER) >> 6) * 1.0
	    / (1 << (CAST(f.volatility_20 AS INTEGER) & 63))
	ELSE f.volatility_20 END AS volatility_20,
    CASE WHEN abs(f.volatility_50) > 7e13
	THEN (CAST(f.volatility_50 AS INTEGER) >> 6) * 1.0
	    / (1 << (CAST(f.volatility_50 AS INTEGER) & 63))
	ELSE f.volatility_50 END AS volatility_50,
    CASE WHEN f.states & 8192
	    AND f.atr BETWEEN 70368744177600 AND 140737488355327
	THEN (CAST(f.atr AS INTEGER) >> 6) * 64.0
	    / (1 << (CAST(f.atr AS INTEGER) & 63))
	ELSE f.atr END AS atr,
    CASE WHEN f.rolling_volume_20 < 0
	THEN -CAST(f.rolling_volume_20 AS INTEGER) / 2
	    / CASE WHEN CAST(f.rolling_volume_20 AS INTEGER) & 1 THEN 2e9
	    ELSE 20.0 END
	ELSE f.rolling_volume_20 END AS rolling_volume_20,
    CASE WHEN NOT f.states & 8192 THEN f.volume_ratio
	WHEN f.rolling_volume_20 <> 0 THEN
	(SELECT b.volume * ifnull((SELECT a.factor FROM adjustments a
	    WHERE a.symbol = s.symbol
	    AND a.from_ts <= f.ts AND f.ts < a.to_ts), 1.0)
	    FROM bars b WHERE b.series_id = f.series_id AND b.ts = f.ts) /
	CASE WHEN f.rolling_volume_20 < 0
	    THEN -CAST(f.rolling_volume_20 AS INTEGER) / 2
		/ CASE WHEN CAST(f.rolling_volume_20 AS INTEGER) & 1 THEN 2e9
		ELSE 20.0 END
	    ELSE f.rolling_volume_20 END
	END AS volume_ratio,
    CASE WHEN f.states & 16 THEN (f.states & 1) <> 0 END AS hh,
    CASE WHEN f.states & 16 THEN (f.states & 4) <> 0 END AS hl,
    CASE WHEN f.states & 16 THEN (f.states & 2) <> 0 END AS lh,
    CASE WHEN f.states & 16 THEN (f.states & 8) <> 0 END AS ll,
    CASE WHEN NOT f.states & 16 THEN NULL
	WHEN f.states & 5 = 5 THEN 'bullish'
	WHEN f.states & 10 = 10 THEN 'bearish'
	ELSE 'range' END AS structure_label,
    CASE f.states >> 5 & 3 WHEN 1 THEN 'down' WHEN 2 THEN 'neutral'
	WHEN 3 THEN 'up' END AS trend_direction,
    CASE f.states >> 7 & 3 WHEN 1 THEN 'low' WHEN 2 THEN 'medium'
	WHEN 3 THEN 'high' END AS volatility_regime,
    CASE f.states >> 9 & 3 WHEN 1 THEN 'downtrend' WHEN 2 THEN 'ranging'
	WHEN 3 THEN 'uptrend' END AS trend_regime,
    CASE f.states >> 11 & 3 WHEN 1 THEN 'expanded'
	WHEN 2 THEN 'compressed' END AS compression_regime
FROM series s JOIN quant_features f ON f.series_id = s.series_id;
