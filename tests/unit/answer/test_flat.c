/*
 * flat.h: what a flat file's rows say, what is refused, and that neither where
 * its text is cut nor how it is written makes a difference.
 */
#include "answer/flat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tap.h"

#define HEAD "ticker,volume,open,close,high,low,window_start,transactions\n"
#define NS   "1704205800000000000"

struct text {
	const char *at;
	size_t left, piece;
};

static bool
read_text(void *ctx, char *to, size_t cap, size_t *len, struct md_error *e)
{
	struct text *t = ctx;

	(void)e;
	*len = t->piece < t->left ? t->piece : t->left;
	if (*len > cap)
		*len = cap;
	memcpy(to, t->at, *len);
	t->at += *len;
	t->left -= *len;
	return true;
}

/* All that a file says, a line a row, its text cut into pieces of that size. */
static char *
told(const char *text, size_t len, size_t piece)
{
	struct text t = { text, len, piece };
	struct flat f;
	struct flat_source source = { read_text, &t };
	struct md_error e = { MD_OK, "" };
	struct buf b = BUF_INIT;
	enum flat_step step = FLAT_BROKEN;

	if (flat_open(&f, &source, &e))
		while ((step = flat_next(&f, &e)) == FLAT_ROW) {
			struct bar bar = { 0 };
			int64_t at = -1;
			bool has_t;
			const char *why = flat_bar(&f, &bar, &has_t);

			buf_append(&b, f.ticker, f.ticker_len);
			if (!flat_time(&f, &at))
				at = -1;
			if (why == NULL) {
				buf_putc(&b, ' ');
				bar_write(&bar, &b);
			} else
				buf_printf(&b, " %s: %s",
				    has_t ? "timed" : "untimed", why);
			buf_printf(&b, " %lld\n", (long long)at);
		}
	if (step == FLAT_BROKEN)
		buf_printf(&b, "broken: %s\n", e.text);
	else
		buf_printf(&b, "%lld rows\n", (long long)f.rows);
	flat_close(&f);
	return buf_take(&b);
}

static void
says(const char *name, const char *text, const char *expected)
{
	char *got = told(text, strlen(text), 1 << 20);
	bool same = strcmp(got, expected) == 0;

	ok(same, "%s", name);
	if (!same)
		printf("# %s\n# instead of\n# %s\n", got, expected);
	for (size_t piece = 1; same && piece < 40; piece++) {
		char *again = told(text, strlen(text), piece);

		same = strcmp(got, again) == 0;
		free(again);
	}
	ok(same, "%s, however it is cut", name);
	free(got);
}

#define AAPL                                                                   \
	"AAPL {\"v\":10,\"o\":1.5,\"c\":2,\"h\":3,\"l\":1,\"t\":1704205800000" \
	",\"n\":7} 1704205800000\n"

static void
test_rows(void)
{
	says("a row", HEAD "AAPL,10,1.5,2,3,1," NS ",7\n", AAPL "1 rows\n");
	says("zeros behind the last decimal",
	    HEAD "AAPL,10.00000000000000,1.50000000000000,2.0,3.0,1.0000," NS
		 ".0,7.00\n",
	    AAPL "1 rows\n");
	says("quotes, and the ends of Windows' lines",
	    "\"ticker\",volume,\"open\",close,high,low,window_start,"
	    "transactions\r\n\"AAPL\",10,\"1.5\",2,3,1,\"" NS "\",7\r\n",
	    AAPL "1 rows\n");
	says("columns in another order, and others between them",
	    "window_start,x,low,high,close,open,ticker,transactions,volume\n" NS
	    ",\"a,b\",1,3,2,1.5,AAPL,7,10\n" NS ",,1,3,2,1.5,AAPL,7,10\n",
	    AAPL AAPL "2 rows\n");
	says("exponents, and a zero without its sign",
	    HEAD "AAPL,1.029145e+06,15e-1,2,3,-0," NS ",7e0\n",
	    "AAPL {\"v\":1029145,\"o\":1.5,\"c\":2,\"h\":3,\"l\":0,"
	    "\"t\":1704205800000,\"n\":7} 1704205800000\n1 rows\n");
	says("an index has no volume",
	    "ticker,open,close,high,low,window_start\nI:SPX,1.5,2,3,1," NS "\n",
	    "I:SPX {\"o\":1.5,\"c\":2,\"h\":3,\"l\":1,\"t\":1704205800000} "
	    "1704205800000\n1 rows\n");
	says("a header alone", HEAD, "0 rows\n");
	says("empty lines are none", HEAD "\n\r\n\n", "0 rows\n");
	says("a ticker with quotes",
	    HEAD "\"A\"\"B,C\",10,1.5,2,3,1," NS ",7\n",
	    "A\"B,C {\"v\":10,\"o\":1.5,\"c\":2,\"h\":3,\"l\":1,"
	    "\"t\":1704205800000,\"n\":7} 1704205800000\n1 rows\n");
	says("volume and transactions may be missing",
	    HEAD "AAPL,,1.5,2,3,1," NS ",\n",
	    "AAPL {\"o\":1.5,\"c\":2,\"h\":3,\"l\":1,\"t\":1704205800000} "
	    "1704205800000\n1 rows\n");
}

static void
test_refused(void)
{
	static const struct {
		const char *row, *told;
	} rows[] = {
		{ "A,10,,2,3,1," NS ",7", "A timed: open is missing" },
		{ "A,10,x,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,10,NaN,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,10,1e999,2,3,1," NS ",7",
		    "A timed: open is not a number" },
		{ "A,10, 1,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,10,+1,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,10,1.,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,10,.5,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,10,01,2,3,1," NS ",7", "A timed: open is not a number" },
		{ "A,x,1,2,3,1," NS ",7", "A timed: volume is not a number" },
		{ "A,10,1,2,3,1," NS ",-7",
		    "A timed: transactions is below zero" },
		{ "A,10,1,2,3,1," NS ",7.5",
		    "A timed: transactions is not a whole number" },
		{ "A,10,1,2,3,1,,7", "A untimed: window_start is missing" },
		{ "A,10,1,2,3,1,1704205800000000001,7",
		    "A untimed: window_start is no whole millisecond since "
		    "1970" },
		{ "A,10,1,2,3,1,-1000000,7",
		    "A untimed: window_start is no whole millisecond since "
		    "1970" },
		{ "A,10,1,2,3,1,99999999999999999999,7",
		    "A untimed: window_start is not a whole number" },
		{ "A,10,1,2,3,1,9223372036854775808,7",
		    "A untimed: window_start is not a whole number" },
		{ "A,10,1,2,3,1,1.7042058e18,7",
		    "A untimed: window_start is not a whole number" },
		{ "A,10,1,2,3", "A untimed: fewer fields than columns" },
		{ "\"A\"x,10,1,2,3,1," NS ",7",
		    " untimed: its quotes are amiss" },
		{ "\"A,10,1,2,3,1," NS ",7", " untimed: its quotes are amiss" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512], expected[512];
		bool timed = strstr(rows[i].told, "untimed") == NULL;

		(void)snprintf(text, sizeof(text), HEAD "%s\n", rows[i].row);
		(void)snprintf(expected, sizeof(expected), "%s %s\n1 rows\n",
		    rows[i].told, timed ? "1704205800000" : "-1");
		says(rows[i].row, text, expected);
	}
	says("more fields than columns", HEAD "A,10,1,2,3,1," NS ",7,8\n",
	    "A untimed: more fields than columns 1704205800000\n1 rows\n");
}

static void
test_broken(void)
{
	char line[FLAT_LINE_MAX + 200];

	says("no text", "", "broken: it is empty\n");
	says("a last line without an end", HEAD "A,10,1,2,3,1," NS ",7",
	    "broken: it was cut: its last line does not end\n");
	says("a column that is missing", "ticker,open,close,high,low\n",
	    "broken: it has no column window_start\n");
	says("a column that is there twice",
	    "ticker,open,close,high,low,window_start,open\n",
	    "broken: it has two columns open\n");
	says("what is no CSV", "<html>\n", "broken: it has no column ticker\n");
	for (size_t n = FLAT_LINE_MAX - 2; n <= FLAT_LINE_MAX; n++) {
		bool long_line = n >= FLAT_LINE_MAX;

		(void)snprintf(line, sizeof(line), HEAD ",%0*d\r\n", (int)n - 1,
		    0);
		says(long_line ? "a line that is too long"
			       : "one that is just not",
		    line,
		    long_line ? "broken: a line of over 4096 bytes\n"
			      : " untimed: fewer fields than columns -1\n"
				"1 rows\n");
	}
}

int
main(void)
{
	test_rows();
	test_refused();
	test_broken();
	return done();
}
