/* Finds a libcurl of this system, and its functions. */
#include "xexec_curl.h"
#include "xexec_curl_load.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* CURLOPT_PROTOCOLS_STR is that new. */
#define MINIMUM_VERSION CURL_VERSION_BITS(7, 85, 0)

/* As distributions call it; Debian has three, which differ in their TLS library. */
static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4" };

struct xexec_curl xexec_curl;

static char faults[1024];

static void add_fault(const char *name, const char *fault)
{
	size_t used = strlen(faults);

	/* dlerror() has the name in its text, or the path */
	snprintf(faults + used, sizeof(faults) - used, "%s%s%s%s", used > 0 ? "; " : "", name != NULL ? name : "",
		 name != NULL ? ": " : "", fault);
}

static bool speaks_smtp(const curl_version_info_data *info)
{
	for (const char *const *protocol = info->protocols; *protocol != NULL; protocol++) {
		if (strcasecmp(*protocol, "smtp") == 0)
			return true;
	}
	return false;
}

static bool take_functions(void *library, const char *name)
{
#define FIND(function) \
	xexec_curl.function = (__typeof__(xexec_curl.function))dlsym(library, #function); \
	if (xexec_curl.function == NULL) { \
		add_fault(NULL, dlerror()); \
		return false; \
	}
	XEXEC_CURL_FUNCTIONS(FIND)
#undef FIND

	const curl_version_info_data *info = xexec_curl.curl_version_info(CURLVERSION_NOW);
	if (info->version_num < MINIMUM_VERSION) {
		add_fault(name, "older than 7.85");
		return false;
	}
	if (!speaks_smtp(info)) {
		add_fault(name, "built without SMTP");
		return false;
	}
	return true;
}

const char *xexec_curl_load(void)
{
	faults[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* not RTLD_NOW: most of what it could call it never does */
		void *library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
		if (library == NULL) {
			add_fault(NULL, dlerror());
			continue;
		}
		if (take_functions(library, names[i]))
			return NULL;
		dlclose(library);
	}
	return faults;
}
