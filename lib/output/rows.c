#include "output/rows.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

#define ROW_MAX 2048 /* the longest there can be, with room to spare */

const char rows_csv_bars[] =
    "ts,ts_ms,open,high,low,close,volume,vwap,transactions\n";
#define FEATURE_NAMES                                                          \
	"log_return,return_1h,return_1d,volatility_20,volatility_50,"          \
	"atr,rolling_volume_20,volume_ratio,hh,hl,lh,ll,structure_label,"      \
	"trend_direction,volatility_regime,trend_regime,compression_regime"
const char rows_csv_features[] = "ts,ts_ms," FEATURE_NAMES "\n";
#define SERIES_NAMES                                                           \
	"symbol,timeframe,ts,ts_ms,open,high,low,close,volume,vwap,"           \
	"transactions,final"
const char rows_csv_series[] = SERIES_NAMES "\n";
const char rows_csv_series_features[] = SERIES_NAMES "," FEATURE_NAMES "\n";

/* A row under way, in memory that was seen to beforehand. */
struct row {
	char *at;
	bool json;
};

static inline void
append_bytes(struct row *r, const char *s, size_t n)
{
	memcpy(r->at, s, n);
	r->at += n;
}

/* Names are constants: with what stands around them they are one copy. */
#define KEY(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1

static inline void
key(struct row *r, const char *text, size_t n)
{
	if (r->json)
		append_bytes(r, text, n);
	else
		*r->at++ = ',';
}

static void
null(struct row *r)
{
	if (r->json)
		append_bytes(r, "null", 4);
}

static inline void
real(struct row *r, const char *name, size_t n, double v)
{
	key(r, name, n);
	if (isfinite(v))
		r->at += number_format(v, r->at);
	else
		null(r);
}

static inline void
integer(struct row *r, const char *name, size_t n, int64_t v)
{
	key(r, name, n);
	r->at += number_format_int(v, r->at);
}

/* A name of ours, which needs no escapes; null: none. */
static void
append_text(struct row *r, const char *name, size_t n, const char *v)
{
	key(r, name, n);
	if (v == NULL) {
		null(r);
		return;
	}
	if (r->json)
		*r->at++ = '"';
	append_bytes(r, v, strlen(v));
	if (r->json)
		*r->at++ = '"';
}

static void
flag(struct row *r, const char *name, size_t n, bool known, bool v)
{
	key(r, name, n);
	if (known)
		append_bytes(r, v ? "true" : "false", v ? 4 : 5);
	else
		null(r);
}

static void
two(char *to, int v)
{
	to[0] = (char)('0' + v / 10 % 10);
	to[1] = (char)('0' + v % 10);
}

/* The usual case by hand; returns the length. */
static size_t
time_text(int64_t ms, char out[MD_TIME_MAX])
{
	int64_t days = ms / MD_DAY, left = ms % MD_DAY;
	int year, month, day, seconds;

	if (left < 0) {
		days--;
		left += MD_DAY;
	}
	md_date_split((md_date)days, &year, &month, &day);
	if (left % MD_SECOND != 0 || year < 0 || year > 9999) {
		md_time_format(ms, out);
		return strlen(out);
	}
	seconds = (int)(left / MD_SECOND);
	memcpy(out, "0000-00-00T00:00:00Z", 21);
	two(out, year / 100);
	two(out + 2, year);
	two(out + 5, month);
	two(out + 8, day);
	two(out + 11, seconds / 3600);
	two(out + 14, seconds / 60 % 60);
	two(out + 17, seconds % 60);
	return 20;
}

/* "-04:00"; the local mean times of old have seconds, too. */
static size_t
offset_text(int64_t ms, char out[16])
{
	int seconds = (int)((ms < 0 ? -ms : ms) / MD_SECOND);
	size_t n = 6;

	memcpy(out, ms < 0 ? "-00:00:00" : "+00:00:00", 10);
	two(out + 1, seconds / 3600);
	two(out + 4, seconds / 60 % 60);
	two(out + 7, seconds % 60);
	if (seconds % 60 != 0)
		n = 9;
	return n;
}

size_t
rows_time_text(const struct zone *zone, int64_t ms, char out[ROWS_TIME_MAX])
{
	int64_t offset;
	size_t n;

	if (zone == NULL)
		return time_text(ms, out);
	offset = zone_offset_ms(zone, ms);
	n = time_text(ms + offset, out);
	n--; /* the Z */
	n += offset_text(offset, out + n);
	out[n] = '\0';
	return n;
}

void
rows_time(struct buf *b, int64_t ms)
{
	char text[MD_TIME_MAX];

	buf_append(b, text, time_text(ms, text));
}

static bool
begin(struct row *r, struct buf *b, bool json, int64_t ms)
{
	if (!buf_reserve(b, ROW_MAX))
		return false;
	*r = (struct row){ b->data + b->len, json };
	if (json)
		append_bytes(r, "{\"ts\":\"", 7);
	r->at += time_text(ms, r->at);
	if (json)
		*r->at++ = '"';
	integer(r, KEY("ts_ms"), ms);
	return true;
}

static void
end(struct row *r, struct buf *b)
{
	*r->at++ = r->json ? '}' : '\n';
	*r->at = '\0';
	b->len = (size_t)(r->at - b->data);
}

static void
append_bar(struct row *r, const struct bar *v)
{
	real(r, KEY("open"), v->o);
	real(r, KEY("high"), v->h);
	real(r, KEY("low"), v->l);
	real(r, KEY("close"), v->c);
	real(r, KEY("volume"), v->v);
	real(r, KEY("vwap"), v->vw);
	if (v->n >= 0)
		integer(r, KEY("transactions"), v->n);
	else
		append_text(r, KEY("transactions"), NULL);
}

static void
put_bar(struct buf *b, bool json, const struct bar *v)
{
	struct row r;

	if (!begin(&r, b, json, v->t))
		return;
	append_bar(&r, v);
	end(&r, b);
}

static void
put_words(struct row *r, const struct features *v)
{
	static const char *const structures[] = { "range", "bullish",
		"bearish" };
	static const char *const trends[] = { NULL, "down", "neutral", "up" };
	static const char *const volatilities[] = { NULL, "low", "medium",
		"high" };
	static const char *const regimes[] = { NULL, "downtrend", "ranging",
		"uptrend" };
	static const char *const compressions[] = { NULL, "expanded",
		"compressed", NULL };

	append_text(r, KEY("structure_label"),
	    v->has_extremes ? structures[features_structure(v)] : NULL);
	append_text(r, KEY("trend_direction"), trends[v->trend_direction]);
	append_text(r, KEY("volatility_regime"),
	    volatilities[v->volatility_regime]);
	append_text(r, KEY("trend_regime"), regimes[v->trend_regime]);
	append_text(r, KEY("compression_regime"),
	    compressions[v->compression_regime]);
}

static void
append_features(struct row *r, const struct features *v)
{
	real(r, KEY("log_return"), v->log_return);
	real(r, KEY("return_1h"), v->return_1h);
	real(r, KEY("return_1d"), v->return_1d);
	real(r, KEY("volatility_20"), v->volatility_20);
	real(r, KEY("volatility_50"), v->volatility_50);
	real(r, KEY("atr"), v->atr);
	real(r, KEY("rolling_volume_20"), v->rolling_volume_20);
	real(r, KEY("volume_ratio"), v->volume_ratio);
	flag(r, KEY("hh"), v->has_extremes, v->hh);
	flag(r, KEY("hl"), v->has_extremes, v->hl);
	flag(r, KEY("lh"), v->has_extremes, v->lh);
	flag(r, KEY("ll"), v->has_extremes, v->ll);
	put_words(r, v);
}

static void
put_features(struct buf *b, bool json, const struct features *v)
{
	struct row r;

	if (!begin(&r, b, json, v->t))
		return;
	append_features(&r, v);
	end(&r, b);
}

void
rows_put(struct buf *b, const struct rows_style *s, const struct bars_row *v)
{
	struct row r;

	if (!buf_reserve(b, s->head_len + ROW_MAX))
		return;
	r = (struct row){ b->data + b->len, s->json };
	append_bytes(&r, s->head, s->head_len);
	if (s->json)
		append_bytes(&r, "\"ts\":\"", 6);
	r.at += rows_time_text(s->zone, v->bar.t, r.at);
	if (s->json)
		*r.at++ = '"';
	integer(&r, KEY("ts_ms"), v->bar.t);
	append_bar(&r, &v->bar);
	flag(&r, KEY("final"), !v->filled, v->final);
	if (s->features)
		append_features(&r,
		    v->features != NULL ? v->features : &features_none);
	end(&r, b);
}

void
rows_json_bar(struct buf *b, const struct bar *v)
{
	put_bar(b, true, v);
}

void
rows_csv_bar(struct buf *b, const struct bar *v)
{
	put_bar(b, false, v);
}

void
rows_json_features(struct buf *b, const struct features *v)
{
	put_features(b, true, v);
}

void
rows_csv_feature(struct buf *b, const struct features *v)
{
	put_features(b, false, v);
}
