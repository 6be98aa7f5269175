#include "sys/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/mdtime.h"

#define START_MS 20000 /* for a server to be there */
#define STOP_MS  5000  /* for it to go */
#define NAP_NS   10000000
#define ENV_MAX  512

struct children {
	const struct children_options *o;
	char folder[CHILD_PATH];
	char *env[ENV_MAX];
};

void
child_poll_wait(void)
{
	const struct timespec t = { 0, NAP_NS };

	(void)nanosleep(&t, NULL);
}

/* -- finding the programs -- */

static bool
try_folder(const char *folder, size_t len, const char *name,
    char out[CHILD_PATH])
{
	int n = snprintf(out, CHILD_PATH, "%.*s/%s", (int)len, folder, name);
	struct stat sb;

	return n > 0 && n < CHILD_PATH && stat(out, &sb) == 0 &&
	       S_ISREG(sb.st_mode) && access(out, X_OK) == 0;
}

static bool
beside_self(const char *self, const char *name, char out[CHILD_PATH])
{
	char own[CHILD_PATH];
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
find_program(const struct children_options *o, const char *name,
    char out[CHILD_PATH], struct md_error *e)
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
	return md_fail(e, MD_EIO, "%s is neither beside %s nor in PATH: %s",
	    name, o->parent, o->otherwise);
}

bool
children_have_program(const struct children *y, const char *name,
    struct md_error *e)
{
	char path[CHILD_PATH];

	return find_program(y->o, name, path, e);
}

/* -- running them -- */

/* Without what the user has set for the same programs: this is another store,
 * and a real key is nothing for it. */
static bool
make_environment(struct children *y, char *const *env)
{
	static char key[] = "POLYGON_API_KEY=stand-in-key";
	size_t n = 0;

	for (; *env != NULL && n < ENV_MAX - 2; env++)
		if (strncmp(*env, "MD_", 3) != 0 &&
		    strncmp(*env, "POLYGON_", 8) != 0 &&
		    strncmp(*env, "MASSIVE_", 8) != 0)
			y->env[n++] = *env;
	y->env[n++] = key;
	y->env[n] = NULL;
	return *env == NULL;
}

void
children_file(const struct children *y, const char *name, char out[CHILD_PATH])
{
	(void)snprintf(out, CHILD_PATH, "%.900s/%s", y->folder, name);
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

/* execve() does not write what it is given. */
static char *
unconst(const char *w)
{
	union {
		const char *in;
		char *out;
	} u = { .in = w };

	return u.out;
}

/* argv: the words, with what every program is told first. */
static void
make_argv(const char *const *words, const char *config, char *argv[CHILD_WORDS])
{
	size_t n = 0;

	argv[n++] = unconst(words[0]);
	argv[n++] = unconst("-q");
	argv[n++] = unconst("--config");
	argv[n++] = unconst(config);
	for (size_t i = 1; words[i] != NULL && n < CHILD_WORDS - 1; i++)
		argv[n++] = unconst(words[i]);
	argv[n] = NULL;
}

bool
child_start(const struct children *y, const char *name,
    const char *const *words, pid_t *pid, struct md_error *e)
{
	char program[CHILD_PATH], log[CHILD_PATH], config[CHILD_PATH];
	char *argv[CHILD_WORDS];
	pid_t parent = getpid();
	int fd;

	*pid = 0;
	if (!find_program(y->o, name, program, e))
		return false;
	children_file(y, name, log);
	children_file(y, "config.json", config);
	make_argv(words, config, argv);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return md_fail(e, MD_EIO, "%s: %s", log, strerror(errno));
	*pid = fork();
	if (*pid == 0)
		become(program, argv, y->env, fd, parent);
	(void)close(fd);
	if (*pid > 0)
		return true;
	*pid = 0;
	return md_fail(e, MD_EIO, "%s: cannot be started: %s", name,
	    strerror(errno));
}

bool
child_ended(pid_t pid, int *status)
{
	pid_t got = waitpid(pid, status, WNOHANG);

	return got == pid || (got < 0 && errno == ECHILD);
}

void
child_stop(pid_t *pid)
{
	int status;

	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGTERM);
	for (int i = 0; i < STOP_MS / (NAP_NS / 1000000); i++) {
		if (child_ended(*pid, &status)) {
			*pid = 0;
			return;
		}
		child_poll_wait();
	}
	(void)kill(*pid, SIGKILL);
	while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}

bool
child_fail(const struct children *y, const char *name, const char *what,
    struct md_error *e)
{
	char log[CHILD_PATH], line[256] = "", last[256] = "";
	FILE *f;

	children_file(y, name, log);
	f = fopen(log, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			memcpy(last, line, sizeof(last));
	}
	if (f != NULL)
		(void)fclose(f);
	md_printable(last);
	return md_fail(e, MD_EIO, "the stand-in's %s %s%s%s", name, what,
	    last[0] == '\0' ? "" : ": ", last);
}

bool
child_interrupted(const struct children *y, struct md_error *e)
{
	return y->o->stopped() && !md_fail(e, MD_EINTR, "interrupted");
}

/* -- servers -- */

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
wait_for_port(const struct children *y, const char *name, pid_t *pid,
    const char *file, unsigned *port, struct md_error *e)
{
	int64_t until = md_monotonic_ms() + START_MS;
	int status;

	while (!read_port(file, port)) {
		if (child_interrupted(y, e))
			return false;
		if (child_ended(*pid, &status)) {
			*pid = 0;
			return child_fail(y, name, "ended at once", e);
		}
		if (md_monotonic_ms() > until)
			return child_fail(y, name, "did not start", e);
		child_poll_wait();
	}
	return true;
}

bool
child_serve(const struct children *y, const char *name, const char *const *more,
    pid_t *pid, char url[64], struct md_error *e)
{
	char base[64], file[CHILD_PATH];
	const char *words[CHILD_WORDS] = { name, "--listen", "127.0.0.1:0",
		"--port-file", file };
	size_t n = 5;
	unsigned port = 0;

	(void)snprintf(base, sizeof(base), "%.50s.port", name);
	children_file(y, base, file);
	for (; *more != NULL && n < CHILD_WORDS - 1; more++)
		words[n++] = *more;
	if (!child_start(y, name, words, pid, e) ||
	    !wait_for_port(y, name, pid, file, &port, e))
		return false;
	(void)snprintf(url, 64, "http://127.0.0.1:%u", port);
	return true;
}

/* -- the folder -- */

static bool
make_folder(struct children *y, const char *folder, struct md_error *e)
{
	char config[CHILD_PATH];
	FILE *f;

	if (folder == NULL || folder[0] != '/')
		folder = "/tmp";
	(void)snprintf(y->folder, sizeof(y->folder), "%.800s/%.20s-XXXXXX",
	    folder, y->o->parent);
	if (mkdtemp(y->folder) == NULL) {
		y->folder[0] = '\0';
		return md_fail(e, MD_EIO, "%s: no temporary folder: %s", folder,
		    strerror(errno));
	}
	children_file(y, "config.json", config);
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

bool
children_create(struct children **out, const struct children_options *o,
    struct md_error *e)
{
	struct children *y = calloc(1, sizeof(*y));

	if (y == NULL)
		return md_nomem(e);
	y->o = o;
	if (make_environment(y, o->env)
		? make_folder(y, o->folder, e)
		: md_fail(e, MD_EIO, "the environment is too large")) {
		*out = y;
		return true;
	}
	children_destroy(&y);
	return false;
}

void
children_destroy(struct children **y)
{
	if (*y == NULL)
		return;
	if ((*y)->folder[0] != '\0')
		remove_folder((*y)->folder);
	free(*y);
	*y = NULL;
}
