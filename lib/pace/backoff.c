#include "pace/backoff.h"

int64_t
backoff_delay(const struct backoff *b, unsigned retry, double chance,
    int64_t floor_ms)
{
	int64_t ceiling = b->base_ms, delay;

	for (unsigned i = 0; i < retry && ceiling < b->cap_ms; i++)
		ceiling *= 2;
	if (ceiling > b->cap_ms)
		ceiling = b->cap_ms;
	delay = (int64_t)((double)ceiling * chance);
	return delay > floor_ms ? delay : floor_ms;
}
