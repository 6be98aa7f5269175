/*
 * Where load may go: to this machine or, when its owner says so, to another;
 * never to the vendor's.
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
	const char *token;      /* that requests bear; borrowed; or null */
};

/*
 * Reads http://HOST[:PORT][/PREFIX] and finds its addresses.  Unless owned,
 * the host is localhost or a loopback address and nobody is asked for it.
 * MD_EUSAGE says what is wrong, MD_ENET that the name is not known.
 */
bool load_target_parse(const char *url, bool owned, struct load_target *,
    struct md_error *);

#endif
