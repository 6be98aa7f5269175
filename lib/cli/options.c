#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/config.h"
#include "sys/xdg.h"

#define OPTIONS_MAX 96
#define KEYS_MAX    64

static const struct option_spec common[] = {
	{ .name = "config",
	    .argument = "FILE",
	    .help = "read this configuration",
	    .env = "MD_CONFIG",
	    .words = "@file" },
	{ .name = "completions",
	    .argument = "SHELL",
	    .help = "print a completion script",
	    .words = "bash zsh fish" },
	{ .letter = 'V', .name = "version", .help = "print the version" },
	{ .letter = 'h', .name = "help", .help = "print this help" },
};

enum { AT_CONFIG, AT_COMPLETIONS, AT_VERSION, AT_HELP, COMMON };

/* The program's options, then the common ones; and its keys. */
struct table {
	struct option_spec row[OPTIONS_MAX];
	struct option_spec key[KEYS_MAX];
	size_t len, own, keys;
};

static void
table_add(struct table *t, const struct option_spec *o,
    const struct option_spec *group)
{
	if (o->name == NULL) {
		t->key[t->keys++] = *o;
		return;
	}
	t->row[t->len] = *o;
	if (group != NULL && group->name != NULL &&
	    strcmp(group->name, o->name) == 0)
		t->row[t->len].help = group->help;
	t->len++;
}

static void
table_make(struct table *t, const struct program *p)
{
	t->len = t->keys = 0;
	for (const struct option_spec *o = p->options; o->kind != OPTION_END;
	     o++) {
		if (o->kind != OPTION_GROUP)
			table_add(t, o, NULL);
		else
			for (const struct option_spec *g = o->group;
			     g->kind != OPTION_END; g++)
				table_add(t, g, o);
	}
	t->own = t->len;
	for (size_t i = 0; i < COMMON; i++)
		table_add(t, &common[i], NULL);
}

/* "[SEED]": the value may be left out. */
static bool
optional(const struct option_spec *o)
{
	return o->argument != NULL && o->argument[0] == '[';
}

/* What help says of that fact. */
static const char *
repeats(const struct option_spec *o)
{
	return o->repeatable ? "; repeatable" : "";
}

/* -- help -- */

#define HELP_COLUMN 31
#define HELP_WIDTH  80

/* Words beside an option, in lines that a terminal of 80 columns shows. */
static void
help_text(const char *text, FILE *out)
{
	size_t at = HELP_COLUMN;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");
		bool first = at == HELP_COLUMN;

		if (!first && at + 1 + n > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)n, text);
		at += n;
		text += n + strspn(text + n, " ");
	}
	fputc('\n', out);
}

static void
help_row(const struct option_spec *o, FILE *out)
{
	char left[64], letter[8] = "    ", text[256];

	if (o->letter != '\0')
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	if (optional(o))
		(void)snprintf(left, sizeof(left), "%s--%s[=%s", letter,
		    o->name, o->argument + 1);
	else
		(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter,
		    o->name, o->argument == NULL ? "" : " ",
		    o->argument == NULL ? "" : o->argument);
	fprintf(out, "  %-28s", left);
	if (strlen(left) > 28)
		fprintf(out, "\n%*s", HELP_COLUMN, "");
	else
		fputc(' ', out);
	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", o->help, repeats(o),
	    o->env == NULL ? "" : " [", o->env == NULL ? "" : o->env,
	    o->env == NULL ? "" : "]");
	help_text(text, out);
}

static void
help(const struct program *p, const struct table *t, FILE *out)
{
	fprintf(out, "%s: %s\n\nusage: %s [options]%s%s\n\n", p->name,
	    p->summary, p->name, p->operands == NULL ? "" : " ",
	    p->operands == NULL ? "" : p->operands);
	for (size_t i = 0; i < t->len; i++)
		help_row(&t->row[i], out);
	fprintf(out, "\nThe manual: man %s\n", p->name);
}

/* -- completions -- */

/* "TF,...": one value holds several words, with commas between them. */
static bool
is_list(const struct option_spec *o)
{
	return o->argument != NULL && strstr(o->argument, ",...") != NULL;
}

static bool
is_values(const struct option_spec *o, const char *kind)
{
	return o->words != NULL && strcmp(o->words, kind) == 0;
}

static void
bash_values(const struct option_spec *o, FILE *out)
{
	if (o->words == NULL)
		return;
	if (is_values(o, "@file") || is_values(o, "@dir"))
		fprintf(out,
		    "\t\tcompopt -o filenames\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -%c -- \"$cur\")\n",
		    is_values(o, "@file") ? 'f' : 'd');
	else if (is_list(o))
		fprintf(out,
		    "\t\tmapfile -t COMPREPLY < <(compgen -W '%s' "
		    "-P \"${cur%%\"${cur##*,}\"}\" -- \"${cur##*,}\")\n",
		    o->words);
	else
		fprintf(out,
		    "\t\tmapfile -t COMPREPLY < <(compgen -W '%s' "
		    "-- \"$cur\")\n",
		    o->words);
}

static void
completion_bash(const struct program *p, const struct table *t, FILE *out)
{
	fprintf(out,
	    "# bash completion for %s; made from its option table\n"
	    "_%s()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	    "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n\tCOMPREPLY=()\n"
	    "\t# --name=value comes as three words.\n"
	    "\tif [[ $cur == = ]]; then\n\t\tcur=\n"
	    "\telif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then\n"
	    "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
	    "\tcase $prev in\n",
	    p->name, p->name);
	for (size_t i = 0; i < t->len; i++) {
		const struct option_spec *o = &t->row[i];

		if (o->argument == NULL || optional(o))
			continue;
		fputc('\t', out);
		if (o->letter != '\0')
			fprintf(out, "-%c|", o->letter);
		fprintf(out, "--%s)\n", o->name);
		bash_values(o, out);
		fprintf(out, "\t\treturn ;;\n");
	}
	fprintf(out, "\tesac\n\tif [[ $cur == -* ]]; then\n"
		     "\t\tmapfile -t COMPREPLY < <(compgen -W '");
	for (size_t i = 0; i < t->len; i++)
		fprintf(out, "%s--%s", i == 0 ? "" : " ", t->row[i].name);
	fprintf(out, "' -- \"$cur\")\n\tfi\n}\ncomplete -F _%s %s\n", p->name,
	    p->name);
}

/* Text inside '…', with a backslash before each of special. */
static void
put_quoted(const char *s, const char *special, FILE *out)
{
	for (; *s != '\0'; s++) {
		if (strchr(special, *s) != NULL)
			fputc('\\', out);
		if (*s == '\'')
			fputs("'\\''", out);
		else
			fputc(*s, out);
	}
}

/* What means more than itself inside a specification of _arguments. */
#define ZSH_SPECIAL "[]:\\"

static void
zsh_values(const struct option_spec *o, FILE *out)
{
	fputc(':', out);
	put_quoted(o->argument, ZSH_SPECIAL, out);
	fputc(':', out);
	if (o->words == NULL)
		fputc(' ', out);
	else if (is_values(o, "@file"))
		fprintf(out, "_files");
	else if (is_values(o, "@dir"))
		fprintf(out, "_files -/");
	else if (is_list(o))
		fprintf(out, "_values -s , %s %s", o->name, o->words);
	else
		fprintf(out, "(%s)", o->words);
}

/* The option's names; "=" and "+": its value may be in the same word. */
static void
zsh_names(const struct option_spec *o, FILE *out)
{
	bool value = o->argument != NULL && !optional(o);
	const char *same = value ? "=" : "";

	/* Again and again, that is, or the names exclude each other. */
	if (o->repeatable)
		fprintf(out, "'*'");
	else if (o->letter != '\0')
		fprintf(out, "'(-%c --%s)'", o->letter, o->name);
	if (o->letter != '\0')
		fprintf(out, "{-%c%s,--%s%s}", o->letter, value ? "+" : "",
		    o->name, same);
	else
		fprintf(out, "--%s%s", o->name, same);
}

static void
completion_zsh(const struct program *p, const struct table *t, FILE *out)
{
	fprintf(out,
	    "#compdef %s\n# zsh completion; made from the option table\n"
	    "_arguments -s -S",
	    p->name);
	for (size_t i = 0; i < t->len; i++) {
		const struct option_spec *o = &t->row[i];

		fprintf(out, " \\\n  ");
		zsh_names(o, out);
		fprintf(out, "'[");
		put_quoted(o->help, ZSH_SPECIAL, out);
		fprintf(out, "%s]", repeats(o));
		if (o->argument != NULL && !optional(o))
			zsh_values(o, out);
		fputc('\'', out);
	}
	fprintf(out, "%s\n", p->operands == NULL ? "" : " \\\n  '*: : '");
}

static void
completion_fish(const struct program *p, const struct table *t, FILE *out)
{
	fprintf(out,
	    "# fish completion for %s; made from its option table\n"
	    "complete -c %s -f\n",
	    p->name, p->name);
	for (size_t i = 0; i < t->len; i++) {
		const struct option_spec *o = &t->row[i];

		fprintf(out, "complete -c %s", p->name);
		if (o->letter != '\0')
			fprintf(out, " -s %c", o->letter);
		fprintf(out, " -l %s", o->name);
		if (optional(o))
			fprintf(out, " -f");
		else if (o->argument != NULL && o->words == NULL)
			fprintf(out, " -x");
		else if (o->argument != NULL && is_values(o, "@file"))
			fprintf(out, " -rF");
		else if (o->argument != NULL && is_values(o, "@dir"))
			fprintf(out, " -xa '(__fish_complete_directories)'");
		else if (o->argument != NULL)
			fprintf(out, " -xa '%s'", o->words);
		fprintf(out, " -d '");
		put_quoted(o->help, "\\", out);
		fprintf(out, "%s'\n", repeats(o));
	}
}

static const struct {
	const char *shell;
	void (*write)(const struct program *, const struct table *, FILE *);
} completions[] = {
	{ "bash", completion_bash },
	{ "fish", completion_fish },
	{ "zsh", completion_zsh },
};

static bool
completion(const struct program *p, const struct table *t, const char *shell,
    FILE *out, struct md_error *e)
{
	for (size_t i = 0; i < sizeof(completions) / sizeof(completions[0]);
	     i++)
		if (strcmp(completions[i].shell, shell) == 0) {
			completions[i].write(p, t, out);
			return true;
		}
	return md_fail(e, MD_EUSAGE,
	    "--completions: '%s': expected bash, zsh or fish", shell);
}

/* -- parsing -- */

/* What getopt found, kept until the weaker sources have had their turn. */
struct found {
	size_t row;
	const char *value;
};

static const char *
last_value(const struct found *f, size_t n, size_t row)
{
	while (n-- > 0)
		if (f[n].row == row)
			return f[n].value == NULL ? "" : f[n].value;
	return NULL;
}

static bool
take_key(const struct config *c, const struct option_spec *o, void *into,
    struct md_error *e)
{
	size_t n = o->setting == NULL ? 0 : config_count(c, o->setting);
	char text[1024], where[700];

	for (size_t i = 0; i < n; i++) {
		config_text(c, o->setting, i, text, sizeof(text));
		if (option_take_value(into,
			&(struct option_value){ o, text, i == 0, false }, e))
			continue;
		config_where(c, o->setting, where, sizeof(where));
		(void)md_context(e, "%s", where);
		e->code = MD_ECONFIG;
		return false;
	}
	return true;
}

static bool
take_config(const struct table *t, const char *path, void *into,
    struct md_error *e)
{
	struct config *c;
	bool good = true;

	if (!config_load(path, &c, e))
		return false;
	for (size_t r = 0; good && r < t->own; r++)
		good = take_key(c, &t->row[r], into, e);
	for (size_t k = 0; good && k < t->keys; k++)
		good = take_key(c, &t->key[k], into, e);
	config_free(c);
	return good;
}

static bool
take_environment(const struct table *t, const struct options_sources *from,
    void *into, struct md_error *e)
{
	for (size_t r = 0; r < t->own; r++) {
		const struct option_spec *o = &t->row[r];
		const char *v = o->env == NULL ? NULL : from->env(o->env);

		if (v != NULL && *v != '\0' &&
		    !option_take_value(into,
			&(struct option_value){ o, v, true, false }, e))
			return md_context(e, "%s", o->env);
	}
	return true;
}

static bool
take_flags(const struct table *t, const struct found *f, size_t n, void *into,
    struct md_error *e)
{
	bool seen[OPTIONS_MAX] = { false };

	for (size_t i = 0; i < n; i++) {
		const struct option_value v = { &t->row[f[i].row], f[i].value,
			!seen[f[i].row], true };

		if (f[i].row >= t->own)
			continue;
		if (!option_take_value(into, &v, e))
			return md_context(e, "--%s", v.row->name);
		seen[f[i].row] = true;
	}
	return true;
}

static bool
ambiguous(const struct table *t, const char *word)
{
	size_t n = strcspn(word, "="), matches = 0;

	for (size_t r = 0; n > 2 && r < t->len; r++)
		matches += strncmp(t->row[r].name, word + 2, n - 2) == 0;
	return matches > 1;
}

#define NAME_MAX_LEN 32

/* Letters to add, leave out, change or exchange with the next, to make one of
 * the other; many when a name is longer than any option's. */
static size_t
letters_apart(const char *a, size_t an, const char *b)
{
	size_t bn = strlen(b), d[NAME_MAX_LEN + 1][NAME_MAX_LEN + 1];

	if (an > NAME_MAX_LEN || bn > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t i = 0; i <= an; i++)
		for (size_t j = 0; j <= bn; j++) {
			size_t best = i + j;

			if (i > 0 && j > 0) {
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				if (d[i - 1][j] + 1 < best)
					best = d[i - 1][j] + 1;
				if (d[i][j - 1] + 1 < best)
					best = d[i][j - 1] + 1;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[an][bn];
}

/* The option that was probably meant by a word that is none; NULL: none, or
 * several that are as near. */
static const char *
nearest(const struct table *t, const char *word)
{
	size_t n = strcspn(word, "="), least = 3;
	const char *name = NULL;

	if (n < 5 || word[0] != '-' || word[1] != '-')
		return NULL;
	/* Two wrong letters of five are another word. */
	if (n < 8)
		least = 2;
	for (size_t r = 0; r < t->len; r++) {
		size_t apart = letters_apart(word + 2, n - 2, t->row[r].name);

		if (apart < least)
			name = t->row[r].name;
		else if (apart == least && name != NULL)
			name = NULL;
		if (apart < least)
			least = apart;
	}
	return name;
}

static bool
no_such_option(const struct program *p, const struct table *t, const char *word,
    struct md_error *e)
{
	const char *meant = nearest(t, word);
	int n = (int)strcspn(word, "=");

	if (meant != NULL)
		return md_fail(e, MD_EUSAGE,
		    "%.*s: no such option, but --%s is one; see %s -h", n, word,
		    meant, p->name);
	return md_fail(e, MD_EUSAGE, "%.*s: no such option; see %s -h", n, word,
	    p->name);
}

/* Say what getopt could not use, in words of ours: one line. */
static bool
misuse(const struct program *p, char **argv, int c, const struct table *t,
    struct md_error *e)
{
	const char *word = argv[optind - 1];
	/* A value may be a secret that was meant for another option. */
	int n = (int)strcspn(word, "=");

	if (c == ':') {
		for (size_t r = 0; r < t->len; r++)
			if (optopt == (int)(r + 256) ||
			    (t->row[r].letter != '\0' &&
				optopt == t->row[r].letter))
				return md_fail(e, MD_EUSAGE,
				    "--%s: expected %s after it",
				    t->row[r].name, t->row[r].argument);
	}
	if (optopt >= 256)
		return md_fail(e, MD_EUSAGE, "%.*s: takes no value; see %s -h",
		    n, word, p->name);
	if (optopt == 0 && ambiguous(t, word))
		return md_fail(e, MD_EUSAGE,
		    "%.*s: begins the names of several options; see %s -h", n,
		    word, p->name);
	if (optopt != 0)
		return md_fail(e, MD_EUSAGE, "-%c: no such option; see %s -h",
		    optopt, p->name);
	return no_such_option(p, t, word, e);
}

/* A value may be left out: is it the next word? */
static bool
next_word(const struct option_spec *o, int argc, char **argv)
{
	return o->follows != NULL && optarg == NULL && optind < argc &&
	       o->follows(argv[optind]);
}

static bool
getopt_all(const struct program *p, const struct table *t, int argc,
    char **argv, struct found *found, size_t *n, struct md_error *e)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[3 * OPTIONS_MAX + 2] = ":";
	size_t at = 1;
	int c;

	memset(longs, 0, sizeof(longs));
	for (size_t r = 0; r < t->len; r++) {
		longs[r].name = t->row[r].name;
		longs[r].has_arg = t->row[r].argument == NULL ? no_argument
				   : optional(&t->row[r]) ? optional_argument
							  : required_argument;
		longs[r].val = (int)(r + 256);
		if (t->row[r].letter == '\0')
			continue;
		shorts[at++] = t->row[r].letter;
		if (t->row[r].argument != NULL)
			shorts[at++] = ':';
		if (optional(&t->row[r]))
			shorts[at++] = ':';
	}
	opterr = 0;
	/* Not 1: what was left of a cluster is forgotten as well. */
	optind = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		size_t row = (size_t)c - 256;

		if (c == '?' || c == ':')
			return misuse(p, argv, c, t, e);
		for (size_t r = 0; c < 256 && r < t->len; r++)
			if (t->row[r].letter == c)
				row = r;
		if (*n == 4 * OPTIONS_MAX)
			return md_fail(e, MD_EUSAGE, "too many options");
		found[*n].row = row;
		found[(*n)++].value = next_word(&t->row[row], argc, argv)
					  ? argv[optind++]
					  : optarg;
	}
	return true;
}

struct options_sources
options_sources_usual(char *(*env)(const char *), char config[OPTIONS_PATH])
{
	bool found = xdg_path(env, "XDG_CONFIG_HOME", ".config", "mdkit.json",
	    config, OPTIONS_PATH);

	return (struct options_sources){ env, found ? config : NULL };
}

/* Was it written?  A reader that has gone has seen enough. */
static enum options_result
shown(FILE *out, struct md_error *e)
{
	if (fflush(out) == 0 || errno == EPIPE)
		return OPTIONS_SHOWN;
	(void)md_fail(e, MD_EIO, "output cannot be written: %s",
	    strerror(errno));
	return OPTIONS_BAD;
}

static bool
take_all(const struct table *t, const struct options_sources *from,
    const struct found *found, size_t n, size_t at, void *into,
    struct md_error *e)
{
	const char *config = last_value(found, n, t->own + AT_CONFIG);

	if (at > 0)
		memcpy((char *)into + at, &config, sizeof(config));
	if (config == NULL)
		config = from->env("MD_CONFIG");
	if ((config == NULL || *config == '\0') && from->config != NULL &&
	    access(from->config, F_OK) == 0)
		config = from->config;
	if (config != NULL && *config != '\0' &&
	    !take_config(t, config, into, e))
		return false;
	return take_environment(t, from, into, e) &&
	       take_flags(t, found, n, into, e);
}

enum options_result
options_parse(const struct program *p, int argc, char **argv,
    const struct options_sources *from, void *into, int *operands, FILE *out,
    struct md_error *e)
{
	struct found found[4 * OPTIONS_MAX];
	struct table t;
	size_t n = 0;
	const char *shell;

	table_make(&t, p);
	if (!getopt_all(p, &t, argc, argv, found, &n, e))
		return OPTIONS_BAD;
	*operands = optind;
	if (last_value(found, n, t.own + AT_HELP) != NULL) {
		help(p, &t, out);
		return shown(out, e);
	}
	if (last_value(found, n, t.own + AT_VERSION) != NULL) {
		fprintf(out, "%s %s\n", p->name, MD_VERSION);
		return shown(out, e);
	}
	shell = last_value(found, n, t.own + AT_COMPLETIONS);
	if (shell != NULL)
		return completion(p, &t, shell, out, e) ? shown(out, e)
							: OPTIONS_BAD;
	if (!take_all(&t, from, found, n, p->config_at, into, e))
		return OPTIONS_BAD;
	if (p->operands == NULL && *operands < argc) {
		(void)md_fail(e, MD_EUSAGE, "%.*s: unexpected; see %s -h",
		    (int)strcspn(argv[*operands], "="), argv[*operands],
		    p->name);
		return OPTIONS_BAD;
	}
	return OPTIONS_RUN;
}
