#include "sys/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/number.h"

#define ANSWER 160

bool
commit_is_valid(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(s);

	return len > 0 && len < COMMIT_SIZE && strspn(s, letters) == len &&
	       s[0] != '.' && s[0] != '-';
}

/* Keys and passwords of ours are none of git's business. */
static void
make_environment(char *(*from)(const char *), char text[4][1024], char *env[5])
{
	static const char *const names[] = { "PATH", "HOME", "XDG_CONFIG_HOME",
		"GIT_DIR" };
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *v = from(names[i]);
		int len = v == NULL
			      ? -1
			      : snprintf(text[n], 1024, "%s=%s", names[i], v);

		if (len > 0 && len < 1024) {
			env[n] = text[n];
			n++;
		}
	}
	env[n] = NULL;
}

static bool
start_git(char *const *words, char *(*from)(const char *), int to, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	char text[4][1024], *env[5];
	bool good;

	make_environment(from, text, env);
	if (posix_spawn_file_actions_init(&files) != 0)
		return false;
	good = posix_spawn_file_actions_adddup2(&files, to, 1) == 0 &&
	       posix_spawn_file_actions_addopen(&files, 0, "/dev/null",
		   O_RDONLY, 0) == 0 &&
	       posix_spawn_file_actions_addopen(&files, 2, "/dev/null",
		   O_WRONLY, 0) == 0 &&
	       posix_spawnp(pid, "git", &files, NULL, words, env) == 0;
	(void)posix_spawn_file_actions_destroy(&files);
	return good;
}

/* What it prints, all of it read, as much as fits kept. */
static void
read_answer(int fd, char out[ANSWER])
{
	char more[256];
	size_t len = 0;

	for (;;) {
		bool room = len < ANSWER - 1;
		ssize_t n = read(fd, room ? out + len : more,
		    room ? ANSWER - 1 - len : sizeof(more));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (room)
			len += (size_t)n;
	}
	out[len] = '\0';
}

static bool
ask_git(char *const *words, char *(*from)(const char *), char out[ANSWER])
{
	int ends[2], status = -1;
	pid_t pid;
	bool good;

	if (pipe(ends) != 0)
		return false;
	good = fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
	       fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 &&
	       start_git(words, from, ends[1], &pid);
	(void)close(ends[1]);
	if (good) {
		read_answer(ends[0], out);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	(void)close(ends[0]);
	return good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
commit_look(const char *name, char *(*env)(const char *),
    char hash[COMMIT_SIZE], int64_t *ms)
{
	char git[] = "git", log[] = "log", one[] = "-1", end[] = "--",
	     plain[] = "--no-show-signature", format[] = "--format=%H %ct",
	     what[COMMIT_SIZE + 16];
	char *const words[] = { git, log, one, plain, format, what, end, NULL };
	char answer[ANSWER], *blank;
	int64_t seconds;

	(void)snprintf(what, sizeof(what), "%s^{commit}",
	    name == NULL ? "HEAD" : name);
	if (!ask_git(words, env, answer))
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	blank = strchr(answer, ' ');
	if (blank == NULL)
		return false;
	*blank = '\0';
	if (!number_parse_int(blank + 1, 0, INT64_MAX / 1000, &seconds) ||
	    !commit_is_valid(answer))
		return false;
	if (hash != NULL)
		memcpy(hash, answer, strlen(answer) + 1);
	*ms = seconds * 1000;
	return true;
}
