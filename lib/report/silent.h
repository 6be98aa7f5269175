/*
 * Symbols that had bars, and have none any more.
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

#endif
