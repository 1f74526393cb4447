/* Measures inside a real imap process how long it takes to load a plugin: the
   command

	XBENCHLOAD path name

   loads the plugin as Dovecot does (lib/module-dir.c), unloads it again, and
   answers with the nanoseconds from before dlopen() to the end of
   <name>_plugin_init(). */

#include "imap-common.h"
#include "imap-commands.h"

#include <dlfcn.h>
#include <time.h>

struct module;

extern const char *bench_loader_plugin_version;
void bench_loader_plugin_init(struct module *module);
void bench_loader_plugin_deinit(void);

const char *bench_loader_plugin_version = DOVECOT_ABI_VERSION;

static unsigned long long nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* What dlsym() returns may be a function, by POSIX, but not by C. */
union symbol {
	void *address;
	void (*init)(struct module *module);
	void (*deinit)(void);
};

static union symbol
find_symbol(void *handle, const char *name, const char *what)
{
	union symbol symbol;

	symbol.address =
		dlsym(handle, t_strdup_printf("%s_plugin_%s", name, what));
	return symbol;
}

static bool cmd_load(struct client_command_context *cmd)
{
	const char *path, *name;
	unsigned long long start, end;
	union symbol init, deinit;
	void *handle;

	if (!client_read_string_args(cmd, 2, &path, &name))
		return FALSE;

	start = nanoseconds();
	handle = dlopen(path, RTLD_GLOBAL | RTLD_NOW);
	if (handle == NULL) {
		client_send_tagline(cmd, t_strconcat("NO ", dlerror(), NULL));
		return TRUE;
	}
	init = find_symbol(handle, name, "init");
	deinit = find_symbol(handle, name, "deinit");
	if (init.address == NULL || deinit.address == NULL) {
		client_send_tagline(cmd, "NO It is no plugin of this name.");
		dlclose(handle);
		return TRUE;
	}
	init.init(NULL);
	end = nanoseconds();

	deinit.deinit();
	dlclose(handle);
	client_send_tagline(cmd, t_strdup_printf("OK %llu nanoseconds",
						 end - start));
	return TRUE;
}

void bench_loader_plugin_init(struct module *module ATTR_UNUSED)
{
	command_register("XBENCHLOAD", cmd_load, 0);
}

void bench_loader_plugin_deinit(void)
{
	command_unregister("XBENCHLOAD");
}
