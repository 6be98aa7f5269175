#include "cli/zoneinfo.h"
#include "market/quality.h"
#include "moment.h"
#include "tap.h"

static struct calendar *cal;
static struct quality_bounds bounds;

struct finds {
	struct doubtful_bar v[64];
	size_t len;
};

static bool
take(void *ctx, const struct doubtful_bar *d)
{
	struct finds *f = ctx;

	f->v[f->len++] = *d;
	return f->len < 64;
}

static void
begin(struct quality *q, enum asset_class class, enum timeframe tf,
    struct finds *f)
{
	f->len = 0;
	quality_begin(q, &bounds, cal, class, tf, take, f);
}

static struct bar
flat(int64_t t, double price)
{
	return (struct bar){ .t = t,
		.o = price,
		.h = price,
		.l = price,
		.c = price,
		.v = 100,
		.vw = price,
		.n = 1 };
}

/* Days of crypto from a Monday on, at these closes. */
static void
days(const double *closes, size_t n, struct finds *f)
{
	struct quality q;

	begin(&q, CLASS_CRYPTO, TF_1D, f);
	for (size_t i = 0; i < n; i++) {
		struct bar b =
		    flat(at("2024-07-01T00:00:00Z") + (int64_t)i * MD_DAY,
			closes[i]);

		ok(quality_bar(&q, &b), "is taken");
	}
	ok(quality_end(&q), "ends");
}

static void
a_spike_is_taken_back(void)
{
	static const double spike[] = { 100, 101, 112, 101.5, 102, 103 };
	static const double step[] = { 100, 101, 112, 113, 112, 113 };
	static const double last[] = { 100, 101, 150 };
	struct finds f;

	days(spike, 6, &f);
	ok(f.len == 1 && f.v[0].rule == QUALITY_SPIKE &&
		f.v[0].t == at("2024-07-03T00:00:00Z") &&
		f.v[0].figure > 10.8 && f.v[0].figure < 10.9 &&
		f.v[0].bound >= 10,
	    "a spike has its bar, figure and bound");
	days(step, 6, &f);
	ok(f.len == 0, "a step is none");
	days(last, 3, &f);
	ok(f.len == 0, "nor is the last bar");
}

static void
a_wick_stands_out(void)
{
	struct quality q;
	struct finds f;

	for (int low = 0; low < 2; low++) {
		begin(&q, CLASS_CRYPTO, TF_1D, &f);
		for (int i = 0; i < 9; i++) {
			struct bar b =
			    flat(at("2024-07-01T00:00:00Z") + i * MD_DAY, 100);

			if (i == 8 && low)
				b.l = 80;
			if (i == 4 && !low)
				b.h = 112.5;
			ok(quality_bar(&q, &b), "is taken");
		}
		ok(quality_end(&q) && f.len == 1 &&
			f.v[0].rule == (low ? QUALITY_LOW : QUALITY_HIGH) &&
			f.v[0].figure > 12,
		    "%s", low ? "the last low" : "a high amid others");
	}
}

static void
volume_is_that_of_many(void)
{
	struct quality q;
	struct finds f;

	begin(&q, CLASS_CRYPTO, TF_1H, &f);
	for (int i = 0; i < 200; i++) {
		struct bar b =
		    flat(at("2024-07-01T00:00:00Z") + i * MD_HOUR, 100 + i % 2);

		/* one before there are enough, one of exactly the bound */
		b.v = i == 10 ? 1e9 : i == 150 ? 100000 : i == 160 ? 0 : 100;
		ok(quality_bar(&q, &b), "is taken");
	}
	ok(quality_end(&q) && f.len == 1 && f.v[0].rule == QUALITY_VOLUME &&
		f.v[0].t == at("2024-07-07T06:00:00Z") &&
		f.v[0].figure <= 1000 && f.v[0].figure >= 1000,
	    "once, a thousand times the median");
}

static void
days_stand_still_or_are_thin(void)
{
	struct quality q;
	struct finds f;
	struct bar b;

	begin(&q, CLASS_STOCK, TF_1M, &f);
	b = flat(at("2024-07-01T14:00:00Z"), 100);
	ok(quality_bar(&q, &b), "is taken");
	for (int i = 0; i < 390; i++) {
		b = flat(at("2024-07-02T13:30:00Z") + i * MD_MINUTE, 100);
		ok(quality_bar(&q, &b), "is taken");
	}
	b = flat(at("2024-07-03T14:00:00Z"), 100);
	ok(quality_bar(&q, &b) && quality_end(&q) && f.len == 2 &&
		f.v[0].rule == QUALITY_THIN &&
		f.v[0].t == at("2024-07-01T14:00:00Z") &&
		f.v[1].rule == QUALITY_STILL && f.v[1].figure >= 390,
	    "a day of one minute, and one at one price; the last goes on");
}

static void
hours_are_the_exchanges(void)
{
	static const struct {
		const char *time;
		double minutes;
	} rows[] = {
		{ "2024-07-01T07:30:00Z", 30 },
		{ "2024-07-01T08:00:00Z", 0 },
		{ "2024-07-01T23:59:00Z", 0 },
		{ "2024-07-02T00:00:00Z", 1 },
		{ "2024-07-04T14:00:00Z", 1440 },
	};
	struct quality q;
	struct finds f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bar b = flat(at(rows[i].time), 100);

		begin(&q, CLASS_STOCK, TF_1M, &f);
		ok(quality_bar(&q, &b) &&
			f.len == (rows[i].minutes > 0 ? 1 : 0) &&
			(f.len == 0 || (f.v[0].figure >= rows[i].minutes &&
					   f.v[0].figure <= rows[i].minutes)),
		    "%s", rows[i].time);
		begin(&q, CLASS_CRYPTO, TF_1M, &f);
		ok(quality_bar(&q, &b) && f.len == 0, "crypto has no hours");
	}
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	quality_bounds_init(&bounds);
	a_spike_is_taken_back();
	a_wick_stands_out();
	volume_is_that_of_many();
	days_stand_still_or_are_thin();
	hours_are_the_exchanges();
	calendar_destroy(&cal);
	return done();
}
