/* Dovecot 2.4: a block for each module, whose values have types. */

#include "dovecot_compat.h"
#include "settings.h"
#include "xexec_core.h"
#include "xexec_setting_infos.h"
#include "xexec_settings.h"

/* Returns FALSE if a value is none: one of the userdb's, since Dovecot has looked
   at those of the configuration. */
static bool xexec_block_read(struct client *client, const char *name,
			     struct xexec_block *block_r)
{
	const struct xexec_module_settings *set;
	const char *error;

	if (settings_get_filter(client->user->event, "xexec", name,
				&xexec_module_setting_parser_info, 0,
				&set, &error) < 0) {
		xexec_bad_setting(client, name, error);
		return FALSE;
	}
	block_r->name = t_strdup(name);
	block_r->program = t_strdup(set->xexec_program);
	block_r->timeout = set->xexec_timeout == SET_TIME_MSECS_INFINITE ?
		0 : set->xexec_timeout;
	block_r->stdin_for = t_strdup(set->xexec_stdin);
	block_r->max_literal = set->xexec_max_literal;
	block_r->progress = t_strdup(set->xexec_progress);
	block_r->stderr_for = t_strdup(set->xexec_stderr);
	settings_free(set);
	return TRUE;
}

struct xexec_modules *xexec_settings_read(struct client *client)
{
	const struct xexec_settings_host host = {
		.context = client,
		.bad_setting = xexec_bad_setting,
		.warn = xexec_warn,
	};
	const struct xexec_settings *set;
	struct xexec_block *blocks = NULL;
	const char *const *names = NULL, *error;
	unsigned int i, names_count = 0, count = 0;

	if (settings_get(client->user->event, &xexec_setting_parser_info, 0,
			 &set, &error) < 0) {
		xexec_bad_setting(client, "xexec", error);
		return xexec_core_modules_new_from_blocks(NULL, 0, &host);
	}
	if (array_is_created(&set->xexec)) {
		names = array_get(&set->xexec, &names_count);
		blocks = t_new(struct xexec_block, names_count + 1);
	}
	for (i = 0; i < names_count; i++) {
		if (xexec_block_read(client, names[i], &blocks[count]))
			count++;
	}
	settings_free(set);
	return xexec_core_modules_new_from_blocks(blocks, count, &host);
}
