/*
 * sha256.h: the examples of FIPS 180-4, and of RFC 4231.
 */
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const struct {
	const char *text, *digest;
} hashes[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb924"
	      "27ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223"
		 "b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	    "cf5b16a778af8380036ce59e7b049237"
	    "0b249b11e8f07a51afac45037afee9d1" },
};

static void
test_million(void)
{
	char block[1000], digits[SHA256_HEX];
	unsigned char digest[SHA256_BYTES];
	struct sha256 s;

	memset(block, 'a', sizeof(block));
	sha256_begin(&s);
	for (int i = 0; i < 1000; i++)
		sha256_add(&s, block, sizeof(block));
	sha256_end(&s, digest);
	sha256_digits(digest, digits);
	ok(strcmp(digits, "cdc76e5c9914fb9281a1c7e284d73e67"
			  "f1809a48a497200e046d39ccc7112cd0") == 0,
	    "a million times a, in pieces");
}

static void
hmac(const char *key, const char *text, const char *expected)
{
	unsigned char digest[SHA256_BYTES];
	char digits[SHA256_HEX];

	sha256_hmac(key, strlen(key), text, strlen(text), digest);
	sha256_digits(digest, digits);
	ok(strcmp(digits, expected) == 0, "HMAC of '%.20s': %s", text, digits);
}

int
main(void)
{
	char long_key[132], digits[SHA256_HEX];

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		sha256_hex(hashes[i].text, strlen(hashes[i].text), digits);
		ok(strcmp(digits, hashes[i].digest) == 0, "of '%.20s'",
		    hashes[i].text);
	}
	test_million();
	hmac("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	     "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
	    "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	hmac("Jefe", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	memset(long_key, 0xaa, 131);
	long_key[131] = '\0';
	hmac(long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
	return done();
}
