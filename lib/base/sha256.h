/*
 * SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), for signatures that are
 * checked by those who hold the secret.
 */
#ifndef MD_BASE_SHA256_H
#define MD_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_HEX   65 /* with its NUL */

struct sha256 {
	uint32_t h[8];
	uint64_t len;
	unsigned char block[64];
};

void sha256_begin(struct sha256 *);
void sha256_add(struct sha256 *, const void *bytes, size_t len);
void sha256_end(struct sha256 *, unsigned char out[SHA256_BYTES]);

/* Of these bytes, in lower-case hexadecimal digits. */
void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX]);

/* out may be the key. */
void sha256_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
    unsigned char out[SHA256_BYTES]);

/* Digits of a digest. */
void sha256_digits(const unsigned char digest[SHA256_BYTES],
    char out[SHA256_HEX]);

#endif
