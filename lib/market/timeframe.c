#include "market/timeframe.h"

#include <string.h>

#include "base/mdtime.h"
#include "base/name.h"

static const struct {
	const char *name;
	int multiplier;
	const char *timespan;
	int64_t nominal_ms;
} timeframes[TF_COUNT] = {
	[TF_1M] = { "1m", 1, "minute", MD_MINUTE },
	[TF_5M] = { "5m", 5, "minute", 5 * MD_MINUTE },
	[TF_15M] = { "15m", 15, "minute", 15 * MD_MINUTE },
	[TF_30M] = { "30m", 30, "minute", 30 * MD_MINUTE },
	[TF_1H] = { "1h", 1, "hour", MD_HOUR },
	[TF_4H] = { "4h", 4, "hour", 4 * MD_HOUR },
	[TF_1D] = { "1d", 1, "day", MD_DAY },
	[TF_1W] = { "1w", 1, "week", 7 * MD_DAY },
	[TF_1MO] = { "1mo", 1, "month", 30 * MD_DAY },
};

const char *
timeframe_name(enum timeframe tf)
{
	return timeframes[tf].name;
}

bool
timeframe_parse(const char *s, size_t len, enum timeframe *out)
{
	int i = NAME_FIND_N(timeframes, s, len);

	if (i < 0)
		return false;
	*out = (enum timeframe)i;
	return true;
}

int
timeframe_multiplier(enum timeframe tf)
{
	return timeframes[tf].multiplier;
}

const char *
timeframe_timespan(enum timeframe tf)
{
	return timeframes[tf].timespan;
}

bool
timeframe_of_api(int multiplier, const char *timespan, enum timeframe *out)
{
	for (int i = 0; i < TF_COUNT; i++)
		if (timeframes[i].multiplier == multiplier &&
		    strcmp(timeframes[i].timespan, timespan) == 0) {
			*out = (enum timeframe)i;
			return true;
		}
	return false;
}

bool
timeframe_intraday(enum timeframe tf)
{
	return tf < TF_1D;
}

int64_t
timeframe_nominal_ms(enum timeframe tf)
{
	return timeframes[tf].nominal_ms;
}
