#include "base/sha256.h"

#include <string.h>

static const uint32_t k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138,
	0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f,
	0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
word_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* A block of 64 bytes. */
static void
mix(uint32_t h[8], const unsigned char *block)
{
	uint32_t w[64], v[8];

	for (size_t i = 0; i < 16; i++)
		w[i] = word_at(block + 4 * i);
	for (size_t i = 16; i < 64; i++)
		w[i] =
		    w[i - 16] + w[i - 7] +
		    (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^
			w[i - 15] >> 3) +
		    (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, h, sizeof(v));
	for (size_t i = 0; i < 64; i++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t = v[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
			     ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
		uint32_t s = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
			     ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t;
		v[0] = t + s;
	}
	for (size_t i = 0; i < 8; i++)
		h[i] += v[i];
}

void
sha256_begin(struct sha256 *s)
{
	static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
		0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, first, sizeof(first));
	s->len = 0;
}

void
sha256_add(struct sha256 *s, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (len > 0) {
		size_t at = s->len % 64, n = 64 - at < len ? 64 - at : len;

		memcpy(s->block + at, p, n);
		s->len += n;
		p += n;
		len -= n;
		if (at + n == 64)
			mix(s->h, s->block);
	}
}

void
sha256_end(struct sha256 *s, unsigned char out[SHA256_BYTES])
{
	static const unsigned char padding[64] = { 0x80 };
	uint64_t bits = s->len * 8;
	unsigned char length[8];

	for (size_t i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(s, padding, 1 + (119 - s->len % 64) % 64);
	sha256_add(s, length, sizeof(length));
	for (size_t i = 0; i < SHA256_BYTES; i++)
		out[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void
sha256_digits(const unsigned char digest[SHA256_BYTES], char out[SHA256_HEX])
{
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	out[SHA256_HEX - 1] = '\0';
}

static void
hash(const void *bytes, size_t len, unsigned char out[SHA256_BYTES])
{
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, bytes, len);
	sha256_end(&s, out);
}

void
sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX])
{
	unsigned char digest[SHA256_BYTES];

	hash(bytes, len, digest);
	sha256_digits(digest, out);
}

void
sha256_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
    unsigned char out[SHA256_BYTES])
{
	unsigned char pad[64] = { 0 }, inner[SHA256_BYTES];
	struct sha256 s;

	if (key_len > sizeof(pad))
		hash(key, key_len, pad);
	else if (key_len > 0)
		memcpy(pad, key, key_len);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	sha256_begin(&s);
	sha256_add(&s, pad, sizeof(pad));
	sha256_add(&s, bytes, len);
	sha256_end(&s, inner);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha256_begin(&s);
	sha256_add(&s, pad, sizeof(pad));
	sha256_add(&s, inner, sizeof(inner));
	sha256_end(&s, out);
}
