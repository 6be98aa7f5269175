/*
 * Where load may go: to this machine or, if the user owns it, to another one;
 * never to the vendor's hosts.
 */
#ifndef MD_LOAD_TARGET_H
#define MD_LOAD_TARGET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"

#define LOAD_ADDRESSES 8

struct load_address {
	struct sockaddr_storage a;
	socklen_t len;
};

struct load_target {
	char url[512];    /* as given, without a slash at its end */
	char host[280];   /* of the Host header: name and port */
	char prefix[256]; /* of every path: "" or "/md" */
	struct load_address address[LOAD_ADDRESSES];
	size_t addresses, used; /* used: the one to connect to */
	const char *token;      /* sent with requests; borrowed; or null */
};

/*
 * Parses http://HOST[:PORT][/PREFIX] and finds its addresses.  Unless owned,
 * the host must be localhost or a loopback address, and no name is looked up.
 * MD_EUSAGE says what is wrong, MD_ENET that the name is unknown.
 */
bool load_target_parse(const char *url, bool owned, struct load_target *,
    struct md_error *);

#endif
