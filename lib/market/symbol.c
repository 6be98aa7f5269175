#include "market/symbol.h"

#include <stdio.h>
#include <string.h>

#include "base/name.h"

static const char *const class_names[] = {
	[CLASS_STOCK] = "stock",
	[CLASS_ETF] = "etf",
	[CLASS_CRYPTO] = "crypto",
	[CLASS_FX] = "fx",
	[CLASS_INDEX] = "index",
};

static const char *const tier_names[] = {
	[TIER_CRITICAL] = "critical",
	[TIER_STANDARD] = "standard",
	[TIER_LOW] = "low",
};

const char *asset_class_name(enum asset_class class)
{
	return class_names[class];
}

const char *asset_class_market(enum asset_class class)
{
	switch (class) {
	case CLASS_CRYPTO:
		return "crypto";
	case CLASS_FX:
		return "fx";
	case CLASS_INDEX:
		return "indices";
	case CLASS_STOCK:
	case CLASS_ETF:
		break;
	}
	return "stocks";
}

bool
asset_class_parse(const char *name, enum asset_class *out)
{
	int i = NAME_FIND(class_names, name);

	if (i < 0)
		return false;
	*out = (enum asset_class)i;
	return true;
}

const char *
tier_name(enum tier tier)
{
	return tier_names[tier];
}

bool
tier_parse(const char *name, enum tier *out)
{
	int i = NAME_FIND(tier_names, name);

	if (i < 0)
		return false;
	*out = (enum tier)i;
	return true;
}

static bool
has_prefix(const char *symbol)
{
	return symbol[0] != '\0' && strchr("XCI", symbol[0]) != NULL &&
	       symbol[1] == ':';
}

enum asset_class
symbol_class(const char *symbol)
{
	if (!has_prefix(symbol))
		return CLASS_STOCK;
	if (symbol[0] == 'X')
		return CLASS_CRYPTO;
	return symbol[0] == 'C' ? CLASS_FX : CLASS_INDEX;
}

bool asset_class_has_sessions(enum asset_class class)
{
	return class == CLASS_STOCK || class == CLASS_ETF ||
	       class == CLASS_INDEX;
}

bool asset_class_splits(enum asset_class class)
{
	return class == CLASS_STOCK || class == CLASS_ETF;
}

/* ASCII's, whatever the locale. */
static bool
alnum(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9');
}

/* "BRK-B" is "BRK.B" here; "BTC-USD" a pair.  *out: what it may have meant. */
static bool
meant(const char *text, char out[SYMBOL_MAX])
{
	static const char *const money[] = { "USD", "USDT", "USDC", "EUR",
		"GBP", "JPY", "BTC" };
	size_t n = strcspn(text, "-/"), rest;
	int len;

	if (n == 0 || text[n] == '\0')
		return false;
	rest = strcspn(text + n + 1, "-/.");
	if (rest == 0 || text[n + 1 + rest] != '\0')
		return false;
	for (const char *p = text; *p != '\0'; p++)
		if (p != text + n && !alnum(*p))
			return false;
	if (rest <= 2)
		len = snprintf(out, SYMBOL_MAX, "%.*s.%s", (int)n, text,
		    text + n + 1);
	else if (NAME_FIND(money, text + n + 1) >= 0)
		len = snprintf(out, SYMBOL_MAX, "X:%.*s%s", (int)n, text,
		    text + n + 1);
	else
		return false;
	return len < SYMBOL_MAX;
}

/*
 * The name after the prefix.  It goes into the API's paths, so that a part
 * of it must not look like "..": each begins with a letter or digit.
 */
static bool
name_check(const char *text, const char *name, bool pair, struct md_error *e)
{
	char other[SYMBOL_MAX];

	/* First, so that the other errors may print the text. */
	for (const char *p = name; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return md_fail(e, MD_EUSAGE,
			    "a symbol whose byte %d is 0x%02x; expected "
			    "letters, digits, '.', '-' or '_'",
			    (int)(p - text) + 1, (unsigned)(unsigned char)*p);
	if (!pair && name == text && meant(name, other))
		return md_fail(e, MD_EUSAGE,
		    "symbol \"%s\": the API has no such name: did you mean "
		    "%s?",
		    text, other);
	if ((text[0] == 'O' || text[0] == 'o') && text[1] == ':')
		return md_fail(e, MD_EUSAGE,
		    "symbol \"%s\": options (O:) are not served; stocks, "
		    "indices (I:), currencies (C:) and crypto (X:) are",
		    text);
	if (text[0] != '\0' && strchr("cix", text[0]) != NULL && text[1] == ':')
		return md_fail(e, MD_EUSAGE,
		    "symbol \"%s\": the API knows its prefix in capitals only: "
		    "did you mean %s:%s?",
		    text,
		    text[0] == 'c'   ? "C"
		    : text[0] == 'i' ? "I"
				     : "X",
		    text + 2);
	for (const char *p = name; *p != '\0'; p++) {
		bool first = p == name || p[-1] == '/';

		if (alnum(*p) || (!first && strchr(".-_", *p) != NULL) ||
		    (!first && pair && *p == '/' && p[1] != '\0'))
			continue;
		if (*p == '/' && !pair)
			return md_fail(e, MD_EUSAGE,
			    "symbol \"%s\": '/' is only for pairs, after C: "
			    "or X:",
			    text);
		return md_fail(e, MD_EUSAGE,
		    "symbol \"%.*s\": unexpected '%c'; expected letters, "
		    "digits, '.', '-' or '_', a letter or digit first",
		    /* What follows may be a secret in the wrong place. */
		    (int)strcspn(text, "="), text, *p);
	}
	return true;
}

/* "BTC/USD" and "BTC-USD", as others write pairs, without what is between. */
static void
join_pair(const char *name, char out[static 2 * SYMBOL_MAX])
{
	size_t n = strcspn(name, "-/");

	if (name[n] != '\0' &&
	    name[n + 1 + strcspn(name + n + 1, "-/")] == '\0')
		(void)snprintf(out, 2 * SYMBOL_MAX, "%.*s%s", (int)n, name,
		    name + n + 1);
	else
		(void)snprintf(out, 2 * SYMBOL_MAX, "%s", name);
}

bool
symbol_respelt(const char *text, const char *symbol)
{
	return strpbrk(text, "-/") != NULL && strpbrk(symbol, "-/") == NULL;
}

bool
symbol_normalize(const char *text, enum asset_class class, char *out,
    struct md_error *e)
{
	const char *before = "", *after = "", *name = text;
	bool pair = class == CLASS_CRYPTO || class == CLASS_FX;
	char joined[2 * SYMBOL_MAX], whole[SYMBOL_MAX]; /* text may be out */
	int n;

	if (has_prefix(text)) {
		name = text + 2;
		pair = text[0] != 'I';
		before = text[0] == 'X' ? "X:" : text[0] == 'C' ? "C:" : "I:";
	} else if (pair)
		before = class == CLASS_CRYPTO ? "X:" : "C:";
	if (*name == '\0')
		return md_fail(e, MD_EUSAGE, "symbol is empty");
	if (!name_check(text, name, pair, e))
		return false;
	if (pair) {
		join_pair(name, joined);
		name = joined;
	}
	if (pair && !has_prefix(text) && strlen(name) < 6)
		after = "USD";
	n = snprintf(whole, sizeof(whole), "%s%s%s", before, name, after);
	if (n < 0 || n >= SYMBOL_MAX)
		return md_fail(e, MD_EUSAGE,
		    "symbol \"%.40s\" is longer than %d characters", text,
		    SYMBOL_MAX - 1);
	memcpy(out, whole, (size_t)n + 1);
	return true;
}
