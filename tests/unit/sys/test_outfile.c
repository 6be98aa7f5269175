#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/outfile.h"
#include "tap.h"

static char dir[] = "/tmp/test_outfile.XXXXXX", path[64];

static bool
holds(const char *expected)
{
	FILE *f = fopen(path, "r");
	char text[64] = "";

	if (f == NULL)
		return expected == NULL;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return expected != NULL && strcmp(text, expected) == 0;
}

static int
files_in_dir(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	if (d == NULL)
		return -1;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void
whole(void)
{
	struct md_error e = { MD_OK, "" };
	struct outfile o;
	bool gone = true;

	ok(outfile_open(&o, path, &e) && fputs("first", o.f) >= 0 &&
		holds(NULL),
	    "until it is committed the file is not there");
	ok(outfile_commit(&o, &gone, &e) && !gone && holds("first"),
	    "then it is, whole");
	ok(files_in_dir() == 1, "and nothing else is");
	ok(outfile_open(&o, path, &e) && fputs("second", o.f) >= 0 &&
		fflush(o.f) == 0 && holds("first"),
	    "until the next is committed the old one stays");
	ok(outfile_commit(&o, &gone, &e) && holds("second") &&
		files_in_dir() == 1,
	    "then it is replaced");
}

static void
not_at_all(void)
{
	struct md_error e = { MD_OK, "" };
	struct outfile o;
	bool gone;

	ok(outfile_open(&o, path, &e) && fputs("third", o.f) >= 0,
	    "a third is begun");
	outfile_abandon(&o);
	ok(holds("second") && files_in_dir() == 1,
	    "abandoned it leaves the old one and nothing else");
	outfile_abandon(&o);
	ok(holds("second"), "abandoning twice is no harm");
	ok(outfile_open(&o, path, &e) && fputs("fourth", o.f) >= 0 &&
		outfile_commit(&o, &gone, &e),
	    "a fourth is committed");
	outfile_abandon(&o);
	ok(holds("fourth"), "abandoning what was committed is no harm");
}

static mode_t
mode_of(const char *name)
{
	struct stat sb;

	return stat(name, &sb) == 0 ? sb.st_mode & 0777 : 0;
}

static void
modes(void)
{
	struct md_error e = { MD_OK, "" };
	struct outfile o;
	mode_t old = umask(027);
	bool gone, good;

	(void)unlink(path);
	good = outfile_open(&o, path, &e) && outfile_commit(&o, &gone, &e);
	ok(good && mode_of(path) == 0640,
	    "the file has the mode that the umask leaves");
	ok(umask(old) == 027, "and the umask is as it was");
	good = chmod(path, 0604) == 0 && outfile_open(&o, path, &e) &&
	       outfile_commit(&o, &gone, &e);
	ok(good && mode_of(path) == 0604, "one that is there keeps its mode");
}

/* put(NAME, TEXT): written and committed. */
static bool
put(const char *name, const char *text)
{
	struct md_error e = { MD_OK, "" };
	struct outfile o;
	bool gone;

	if (outfile_open(&o, name, &e) && fputs(text, o.f) >= 0 &&
	    outfile_commit(&o, &gone, &e))
		return true;
	printf("# %s\n", e.text);
	return false;
}

static bool
is_link(const char *name)
{
	struct stat sb;

	return lstat(name, &sb) == 0 && S_ISLNK(sb.st_mode);
}

static void
links(void)
{
	char one[96], two[96], other[96];
	struct stat sb;

	(void)snprintf(one, sizeof(one), "%s/one", dir);
	(void)snprintf(two, sizeof(two), "%s/two", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	ok(symlink("two", one) == 0 && symlink(path, two) == 0 &&
		put(one, "linked") && holds("linked") && is_link(one) &&
		is_link(two),
	    "what links lead to is replaced, not they");
	ok(unlink(path) == 0 && put(one, "new") && holds("new") && is_link(two),
	    "or made, where it is not there yet");
	ok(unlink(two) == 0 && symlink("one", two) == 0 && !put(one, "never"),
	    "links in a circle are an error");
	ok(link(path, other) == 0 && put(other, "both") && holds("both") &&
		stat(other, &sb) == 0 && sb.st_nlink == 2,
	    "a file of two names keeps both");
	(void)unlink(one);
	(void)unlink(two);
	(void)unlink(other);
}

static void
failures(void)
{
	struct md_error e = { MD_OK, "" };
	struct outfile o;
	struct stat sb;
	char beneath[96];
	bool gone;
	int null;

	(void)snprintf(beneath, sizeof(beneath), "%s/none/file", dir);
	ok(!outfile_open(&o, beneath, &e) && e.code == MD_EIO &&
		strstr(e.text, beneath) != NULL,
	    "a folder that is not there is an error at once: %s",
	    e.code == MD_EIO ? "it is named" : "");
	ok(!outfile_open(&o, dir, &e) && e.code == MD_EIO &&
		files_in_dir() == 1,
	    "so is a folder as the file");
	ok(outfile_open(&o, "/dev/null", &e) && fputs("x", o.f) >= 0 &&
		outfile_commit(&o, &gone, &e) && !gone &&
		stat("/dev/null", &sb) == 0 && !S_ISREG(sb.st_mode),
	    "a device is written, and not replaced");
	null = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (null < 0) {
		skip("no /dev/full here");
		return;
	}
	(void)outfile_open(&o, path, &e);
	(void)fputs("lost", o.f);
	(void)dup2(null, fileno(o.f));
	(void)close(null);
	ok(!outfile_commit(&o, &gone, &e) && e.code == MD_EIO &&
		strstr(e.text, path) != NULL && files_in_dir() == 1 &&
		holds("both"),
	    "a disk that is full leaves the old file, and nothing else");
}

/* What becomes of a standard output, in a process of its own. */
static int
stdout_to(int fd)
{
	pid_t child;
	int status = 0;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		struct md_error e = { MD_OK, "" };
		struct outfile o;
		bool gone = false;
		int rc = 9;

		(void)signal(SIGPIPE, SIG_IGN);
		(void)dup2(fd, STDOUT_FILENO);
		if (outfile_open(&o, NULL, &e) && o.f == stdout) {
			(void)fputs("text", o.f);
			rc = !outfile_commit(&o, &gone, &e) ? 2 : gone;
		}
		_exit(rc);
	}
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
standard_output(void)
{
	int fds[2], full;
	char text[8] = "";

	if (pipe(fds) != 0) {
		skip("no pipe to be had");
		return;
	}
	ok(stdout_to(fds[1]) == 0 && read(fds[0], text, 7) == 4 &&
		strcmp(text, "text") == 0,
	    "without a path the standard output is written");
	(void)close(fds[0]);
	ok(stdout_to(fds[1]) == 1,
	    "one whose reader has gone is no error, and said");
	(void)close(fds[1]);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (full < 0)
		skip("no /dev/full here");
	else
		ok(stdout_to(full) == 2, "one that is full is an error");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! no folder to write to\n");
		return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	whole();
	not_at_all();
	modes();
	links();
	failures();
	standard_output();
	(void)unlink(path);
	(void)rmdir(dir);
	return done();
}
