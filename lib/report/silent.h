/*
 * Symbols that had bars and have none any more, or whose bars have a hole.
 */
#ifndef MD_REPORT_SILENT_H
#define MD_REPORT_SILENT_H

#include "store/store.h"

/*
 * Appends each active symbol of which no series has had a bar for
 * KNOWLEDGE_SILENT_SESSIONS sessions or more, as the answers to one of its
 * series tell: "no bar since 2024-06-14: delisted or renamed?".
 */
bool suspect_silent(struct store *, const struct calendar *, int64_t now_ms,
    struct suspicions *out, struct md_error *);

/* Appends those that the vendor told were renamed or delisted, then the other
 * silent ones. */
bool suspect_gone(struct store *, const struct calendar *, int64_t now_ms,
    struct suspicions *out, struct md_error *);

/* Appends symbols whose name may have been another company's before a hole. */
bool suspect_reused(struct store *, struct suspicions *out, struct md_error *);

#endif
