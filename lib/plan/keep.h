/*
 * Which symbols and series a store keeps: a list beside what is stored, and
 * what is to be written so that the store says what the list says.  Pure.
 */
#ifndef MD_PLAN_KEEP_H
#define MD_PLAN_KEEP_H

#include "base/array.h"
#include "market/series.h"

/* A symbol of the store; its timeframes are those of its series. */
struct kept_symbol {
	struct symbol_entry entry;
	bool active;
	unsigned live; /* timeframes of active series */
};

ARRAY_OF(kept_symbols, struct kept_symbol);

/* What is to be written of a symbol. */
struct keep_change {
	struct symbol_entry entry; /* if put: as it is to be, and active */
	bool put, retire;          /* the symbol itself; else it stays */
	unsigned begin, end;       /* series that become active, inactive */
};

/* By symbol, each at most once. */
ARRAY_OF(keep_changes, struct keep_change);

/*
 * The list's symbols are to exist and be active, each with the timeframes of
 * its entries (the given ones for an entry that has none).  Class, tier and
 * first day of history are those of the symbol's last entry that is described;
 * if none is, a symbol that is stored keeps its own, and a new one has those of
 * its last entry.  whole: symbols and series that are not in the list are to be
 * inactive.  stored, sorted by the symbols' bytes, must have at least those of
 * the list, if whole all.  What is as it should be has no change.  False: out
 * of memory.
 */
bool keep_judge(const struct symbol_list *, unsigned timeframes, bool whole,
    const struct kept_symbols *stored, struct keep_changes *out);

#endif
