#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backfill/decode_sample.h"
#include "cli/zoneinfo.h"
#include "tap.h"

#define START INT64_C(1709960400000) /* 2024-03-09T05:00Z, a Saturday */

static struct calendar *cal;

/* An answer of so many hours of a crypto pair. */
static void
answer(struct buf *b, int bars)
{
	buf_printf(b,
	    "{\"ticker\":\"X:BTCUSD\",\"status\":\"OK\",\"results\":[");
	for (int i = 0; i < bars; i++)
		buf_printf(b,
		    "%s{\"v\":10.5,\"vw\":10.5,\"o\":10,\"c\":11,\"h\":12,"
		    "\"l\":9,\"t\":%lld,\"n\":7}",
		    i > 0 ? "," : "", (long long)(START + i * MD_HOUR));
	buf_printf(b, "]}");
}

static void
offer(struct decode_sample *s, int bars)
{
	struct buf b = BUF_INIT;
	char ticker[] = "X:BTCUSD"; /* gone when the sample is used */
	struct asked a = { .ticker = ticker,
		.grid = { cal, CLASS_CRYPTO, TF_1H, GRID_UNKNOWN },
		.from = START,
		.to = START + 5000 * MD_HOUR,
		.cover_to = START + 5000 * MD_HOUR,
		.cursor = START };

	answer(&b, bars);
	decode_sample_offer(s, &a, buf_str(&b), b.len, bars, true);
	memset(ticker, 'x', sizeof(ticker) - 1);
	buf_free(&b);
}

static void
test_choice(void)
{
	struct decode_sample s = { 0 };

	offer(&s, 0);
	ok(s.text == NULL, "an answer without bars is none");
	offer(&s, 3);
	offer(&s, 5);
	offer(&s, 4);
	ok(s.bars == 5, "of answers with few bars the largest");
	offer(&s, 2000);
	offer(&s, 1000);
	offer(&s, 1500);
	offer(&s, 999);
	ok(s.bars == 1000, "of those with bars enough the smallest");
	decode_sample_free(&s);
}

static void
test_cost(void)
{
	struct decode_sample s = { 0 }, none = { 0 };
	struct slow slow = { 0 };
	double calibration = (double)INFINITY, plain, slowed;

	ok(isnan(decode_sample_cost(&none, NULL, &calibration)),
	    "of none there is no cost");
	offer(&s, 1000);
	plain = decode_sample_cost(&s, NULL, &calibration);
	ok(plain > 0 && isfinite(plain) && isfinite(calibration),
	    "decoding takes time, and so does the calibration");
	slow.of[STAGE_DECODE].share = 9;
	slowed = decode_sample_cost(&s, &slow, &calibration);
	ok(slowed > 3 * plain, "what slows decoding down shows");
	decode_sample_free(&s);
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	test_choice();
	test_cost();
	calendar_destroy(&cal);
	return done();
}
