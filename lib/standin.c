#include "standin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "buf.h"
#include "mdtime.h"

#define PATH_BYTES  1024
#define START_MS    20000 /* for a server to be there */
#define STOP_MS     5000  /* for it to go */
#define NAP_NS      10000000
#define WORDS_MAX   (LOAD_WORDS + 32)
#define LOAD_WORDS  256
#define ENV_MAX     512
#define PROGRAM_MAX 3

enum { MDSERVE, MDMOCK, MDBACKFILL };

static const char *const names[PROGRAM_MAX] = { "mdserve", "mdmock",
	"mdbackfill" };

struct standin {
	char folder[PATH_BYTES];
	char program[PROGRAM_MAX][PATH_BYTES];
	char *env[ENV_MAX];
	pid_t mock, server; /* 0: none */
	bool (*stopped)(void);
};

static void
nap(void)
{
	const struct timespec t = { 0, NAP_NS };

	(void)nanosleep(&t, NULL);
}

/* -- finding the programs -- */

static bool
try_folder(const char *folder, size_t len, const char *name,
    char out[PATH_BYTES])
{
	int n = snprintf(out, PATH_BYTES, "%.*s/%s", (int)len, folder, name);
	struct stat sb;

	return n > 0 && n < PATH_BYTES && stat(out, &sb) == 0 &&
	       S_ISREG(sb.st_mode) && access(out, X_OK) == 0;
}

static bool
beside_self(const char *self, const char *name, char out[PATH_BYTES])
{
	char own[PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *slash;

	if (n > 0) {
		own[n] = '\0';
		self = own;
	}
	slash = strrchr(self, '/');
	return slash != NULL &&
	       try_folder(self, (size_t)(slash - self), name, out);
}

static bool
find_program(const struct standin_options *o, const char *name,
    char out[PATH_BYTES], struct md_error *e)
{
	const char *p = o->path;

	if (beside_self(o->self, name, out))
		return true;
	while (p != NULL && *p != '\0') {
		size_t n = strcspn(p, ":");

		if (n > 0 && try_folder(p, n, name, out))
			return true;
		p += n;
		p += *p == ':' ? 1 : 0;
	}
	return md_fail(e, MD_EIO,
	    "%s is neither beside mdload nor in PATH: install it, or start a "
	    "read API and name it with --target",
	    name);
}

/* -- running them -- */

/* Without what the user has set for the same programs: this is another store,
 * and a real key is nothing for it. */
static bool
make_environment(struct standin *s, char *const *env)
{
	static char key[] = "POLYGON_API_KEY=stand-in-key";
	size_t n = 0;

	for (; *env != NULL && n < ENV_MAX - 2; env++)
		if (strncmp(*env, "MD_", 3) != 0 &&
		    strncmp(*env, "POLYGON_", 8) != 0 &&
		    strncmp(*env, "MASSIVE_", 8) != 0)
			s->env[n++] = *env;
	s->env[n++] = key;
	s->env[n] = NULL;
	return *env == NULL;
}

static void
name_file(const struct standin *s, const char *name, char out[PATH_BYTES])
{
	(void)snprintf(out, PATH_BYTES, "%.900s/%s", s->folder, name);
}

/* In the child: its output goes to the log, and it ends when we do. */
static void
become(const char *program, char *const *words, char *const *env, int log,
    pid_t parent)
{
	int none = open("/dev/null", O_RDONLY);

	/* A terminal's interrupt is for us; we then stop it. */
	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
	if (getppid() == parent && none >= 0 && dup2(none, 0) == 0 &&
	    dup2(log, 1) == 1 && dup2(log, 2) == 2)
		(void)execve(program, words, env);
	_exit(127);
}

static bool
spawn(const struct standin *s, int which, const char *const *words, pid_t *out,
    struct md_error *e)
{
	char log[PATH_BYTES];
	char *argv[WORDS_MAX];
	pid_t parent = getpid();
	size_t n = 0;
	int fd;

	for (; words[n] != NULL && n < WORDS_MAX - 1; n++) {
		/* execve() does not write them. */
		union {
			const char *in;
			char *out;
		} word = { .in = words[n] };

		argv[n] = word.out;
	}
	argv[n] = NULL;
	name_file(s, names[which], log);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return md_fail(e, MD_EIO, "%s: %s", log, strerror(errno));
	*out = fork();
	if (*out == 0)
		become(s->program[which], argv, s->env, fd, parent);
	(void)close(fd);
	if (*out > 0)
		return true;
	*out = 0;
	return md_fail(e, MD_EIO, "%s: cannot be started: %s", names[which],
	    strerror(errno));
}

/* Has it ended?  Then *status says how. */
static bool
ended(pid_t pid, int *status)
{
	pid_t got = waitpid(pid, status, WNOHANG);

	return got == pid || (got < 0 && errno == ECHILD);
}

static void
stop(pid_t *pid)
{
	int status;

	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGTERM);
	for (int i = 0; i < STOP_MS / (NAP_NS / 1000000); i++) {
		if (ended(*pid, &status)) {
			*pid = 0;
			return;
		}
		nap();
	}
	(void)kill(*pid, SIGKILL);
	while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}

/* What it said last. */
static bool
fail_with_log(const struct standin *s, int which, const char *what,
    struct md_error *e)
{
	char log[PATH_BYTES], line[256] = "", last[256] = "";
	FILE *f;

	name_file(s, names[which], log);
	f = fopen(log, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			memcpy(last, line, sizeof(last));
	}
	if (f != NULL)
		(void)fclose(f);
	md_printable(last);
	return md_fail(e, MD_EIO, "the stand-in's %s %s%s%s", names[which],
	    what, last[0] == '\0' ? "" : ": ", last);
}

static bool
interrupted(const struct standin *s, struct md_error *e)
{
	return s->stopped() && !md_fail(e, MD_EINTR, "interrupted");
}

static bool
read_port(const char *path, unsigned *port)
{
	FILE *f = fopen(path, "r");
	char text[16] = "";
	char *end;
	unsigned long n;

	if (f == NULL)
		return false;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	(void)fclose(f);
	n = strtoul(text, &end, 10);
	*port = (unsigned)n;
	return end != text && n > 0 && n < 65536;
}

static bool
wait_for_port(struct standin *s, int which, pid_t *pid, const char *file,
    unsigned *port, struct md_error *e)
{
	int64_t until = md_monotonic_us() / 1000 + START_MS;
	int status;

	while (!read_port(file, port)) {
		if (interrupted(s, e))
			return false;
		if (ended(*pid, &status)) {
			*pid = 0;
			return fail_with_log(s, which, "ended at once", e);
		}
		if (md_monotonic_us() / 1000 > until)
			return fail_with_log(s, which, "did not start", e);
		nap();
	}
	return true;
}

/* A server; -q, on a free port, which it writes to a file. */
static bool
serve(struct standin *s, int which, pid_t *pid, const char *const *more,
    unsigned *port, struct md_error *e)
{
	char file[PATH_BYTES], config[PATH_BYTES];
	const char *words[WORDS_MAX] = { names[which], "-q", "--config", config,
		"--listen", "127.0.0.1:0", "--port-file", file };
	size_t n = 8;

	name_file(s, which == MDMOCK ? "mock.port" : "serve.port", file);
	name_file(s, "config.json", config);
	for (; *more != NULL; more++)
		words[n++] = *more;
	return spawn(s, which, words, pid, e) &&
	       wait_for_port(s, which, pid, file, port, e);
}

/* -- the store -- */

/* So many days back hold over a thousand daily bars, over 500 of the others. */
static const struct {
	const char *timeframes, *days;
	bool all; /* symbols, or the first alone */
} fills[] = {
	{ "1d", "1500", true },
	{ "4h", "400", false },
	{ "5m,15m,1h", "120", false },
};

static bool
fill_once(struct standin *s, size_t fill, const struct standin_options *o,
    const char *url, struct md_error *e)
{
	char db[PATH_BYTES], config[PATH_BYTES];
	const char *words[WORDS_MAX] = { names[MDBACKFILL], "-q", "--config",
		config, "--db", db, "--base-url", url, "--rate", "100000/min",
		"-t", fills[fill].timeframes, "--days", fills[fill].days };
	size_t n = 14, most = fills[fill].all ? o->symbols_len : 1;
	pid_t pid = 0;
	int status = 0;

	name_file(s, "market.db", db);
	name_file(s, "config.json", config);
	for (size_t i = 0; i < most && i < LOAD_WORDS; i++)
		words[n++] = o->symbols[i];
	if (!spawn(s, MDBACKFILL, words, &pid, e))
		return false;
	while (!ended(pid, &status)) {
		if (interrupted(s, e)) {
			stop(&pid);
			return false;
		}
		nap();
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return fail_with_log(s, MDBACKFILL, "failed", e);
}

static bool
fill(struct standin *s, const struct standin_options *o, struct md_error *e)
{
	const char *more[] = { "--synthetic", NULL };
	char url[64];
	unsigned port = 0;
	bool good = serve(s, MDMOCK, &s->mock, more, &port, e);

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]) && good; i++)
		good = fill_once(s, i, o, url, e);
	stop(&s->mock);
	return good;
}

/* -- its folder -- */

static bool
make_folder(struct standin *s, const char *folder, struct md_error *e)
{
	char config[PATH_BYTES];
	FILE *f;

	if (folder == NULL || folder[0] != '/')
		folder = "/tmp";
	(void)snprintf(s->folder, sizeof(s->folder), "%.800s/mdload-XXXXXX",
	    folder);
	if (mkdtemp(s->folder) == NULL) {
		s->folder[0] = '\0';
		return md_fail(e, MD_EIO, "%s: no temporary folder: %s", folder,
		    strerror(errno));
	}
	name_file(s, "config.json", config);
	f = fopen(config, "w");
	if (f != NULL && fputs("{}\n", f) >= 0 && fclose(f) == 0)
		return true;
	return md_fail(e, MD_EIO, "%s: cannot be written: %s", config,
	    strerror(errno));
}

static void
remove_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	if (d == NULL)
		return;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread reads it */
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	(void)closedir(d);
	(void)rmdir(folder);
}

/* -- all of it -- */

static bool
start(struct standin *s, const struct standin_options *o, char url[64],
    struct md_error *e)
{
	char db[PATH_BYTES];
	const char *more[] = { "--db", db, NULL };
	unsigned port = 0;

	for (int i = 0; i < PROGRAM_MAX; i++)
		if (!find_program(o, names[i], s->program[i], e))
			return false;
	if (!make_environment(s, o->env))
		return md_fail(e, MD_EIO, "the environment is too large");
	if (!make_folder(s, o->folder, e) || !fill(s, o, e))
		return false;
	name_file(s, "market.db", db);
	if (!serve(s, MDSERVE, &s->server, more, &port, e))
		return false;
	(void)snprintf(url, 64, "http://127.0.0.1:%u", port);
	return true;
}

bool
standin_start(struct standin **out, const struct standin_options *o,
    char url[64], struct md_error *e)
{
	struct standin *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return md_nomem(e);
	s->stopped = o->stopped;
	if (start(s, o, url, e)) {
		*out = s;
		return true;
	}
	standin_stop(&s);
	return false;
}

void
standin_stop(struct standin **s)
{
	if (*s == NULL)
		return;
	stop(&(*s)->mock);
	stop(&(*s)->server);
	if ((*s)->folder[0] != '\0')
		remove_folder((*s)->folder);
	free(*s);
	*s = NULL;
}
