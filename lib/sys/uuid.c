#include "sys/uuid.h"

#include <stdio.h>

bool
uuid_create(char out[UUID_SIZE])
{
	unsigned char b[16];
	FILE *f = fopen("/dev/urandom", "rb");
	bool good;

	if (f == NULL)
		return false;
	good = fread(b, sizeof(b), 1, f) == 1;
	if (fclose(f) != 0 || !good)
		return false;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(out, UUID_SIZE,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
	return true;
}
