/*
 * A command line, a word a line, then, behind an empty line, a configuration:
 * every kind of option, and what is taken is in its range.
 */
#include <math.h>

#include "cli/calendar_options.h"
#include "fuzz.h"

struct settings {
	bool flag;
	int more, choice;
	unsigned words;
	char text[16], word[16];
	const char *argv;
	int64_t count, seconds;
	double real, percent, pace;
	md_date date;
	bool dated;
	struct calendar_changes calendar;
};

#define AT(member) OPTION_AT(struct settings, member)

static bool
parse_words(const char *text, unsigned *bits, struct md_error *e)
{
	*bits = 1U << (strlen(text) % 4);
	return text[0] != 'x' || md_fail(e, MD_EUSAGE, "expected no x");
}

static const struct option_spec specs[] = {
	OPTION_SWITCH("flag", "a flag", OPTION_FLAG, AT(flag), .letter = 'f'),
	OPTION_SWITCH("more", "more of it", OPTION_MORE, AT(more),
	    .letter = 'v'),
	OPTION_ROW("text", "TEXT", "a text", OPTION_TEXT, AT(text),
	    .letter = 't', .setting = "db"),
	OPTION_ROW("word", "WORD", "a word", OPTION_WORD, AT(word),
	    .words = "asc desc"),
	OPTION_ROW("choice", "WORD", "a choice", OPTION_CHOICE, AT(choice),
	    .words = "one two three", .min = 1),
	OPTION_ROW("words", "LIST", "words", OPTION_WORDS, AT(words),
	    .parse = parse_words, .repeatable = true),
	OPTION_ROW("argv", "TEXT", "as it is", OPTION_ARGV, AT(argv)),
	OPTION_ROW("count", "N", "a number", OPTION_COUNT, AT(count), .min = 1,
	    .max = 64, .letter = 'j', .setting = "jobs"),
	OPTION_ROW("time", "TIME", "a time", OPTION_TIME, AT(seconds),
	    .min = MD_SECOND, .max = MD_DAY, .unit = MD_SECOND,
	    .setting = "stagger"),
	OPTION_ROW("real", "X", "a real", OPTION_REAL, AT(real), .max = 100),
	OPTION_ROW("percent", "X", "a share", OPTION_PERCENT, AT(percent),
	    .max = 1000),
	OPTION_ROW("pace", "X", "requests", OPTION_PACE, AT(pace)),
	OPTION_ROW("date", "DATE", "a date", OPTION_DATE, AT(date),
	    OPTION_GIVEN(struct settings, dated)),
	CALENDAR_KEYS(struct settings, calendar),
	{ .kind = OPTION_END },
};

static const struct program program = { "fuzz", "[WORD...]", "a test", specs,
	false, 0 };

static char *
no_environment(const char *name)
{
	(void)name;
	return NULL;
}

static bool
is_one_of(const char *word, const char *a, const char *b)
{
	return strcmp(word, "") == 0 || strcmp(word, a) == 0 ||
	       strcmp(word, b) == 0;
}

static void
must_be_settings(const struct settings *s)
{
	must(s->more >= 0 && s->choice >= 0 && s->choice <= 3);
	must(s->words < 1U << 4);
	must(memchr(s->text, '\0', sizeof(s->text)) != NULL);
	must(is_one_of(s->word, "asc", "desc"));
	must(s->count >= 0 && s->count <= 64);
	must(s->seconds >= 0 && s->seconds <= 86400);
	must(s->real >= 0 && s->real <= 100);
	must(s->percent >= 0 && s->percent <= 1e6);
	must(s->pace >= 0 && isfinite(s->pace));
	must(s->dated || s->date == 0);
	must(s->calendar.len <= CALENDAR_CHANGES_MAX);
	for (size_t i = 0; i < s->calendar.len; i++) {
		const struct calendar_change *c = &s->calendar.v[i];

		must(i == 0 || c[-1].date < c->date);
		must(c->kind <= DAY_EARLY);
		must(c->kind != DAY_EARLY ||
		     (c->close_clock_ms > 0 && c->close_clock_ms < MD_DAY));
	}
}

#define WORDS 24

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *out;
	struct input in = { data, size };
	char *argv[WORDS + 2] = { strdup("fuzz") }, *line;
	struct options_sources from = { no_environment, NULL };
	struct settings s = { .flag = false };
	struct md_error e = { MD_OK, "" };
	int argc = 1, operands = 0;

	if (out == NULL)
		must((out = fopen("/dev/null", "w")) != NULL);
	while (argc <= WORDS && (line = input_line(&in)) != NULL) {
		if (line[0] == '\0') {
			free(line);
			break;
		}
		/* No files but ours. */
		if (strncmp(line, "--conf", 6) == 0 ||
		    strncmp(line, "--con", 5) == 0)
			free(line);
		else
			argv[argc++] = line;
	}
	if (in.left > 0)
		from.config = fuzz_file(in.at, in.left);
	switch (options_parse(&program, argc, argv, &from, &s, &operands, out,
	    &e)) {
	case OPTIONS_RUN:
		must_be_settings(&s);
		must(operands >= 1 && operands <= argc);
		break;
	case OPTIONS_SHOWN:
		break;
	case OPTIONS_BAD:
		must_tell(&e);
		break;
	}
	while (argc > 0)
		free(argv[--argc]);
	return 0;
}
