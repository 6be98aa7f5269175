/*
 * Time zone files: what is accepted gives an offset that a zone can have, at
 * any time, and the same one each time.
 */
#include "market/zone.h"
#include "base/mdtime.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t times[] = { 0, -1, 1, INT64_MIN, INT64_MAX,
		INT64_MIN / 1000, INT64_MAX / 1000, -2208988800000,
		1720000000000, 2147483647000, 2147483648000, -2147483648000,
		4102444800000, 32503680000000, 253402300799000 };
	struct md_error e = { MD_OK, "" };
	struct zone *z = NULL;

	if (!zone_parse(&z, data, size, &e)) {
		must_tell(&e);
		must(e.code == MD_EIO);
		must(z == NULL);
		return 0;
	}
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t offset = zone_offset_ms(z, times[i]);

		must(offset % 1000 == 0);
		must(offset > -8 * MD_DAY && offset < 8 * MD_DAY);
		must(zone_offset_ms(z, times[i]) == offset);
	}
	/* Some transitions, if there are any. */
	for (int64_t t = -2208988800000; t < 4102444800000; t += 97 * MD_DAY)
		(void)zone_offset_ms(z, t);
	zone_destroy(&z);
	return 0;
}
