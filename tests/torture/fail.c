/*
 * fail.so: preloaded into a program, it counts the calls of one kind and fails
 * the k-th.  The environment says what:
 *   TORTURE_CALL     memory, read, write, sync, open, rename, truncate,
 *                    unlink, connect, send, recv or poll
 *   TORTURE_AT       k, from 1; 0 counts only
 *   TORTURE_EVER     set: all calls from the k-th on fail
 *   TORTURE_HOW      an errno's number, or short: half of it is taken
 *   TORTURE_PROGRAM  the only program that is meant, not its children
 *   TORTURE_OWN      set: only calls made from the program and libmd.a
 *   TORTURE_COUNT    a file, where the number of calls is written at exit
 *   TORTURE_SITES    a file, where each distinct place of a call is written at
 *                    exit, as a number: a hash of the innermost frames
 *   TORTURE_SITE     one of these numbers: only calls from there are counted
 * A deadly signal, or SIGRTMAX - 1, names the modules on its stack on standard
 * error.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define DEPTH  14             /* frames that tell one place from another */
#define PLACES 65536          /* a power of two */
#define ASKED  (SIGRTMAX - 1) /* sent to each thread of who hangs */

#define KEEP __attribute__((visibility("default")))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static const char *meant;
static const char *count_file;
static bool own_only, for_ever, shorten;
static long at;
static int error_number;
static char *begin, *end; /* of the program's own text */
static atomic_long calls;
static pid_t counted_pid;

/* Places: a frame's offset in its module, so that each run has the same. */
static const char *sites_file;
static atomic_ulong places[PLACES];
static unsigned long site; /* 0: any */
static __thread bool looks __attribute__((tls_model("initial-exec")));

/* A deadly signal: the modules and addresses on the stack, innermost first. */
static void
died(int number)
{
	void *frames[40];
	int n = backtrace(frames, 40), len;
	char line[4096];

	if (number != ASKED)
		meant = NULL;
	len = snprintf(line, sizeof(line), "torture: signal %d in", number);
	for (int i = 2; i < n && len < (int)sizeof(line) - 200; i++) {
		Dl_info info;
		const char *name = "?", *base = NULL;

		if (dladdr(frames[i], &info) && info.dli_fname != NULL) {
			name = strrchr(info.dli_fname, '/');
			name = name != NULL ? name + 1 : info.dli_fname;
			base = info.dli_fbase;
		}
		len += snprintf(line + len, sizeof(line) - (size_t)len,
		    " %.60s+%#lx", name,
		    (unsigned long)((char *)frames[i] - base));
	}
	line[len++] = '\n';
	syscall(SYS_write, 2, line, (size_t)len);
	if (number == ASKED)
		return;
	signal(number, SIG_DFL);
	raise(number);
}

__attribute__((constructor)) static void
set_up(void)
{
	const int deadly[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
	const char *program = getenv("TORTURE_PROGRAM");
	const char *how = getenv("TORTURE_HOW");
	const char *k = getenv("TORTURE_AT");
	void *frame;
	FILE *maps;
	char line[512];

	if (program == NULL ||
	    strcmp(program_invocation_short_name, program) != 0)
		return;
	backtrace(&frame, 1); /* it loads what it needs now */
	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		signal(deadly[i], died);
	signal(ASKED, died);
	maps = fopen("/proc/self/maps", "re");
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from, to;
		char *name = strrchr(line, '/');

		if (name == NULL ||
		    strncmp(name + 1, program, strlen(program)) != 0 ||
		    sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		if (begin == NULL)
			begin = (char *)from;
		end = (char *)to;
	}
	if (maps != NULL)
		fclose(maps);
	own_only = getenv("TORTURE_OWN") != NULL;
	for_ever = getenv("TORTURE_EVER") != NULL;
	shorten = how != NULL && strcmp(how, "short") == 0;
	error_number = how != NULL && !shorten ? atoi(how) : EIO;
	at = k != NULL ? atol(k) : 0;
	count_file = getenv("TORTURE_COUNT");
	sites_file = getenv("TORTURE_SITES");
	if (getenv("TORTURE_SITE") != NULL)
		site = strtoul(getenv("TORTURE_SITE"), NULL, 10);
	counted_pid = getpid();
	meant = getenv("TORTURE_CALL");
}

static void
say(int fd, unsigned long number)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%lu\n", number);

	syscall(SYS_write, fd, text, (size_t)len);
}

static int
new_file(const char *name)
{
	return (int)syscall(SYS_openat, AT_FDCWD, name,
	    O_WRONLY | O_CREAT | O_TRUNC, 0644);
}

__attribute__((destructor)) static void
say_count(void)
{
	int fd;

	if (getpid() != counted_pid)
		return;
	meant = NULL;
	if (count_file != NULL && (fd = new_file(count_file)) >= 0) {
		say(fd, (unsigned long)atomic_load(&calls));
		close(fd);
	}
	if (sites_file != NULL && (fd = new_file(sites_file)) >= 0) {
		for (size_t i = 0; i < PLACES; i++) {
			unsigned long place = atomic_load(&places[i]);

			if (place != 0)
				say(fd, place);
		}
		close(fd);
	}
}

/* Where the call is made, and by whom that is called. */
static unsigned long
place_of_call(void)
{
	unsigned long hash = 14695981039346656037UL;
	void *frames[DEPTH];
	int n;

	looks = true; /* what looking itself takes is not meant */
	n = backtrace(frames, DEPTH);
	looks = false;
	for (int i = 0; i < n; i++) {
		struct dl_find_object module;
		unsigned long offset = (unsigned long)frames[i];

		if (_dl_find_object(frames[i], &module) == 0)
			offset -= (unsigned long)module.dlfo_map_start;
		hash = (hash ^ offset) * 1099511628211UL;
	}
	return hash != 0 ? hash : 1;
}

static void
note_place(unsigned long place)
{
	for (size_t i = 0, slot = place; i < PLACES; i++, slot++) {
		atomic_ulong *p = &places[slot % PLACES];
		unsigned long none = 0;

		if (atomic_load(p) == place ||
		    atomic_compare_exchange_strong(p, &none, place) ||
		    none == place)
			return;
	}
}

/* Is this call, made from there, one to fail? */
static bool
fails(const char *call, void *from)
{
	long k;

	if (meant == NULL || strcmp(meant, call) != 0)
		return false;
	if (own_only && ((char *)from < begin || (char *)from >= end))
		return false;
	if (looks || getpid() != counted_pid)
		return false;
	if (sites_file != NULL)
		note_place(place_of_call());
	if (site != 0 && (atomic_load(&calls) == 0 || !for_ever) &&
	    place_of_call() != site)
		return false;
	k = atomic_fetch_add(&calls, 1) + 1;
	if (at == 0 || k < at || (k > at && !for_ever))
		return false;
	errno = error_number;
	return true;
}

/* A connection that was reset is one that the other side has not, either. */
static bool
cut(const char *call, int fd, void *from)
{
	if (!fails(call, from))
		return false;
	if (error_number == ECONNRESET && !shorten) {
		shutdown(fd, SHUT_RDWR);
		errno = ECONNRESET;
	}
	return true;
}

#define FAILS(call) fails(call, __builtin_return_address(0))
#define NEXT(name)                                                             \
	static __typeof__(&name) next;                                         \
	if (next == NULL)                                                      \
	*(void **)&next = dlsym(RTLD_NEXT, #name)

/* -- memory -- */

static bool
no_memory(void *from)
{
	if (!fails("memory", from))
		return false;
	errno = ENOMEM;
	return true;
}

#define NO_MEMORY no_memory(__builtin_return_address(0))

KEEP void *
malloc(size_t n)
{
	return NO_MEMORY ? NULL : __libc_malloc(n);
}

KEEP void *
calloc(size_t n, size_t size)
{
	return NO_MEMORY ? NULL : __libc_calloc(n, size);
}

KEEP void *
realloc(void *p, size_t n)
{
	return NO_MEMORY ? NULL : __libc_realloc(p, n);
}

KEEP int
posix_memalign(void **p, size_t align, size_t n)
{
	void *got = NO_MEMORY ? NULL : __libc_memalign(align, n);

	if (got == NULL)
		return ENOMEM;
	*p = got;
	return 0;
}

KEEP void *
aligned_alloc(size_t align, size_t n)
{
	return NO_MEMORY ? NULL : __libc_memalign(align, n);
}

/* Those that take memory inside the C library, where nobody stands between. */
KEEP char *
strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = NO_MEMORY ? NULL : __libc_malloc(n);

	return p != NULL ? memcpy(p, s, n) : NULL;
}

KEEP char *
strndup(const char *s, size_t max)
{
	size_t n = strnlen(s, max);
	char *p = NO_MEMORY ? NULL : __libc_malloc(n + 1);

	if (p == NULL)
		return NULL;
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

/* -- reading and writing; a short one takes half -- */

/* An event counter is no file: what the kernel counts there cannot fail. */
static bool
is_counter(int fd)
{
	char link[48], to[32];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, to, sizeof(to));
	return n == 20 && memcmp(to, "anon_inode:[eventfd]", 20) == 0;
}

#define TAKES(call, n)                                                         \
	do {                                                                   \
		if (meant != NULL && strcmp(meant, call) == 0 &&               \
		    !is_counter(fd) &&                                         \
		    cut(call, fd, __builtin_return_address(0))) {              \
			if (!shorten)                                          \
				return -1;                                     \
			n -= n / 2;                                            \
		}                                                              \
	} while (0)

KEEP ssize_t
read(int fd, void *p, size_t n)
{
	NEXT(read);
	TAKES("read", n);
	return next(fd, p, n);
}

KEEP ssize_t
pread(int fd, void *p, size_t n, off_t where)
{
	NEXT(pread);
	TAKES("read", n);
	return next(fd, p, n, where);
}

KEEP ssize_t
pread64(int fd, void *p, size_t n, off64_t where)
{
	NEXT(pread64);
	TAKES("read", n);
	return next(fd, p, n, where);
}

KEEP ssize_t
write(int fd, const void *p, size_t n)
{
	NEXT(write);
	TAKES("write", n);
	return next(fd, p, n);
}

KEEP ssize_t
pwrite(int fd, const void *p, size_t n, off_t where)
{
	NEXT(pwrite);
	TAKES("write", n);
	return next(fd, p, n, where);
}

KEEP ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t where)
{
	NEXT(pwrite64);
	TAKES("write", n);
	return next(fd, p, n, where);
}

/* Streams write inside the C library: what they hold is lost instead. */
KEEP int
fflush(FILE *f)
{
	NEXT(fflush);
	if (f != NULL && __fpending(f) > 0 && FAILS("write") && !shorten) {
		__fpurge(f);
		return EOF;
	}
	return next(f);
}

KEEP int
fclose(FILE *f)
{
	NEXT(fclose);
	if (__fpending(f) > 0 && FAILS("write") && !shorten) {
		int kept = errno;

		__fpurge(f);
		next(f);
		errno = kept;
		return EOF;
	}
	return next(f);
}

/* Streams read inside it, too: they come to have the mark of an error. */
#define STREAM_ERROR 0x20 /* glibc's _IO_ERR_SEEN */

KEEP char *
fgets(char *p, int n, FILE *f)
{
	NEXT(fgets);
	if (FAILS("read") && !shorten) {
		f->_flags |= STREAM_ERROR;
		return NULL;
	}
	return next(p, n, f);
}

KEEP size_t
fread(void *p, size_t size, size_t n, FILE *f)
{
	NEXT(fread);
	if (FAILS("read") && !shorten) {
		f->_flags |= STREAM_ERROR;
		return 0;
	}
	return next(p, size, n, f);
}

/* -- files -- */

#define FILE_CALL(call, type, bad, name, declared, passed)                     \
	KEEP type name declared                                                \
	{                                                                      \
		NEXT(name);                                                    \
		return FAILS(call) ? bad : next passed;                        \
	}

FILE_CALL("sync", int, -1, fsync, (int fd), (fd))
FILE_CALL("sync", int, -1, fdatasync, (int fd), (fd))
FILE_CALL("rename", int, -1, rename, (const char *a, const char *b), (a, b))
FILE_CALL("rename", int, -1, renameat,
    (int d, const char *a, int e, const char *b), (d, a, e, b))
FILE_CALL("truncate", int, -1, ftruncate, (int fd, off_t n), (fd, n))
FILE_CALL("truncate", int, -1, ftruncate64, (int fd, off64_t n), (fd, n))
FILE_CALL("unlink", int, -1, unlink, (const char *path), (path))
FILE_CALL("open", FILE *, NULL, fopen, (const char *path, const char *mode),
    (path, mode))
FILE_CALL("open", FILE *, NULL, fopen64, (const char *path, const char *mode),
    (path, mode))
FILE_CALL("open", FILE *, NULL, fdopen, (int fd, const char *mode), (fd, mode))
FILE_CALL("open", int, -1, mkstemp, (char *path), (path))

#define OPEN(name)                                                             \
	KEEP int name(const char *path, int flags, ...)                        \
	{                                                                      \
		va_list ap;                                                    \
		int mode;                                                      \
		NEXT(name);                                                    \
		va_start(ap, flags);                                           \
		mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, int) : 0;  \
		va_end(ap);                                                    \
		return FAILS("open") ? -1 : next(path, flags, mode);           \
	}

#define OPENAT(name)                                                           \
	KEEP int name(int dir, const char *path, int flags, ...)               \
	{                                                                      \
		va_list ap;                                                    \
		int mode;                                                      \
		NEXT(name);                                                    \
		va_start(ap, flags);                                           \
		mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, int) : 0;  \
		va_end(ap);                                                    \
		return FAILS("open") ? -1 : next(dir, path, flags, mode);      \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* -- the network -- */

FILE_CALL("connect", int, -1, connect,
    (int fd, __CONST_SOCKADDR_ARG to, socklen_t n), (fd, to, n))
FILE_CALL("send", ssize_t, -1, sendmsg,
    (int fd, const struct msghdr *m, int flags), (fd, m, flags))
FILE_CALL("send", ssize_t, -1, writev, (int fd, const struct iovec *v, int n),
    (fd, v, n))
FILE_CALL("recv", ssize_t, -1, recvmsg, (int fd, struct msghdr *m, int flags),
    (fd, m, flags))
FILE_CALL("poll", int, -1, poll, (struct pollfd * fds, nfds_t n, int ms),
    (fds, n, ms))

KEEP ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	NEXT(send);
	TAKES("send", n);
	return next(fd, p, n, flags);
}

KEEP ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	NEXT(recv);
	TAKES("recv", n);
	return next(fd, p, n, flags);
}
