#include "sys/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static bool
find_all(const struct library *l, struct md_error *e)
{
	void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
	const char *why;

	if (handle == NULL) {
		why = dlerror();
		return md_fail(e, l->kind, "%s needs the library %s: %s",
		    l->user, l->file, why != NULL ? why : "not loaded");
	}
	for (size_t i = 0; i < l->n; i++) {
		void *at = dlsym(handle, l->symbols[i].name);

		if (at == NULL)
			return md_fail(e, l->kind,
			    "%s needs a newer library %s: this one has no %s",
			    l->user, l->file, l->symbols[i].name);
		/* POSIX holds that a function's address fits. */
		memcpy(l->symbols[i].pointer, &at, sizeof(at));
	}
	return true;
}

bool
library_load(struct library *l, struct md_error *e)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	bool loaded;

	(void)pthread_mutex_lock(&lock);
	l->loaded = l->loaded || find_all(l, e);
	loaded = l->loaded;
	(void)pthread_mutex_unlock(&lock);
	return loaded;
}
