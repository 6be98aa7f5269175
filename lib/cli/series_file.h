/*
 * Files of series: the watchlist, and the lines that programs hand each other
 * through pipes.  What a line may say is market/series.h's.
 */
#ifndef MD_CLI_SERIES_FILE_H
#define MD_CLI_SERIES_FILE_H

#include <stdio.h>

#include "market/series.h"

/*
 * A watchlist: lines SYMBOL [class=…] [tier=…] [timeframes=1d,1h]
 * [from=DATE] [was=SYMBOL until=DATE]…, '#' starts a comment.  name is for
 * messages; MD_ECONFIG gives
 * NAME:LINE and what is wrong.  A list without a symbol is an error, and one in
 * which two symbols had one name on one day.
 */
bool watchlist_read(FILE *, const char *name, struct symbol_list *,
    struct md_error *);

/*
 * What mdstale -o series prints: SYMBOL<TAB>TIMEFRAME a line; a line with a
 * symbol alone means the program's timeframes.  No line is no error.
 */
bool series_read(FILE *, const char *name, struct symbol_list *,
    struct md_error *);
bool series_write(FILE *, const char *symbol, enum timeframe);

#endif
