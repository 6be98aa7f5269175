-- A return over one bar is log_return: quant_features has it once, and null in
-- return_1h of hours and return_1d of days.  Rows of before have both.
CREATE OR REPLACE VIEW market_features AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM f.ts) * 1000)::bigint AS ts_ms,
    to_char(f.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    f.log_return,
    coalesce(f.return_1h,
	CASE s.timeframe WHEN '1h' THEN f.log_return END) AS return_1h,
    coalesce(f.return_1d,
	CASE s.timeframe WHEN '1d' THEN f.log_return END) AS return_1d,
    f.volatility_20, f.volatility_50,
    f.atr, f.rolling_volume_20, f.volume_ratio,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 1 <> 0 END AS hh,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 4 <> 0 END AS hl,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 2 <> 0 END AS lh,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 8 <> 0 END AS ll,
    CASE WHEN f.states & 16 = 0 THEN NULL
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
