/* Dovecot 2.3: plugin { } has strings, and their keys have numbers. */

#include "xexec_shim.h"

static bool xexec_parse_time(void *context ATTR_UNUSED, const char *value,
			     unsigned int *msecs_r, const char **error_r)
{
	return settings_get_time_msecs(value, msecs_r, error_r) == 0;
}

static bool xexec_parse_size(void *context ATTR_UNUSED, const char *value,
			     uint64_t *size_r, const char **error_r)
{
	return settings_get_size(value, size_r, error_r) == 0;
}

struct xexec_modules *xexec_settings_read(struct client *client)
{
	/* variables are expanded by the word when a program is started, not
	   by the setting now */
	const struct mail_user_settings *set = client->user->unexpanded_set;
	const struct xexec_settings_host host = {
		.context = client,
		.parse_time = xexec_parse_time,
		.parse_size = xexec_parse_size,
		.bad_setting = xexec_bad_setting,
		.warn = xexec_warn,
		.imap_capability = client->set->imap_capability,
	};
	struct xexec_setting *settings;
	unsigned int i, count = 0;
	const char *const *envs = NULL;

	if (array_is_created(&set->plugin_envs))
		envs = array_get(&set->plugin_envs, &count);
	/* keys and values take turns */
	count /= 2;
	settings = t_new(struct xexec_setting, count + 1);
	for (i = 0; i < count; i++) {
		settings[i].key = envs[i*2];
		settings[i].value = envs[i*2 + 1];
	}
	return xexec_core_modules_new(settings, count, &host);
}
