/*
 * /openapi.json: what can be asked and what is answered, of the tables by which
 * the server reads requests.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "output/rows.h"
#include "serve/internal.h"

#define JSON "application/json"
#define CSV  "text/csv"

/* -- schemas -- */

/*
 * An object: "name=type", with spaces between them.  The name ends in '+' if
 * the member is not always there.  Several types have '|' between them; @Name
 * is another schema, and *Name|Name a list of such.
 */
struct schema {
	const char *name, *what, *members;
	const char *columns; /* a header line, instead of members */
};

#define ANSWER(rows)                                                           \
	"symbol=string timeframe=string count=integer session+=string "        \
	"as_of+=string staleness=@Staleness warning+=string alert+=string "    \
	"next=string|null " rows
#define SEVERAL(answer)                                                        \
	"timeframe=string count=integer staleness=string missing=*string "     \
	"series=*" answer "|Problem"

static const struct schema schemas[] = {
	{ "Problem", "What was wrong, and what was expected",
	    "error=string status=integer parameter+=string symbol+=string "
	    "timeframe+=string requested+=boolean "
	    "requested_reason+=string|null staleness+=@Staleness",
	    NULL },
	{ "Staleness", "How old a series is",
	    "status=string staleness_seconds=integer|null clock=string "
	    "basis=string last_computed_at=string|null "
	    "last_bar_at=string|null provisional=boolean|null "
	    "as_of=string|null",
	    NULL },
	{ "Bar", "Of the chosen columns; times are of the window's start", NULL,
	    rows_csv_bars },
	{ "Feature", "Of the chosen columns; see mdkit(7)", NULL,
	    rows_csv_features },
	{ "Bars", "Bars of a series",
	    ANSWER("adjusted=boolean|string bars=*Bar"), NULL },
	{ "Features", "Features of a series", ANSWER("features=*Feature"),
	    NULL },
	{ "SeveralBars", "Each as its own path answers", SEVERAL("Bars"),
	    NULL },
	{ "SeveralFeatures", "Each as its own path answers",
	    SEVERAL("Features"), NULL },
	{ "Symbols", "Active symbols", "count=integer symbols=*Symbol", NULL },
	{ "Symbol", "A symbol",
	    "symbol=string asset_class=string tier=string series=*SymbolSeries",
	    NULL },
	{ "SymbolSeries", "A series of a symbol",
	    "timeframe=string bar_count=integer feature_count=integer "
	    "newest_bar_at=string|null last_computed_at=string|null",
	    NULL },
	{ "Process", "The state of the process and its store",
	    "status=string store=string version=string uptime_seconds=integer",
	    NULL },
	{ "Report", "As its program's manual page says", "", NULL },
};

#define SCHEMAS (sizeof(schemas) / sizeof(schemas[0]))

static void
put_ref(struct json_writer *w, const char *key, const char *kind,
    const char *name, size_t len)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "#/components/%s/%.*s", kind,
	    (int)len, name);
	json_object_begin(w, key);
	json_text(w, "$ref", text);
	json_object_end(w);
}

/* "A|B": each by put, which is told how long it is. */
static void
each_word(struct json_writer *w, const char *words, size_t len, char between,
    void (*put)(struct json_writer *, const char *, size_t))
{
	for (size_t at = 0, n; at < len; at += n + 1) {
		for (n = 0; at + n < len && words[at + n] != between; n++)
			;
		put(w, words + at, n);
	}
}

static void
put_word(struct json_writer *w, const char *word, size_t len)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%.*s", (int)len, word);
	json_text(w, NULL, text);
}

/* A name in capitals is that of a schema. */
static void
put_any(struct json_writer *w, const char *name, size_t len)
{
	if (*name >= 'A' && *name <= 'Z') {
		put_ref(w, NULL, "schemas", name, len);
		return;
	}
	json_object_begin(w, NULL);
	json_array_begin(w, "type");
	put_word(w, name, len);
	json_array_end(w);
	json_object_end(w);
}

static void
put_type(struct json_writer *w, const char *key, const char *type, size_t len)
{
	if (*type == '@') {
		put_ref(w, key, "schemas", type + 1, len - 1);
		return;
	}
	json_object_begin(w, key);
	if (*type == '*') {
		json_text(w, "type", "array");
		json_object_begin(w, "items");
		json_array_begin(w, "anyOf");
		each_word(w, type + 1, len - 1, '|', put_any);
		json_array_end(w);
		json_object_end(w);
	} else {
		json_array_begin(w, "type");
		each_word(w, type, len, '|', put_word);
		json_array_end(w);
	}
	json_object_end(w);
}

/* Reads a member; the next one, or null at the end. */
static const char *
next_member(const char *members, char name[static 64], bool *always,
    const char **type, size_t *len)
{
	size_t n = strcspn(members, "+=");

	if (members[n] == '\0')
		return NULL;
	(void)snprintf(name, 64, "%.*s", (int)n, members);
	*always = members[n] == '=';
	*type = members + n + (*always ? 1 : 2);
	*len = strcspn(*type, " ");
	return *type + *len + ((*type)[*len] == ' ' ? 1 : 0);
}

static void
put_members(struct json_writer *w, const char *members)
{
	const char *type, *next;
	char name[64];
	bool always;
	size_t len;

	json_array_begin(w, "required");
	for (const char *m = members;
	     (next = next_member(m, name, &always, &type, &len)) != NULL;
	     m = next)
		if (always)
			json_text(w, NULL, name);
	json_array_end(w);
	json_object_begin(w, "properties");
	for (const char *m = members;
	     (next = next_member(m, name, &always, &type, &len)) != NULL;
	     m = next)
		put_type(w, name, type, len);
	json_object_end(w);
}

static void
put_column(struct json_writer *w, const char *column, size_t len)
{
	static const char *const kinds[][2] = { { "ts", "string" },
		{ "ts_ms", "integer" }, { "hh", "boolean|null" },
		{ "hl", "boolean|null" }, { "lh", "boolean|null" },
		{ "ll", "boolean|null" }, { "structure_label", "string|null" },
		{ "trend_direction", "string|null" },
		{ "volatility_regime", "string|null" },
		{ "trend_regime", "string|null" },
		{ "compression_regime", "string|null" } };
	const char *type = "number|null";
	char name[64];

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, column);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i][0], name) == 0)
			type = kinds[i][1];
	put_type(w, name, type, strlen(type));
}

static void
put_schemas(struct json_writer *w)
{
	json_object_begin(w, "schemas");
	for (size_t i = 0; i < SCHEMAS; i++) {
		const struct schema *s = &schemas[i];

		json_break(w);
		json_object_begin(w, s->name);
		json_text(w, "type", "object");
		json_text(w, "description", s->what);
		if (s->columns != NULL) {
			json_object_begin(w, "properties");
			each_word(w, s->columns, strcspn(s->columns, "\n"), ',',
			    put_column);
			json_object_end(w);
		} else if (*s->members != '\0')
			put_members(w, s->members);
		json_object_end(w);
	}
	json_object_end(w);
}

/* -- parameters -- */

static void
put_words(struct json_writer *w, const char *words, char between)
{
	json_array_begin(w, "enum");
	each_word(w, words, strcspn(words, "\n"), between, put_word);
	json_array_end(w);
}

static void
put_list(struct json_writer *w, const struct route *r, enum serve_param bit,
    const struct serve_param_doc *doc)
{
	json_text(w, "type", "array");
	json_object_begin(w, "items");
	json_text(w, "type", "string");
	if (bit == PARAM_COLUMNS)
		put_words(w, r->features ? rows_csv_features : rows_csv_bars,
		    ',');
	else if (doc->words != NULL)
		put_words(w, doc->words, ' ');
	json_object_end(w);
	json_int(w, "minItems", 1);
	if (bit != PARAM_STATUS)
		json_bool(w, "uniqueItems", true);
}

static void
put_example(struct json_writer *w, const struct serve_param_doc *doc)
{
	int64_t number;

	if (doc->kind == KIND_LIST) {
		json_array_begin(w, "example");
		each_word(w, doc->example, strlen(doc->example), ',', put_word);
		json_array_end(w);
	} else if (doc->kind == KIND_NUMBER &&
		   number_parse_int(doc->example, INT64_MIN, INT64_MAX,
		       &number))
		json_int(w, "example", number);
	else
		json_text(w, "example", doc->example);
}

static void
put_parameter(struct json_writer *w, const struct route *r, const char *name,
    enum serve_param bit, const struct serve_param_doc *doc)
{
	json_break(w);
	json_object_begin(w, NULL);
	json_text(w, "name", name);
	json_text(w, "in", "query");
	json_text(w, "description", doc->what);
	if (bit == PARAM_SYMBOLS)
		json_bool(w, "required", true);
	if (doc->kind == KIND_LIST)
		json_bool(w, "explode", false);
	json_object_begin(w, "schema");
	if (doc->kind == KIND_LIST)
		put_list(w, r, bit, doc);
	else
		json_text(w, "type",
		    doc->kind == KIND_NUMBER ? "integer" : "string");
	if (doc->kind == KIND_CHOICE)
		put_words(w, doc->words, ' ');
	if (bit == PARAM_LIMIT) {
		json_int(w, "minimum", r->csv ? 1 : 0);
		if (r->csv) {
			json_int(w, "maximum", SERVE_ROWS_MAX);
			json_int(w, "default", SERVE_ROWS);
		}
	}
	json_object_end(w);
	put_example(w, doc);
	json_object_end(w);
}

static void
put_part(struct json_writer *w, const char *name, const char *example,
    const char *words)
{
	json_break(w);
	json_object_begin(w, NULL);
	json_text(w, "name", name);
	json_text(w, "in", "path");
	json_bool(w, "required", true);
	json_object_begin(w, "schema");
	json_text(w, "type", "string");
	if (words != NULL)
		put_words(w, words, ' ');
	json_object_end(w);
	json_text(w, "example", example);
	json_object_end(w);
}

static void
put_parameters(struct json_writer *w, const struct route *r)
{
	const char *star = strchr(r->path, '*'), *name;
	struct serve_param_doc doc;
	enum serve_param bit;

	json_array_begin(w, "parameters");
	if (star != NULL)
		put_part(w, "symbol", "AAPL", NULL);
	if (star != NULL && strchr(star + 1, '*') != NULL)
		put_part(w, "timeframe", "1d", TF_NAMES);
	for (size_t i = 0; serve_param_at(i, &name, &bit, &doc); i++)
		/* Features are kept as they are now: there it is only read to
		 * say so. */
		if ((r->params & (unsigned)bit) != 0 &&
		    !(r->features && bit == PARAM_AS_OF))
			put_parameter(w, r, name, bit, &doc);
	json_array_end(w);
}

/* -- answers -- */

#define ALL    0U
#define VALUED 1U /* of a route with parameters */
#define NAMED  2U /* of one with parts that vary */
#define STORED 4U /* of one that reads the store */
#define SECRET 8U /* of one that wants the token */

static const struct problem {
	const char *status, *what;
	unsigned of;
} problems[] = {
	{ "400", "Not understood: such as an unknown parameter", ALL },
	{ "401", "The token is missing or wrong", SECRET },
	{ "403", "A page of another site asked", ALL },
	{ "404", "There is no such series", NAMED },
	{ "405", "The method is neither GET nor HEAD", ALL },
	{ "414", "The URL is longer than 2048 bytes", ALL },
	{ "421", "Host is not a name of this server", ALL },
	{ "422", "A value that is not possible", VALUED },
	{ "431", "The headers are too long", ALL },
	{ "503", "The store cannot be used now", STORED },
};

#define PROBLEMS (sizeof(problems) / sizeof(problems[0]))

static void
put_content(struct json_writer *w, const char *type, const char *schema)
{
	json_object_begin(w, type);
	if (schema != NULL)
		put_ref(w, "schema", "schemas", schema, strlen(schema));
	else
		put_type(w, "schema", "string", strlen("string"));
	json_object_end(w);
}

static void
put_headers(struct json_writer *w, const struct route *r)
{
	static const char *const one[] = { "X-Data-Staleness",
		"X-Data-Staleness-Seconds", "Warning", "Link", NULL };
	static const char *const several[] = { "X-Data-Staleness",
		"X-Data-More", "X-Data-Missing", NULL };
	const char *const *names = strchr(r->path, '*') != NULL ? one : several;

	json_object_begin(w, "headers");
	for (; *names != NULL; names++) {
		json_object_begin(w, *names);
		put_type(w, "schema", "string", strlen("string"));
		json_object_end(w);
	}
	json_object_end(w);
}

static void
put_answers(struct json_writer *w, const struct route *r, bool token)
{
	unsigned is = (r->params != 0 ? VALUED : ALL) |
		      (strchr(r->path, '*') != NULL ? NAMED : ALL) |
		      (r->make != NULL ? STORED : ALL) |
		      (token && !r->open ? SECRET : ALL);

	json_object_begin(w, "responses");
	json_object_begin(w, "200");
	json_text(w, "description", r->what);
	if (r->csv)
		put_headers(w, r);
	json_object_begin(w, "content");
	put_content(w, r->type, r->schema);
	if (r->csv)
		put_content(w, CSV, NULL);
	json_object_end(w);
	json_object_end(w);
	for (size_t i = 0; i < PROBLEMS; i++)
		if ((problems[i].of & is) == problems[i].of)
			put_ref(w, problems[i].status, "responses",
			    problems[i].status, 3);
	/* It says what is wrong as it says what is right. */
	if (r->open) {
		json_object_begin(w, "503");
		json_text(w, "description", "The store cannot be used now");
		json_object_begin(w, "content");
		put_content(w, r->type, r->schema);
		json_object_end(w);
		json_object_end(w);
	}
	json_object_end(w);
}

static void
put_problems(struct json_writer *w)
{
	json_object_begin(w, "responses");
	for (size_t i = 0; i < PROBLEMS; i++) {
		json_break(w);
		json_object_begin(w, problems[i].status);
		json_text(w, "description", problems[i].what);
		json_object_begin(w, "content");
		put_content(w, JSON, "Problem");
		json_object_end(w);
		json_object_end(w);
	}
	json_object_end(w);
}

/* -- the document -- */

static void
put_route(struct json_writer *w, const struct route *r, bool token)
{
	char path[TRAFFIC_NAME];

	traffic_path_name(r->path, path);
	json_break(w);
	json_object_begin(w, path);
	json_object_begin(w, "get");
	json_text(w, "operationId", r->name);
	json_text(w, "summary", r->what);
	if (token && r->open) {
		json_array_begin(w, "security");
		json_array_end(w);
	}
	put_parameters(w, r);
	put_answers(w, r, token);
	json_object_end(w);
	json_object_end(w);
}

static void
put_token(struct json_writer *w)
{
	json_object_begin(w, "securitySchemes");
	json_object_begin(w, "token");
	json_text(w, "type", "http");
	json_text(w, "scheme", "bearer");
	json_object_end(w);
	json_object_end(w);
}

static void
put_document(struct json_writer *w, bool token)
{
	size_t len;
	const struct route *r = serve_routes(&len);

	json_object_begin(w, NULL);
	json_text(w, "openapi", "3.1.0");
	json_object_begin(w, "info");
	json_text(w, "title", "mdserve");
	json_text(w, "version", MD_VERSION);
	json_text(w, "description",
	    "Bars, features and reports of a store of market data. Each path "
	    "answers HEAD as it does GET, without the body, and 304 to an "
	    "If-None-Match that has its ETag. See mdserve(1).");
	json_object_end(w);
	if (token) {
		json_array_begin(w, "security");
		json_object_begin(w, NULL);
		json_array_begin(w, "token");
		json_array_end(w);
		json_object_end(w);
		json_array_end(w);
	}
	json_object_begin(w, "paths");
	for (size_t i = 0; i < len; i++)
		put_route(w, &r[i], token);
	json_object_end(w);
	json_object_begin(w, "components");
	put_schemas(w);
	put_problems(w);
	if (token)
		put_token(w);
	json_object_end(w);
	json_object_end(w);
	json_finish(w);
}

void
serve_openapi(struct visit *v)
{
	struct md_error e = { MD_OK, "" };
	struct answer *a = NULL;
	struct json_writer w;
	struct text_stream s;

	v->gzip = httpd_accepts_gzip(v->request);
	if (text_stream_open(&s)) {
		json_start(&w, s.f);
		put_document(&w, v->serve->options.token != NULL);
		a = answer_finish(v, &s, JSON, false, &e);
	}
	if (a != NULL)
		reply_answer(v, a);
	else
		reply_problem(v->response, 500, NULL, "out of memory");
	answer_release(&a);
}
