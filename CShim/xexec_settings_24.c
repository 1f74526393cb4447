/* Dovecot 2.4: a block for each module, xexec NAME { program = ... }, with typed
   values. This file is linked into the plugin, and into a module that tells the
   config process of the settings. Both compare the order of the keys: new ones go
   to the end. */

#include "xexec_shim.h"
#include "settings.h"

struct xexec_settings {
	pool_t pool;
	/* the names of the blocks, in their order */
	ARRAY_TYPE(const_string) xexec;

	/* of one block */
	struct xexec_block block;
};

/* variables are expanded by the word when a program is started. so a program is
   no STR_NOVARS: the config process looks at its variables all the same, but
   does not tell then where they are wrong (config/config-dump-full.c) */
#define XEXEC_SETTINGS_GET_FLAGS SETTINGS_GET_FLAG_NO_EXPAND

#define DEF(type, key, field) \
	SETTING_DEFINE_STRUCT_##type(key, block.field, struct xexec_settings)

/* in a block a key may go without its "xexec_" */
static const struct setting_define xexec_setting_defines[] = {
	{ .type = SET_FILTER_ARRAY, .key = "xexec",
	  .offset = offsetof(struct xexec_settings, xexec),
	  .filter_array_field_name = "xexec_name" },
	DEF(STR_NOVARS, "xexec_name", name),
	DEF(STR, "xexec_program", program),
	DEF(TIME_MSECS, "xexec_timeout", timeout),
	DEF(ENUM, "xexec_stdin", stdin_for),
	DEF(SIZE, "xexec_max_literal", max_literal),
	DEF(ENUM, "xexec_progress", progress),
	DEF(ENUM, "xexec_stderr", stderr_for),
	SETTING_DEFINE_LIST_END
};

static const struct xexec_settings xexec_default_settings = {
	.xexec = ARRAY_INIT,
	.block = {
		.name = "",
		.program = "",
		.timeout = 60*1000,
		.stdin_for = "prompts:literal",
		.max_literal = 40*1024*1024,
		.progress = "code:text:no",
		.stderr_for = "client:log",
	},
};

static const struct setting_parser_info xexec_setting_parser_info = {
	.name = "xexec",
	.defines = xexec_setting_defines,
	.defaults = &xexec_default_settings,
	.struct_size = sizeof(struct xexec_settings),
	.pool_offset1 = 1 + offsetof(struct xexec_settings, pool),
};

/* What the config process looks for (config/config-parser.c). */
extern const char *xexec_settings_version;
extern const struct setting_parser_info *xexec_settings_set_infos[];

const char *xexec_settings_version = DOVECOT_ABI_VERSION;
const struct setting_parser_info *xexec_settings_set_infos[] = {
	&xexec_setting_parser_info,
	NULL
};

static void
xexec_bad_block(void *context, const char *name, const char *reason)
{
	xexec_bad_setting(context, t_strconcat("xexec ", name, NULL), reason);
}

/* The block is freed before the next is read: Dovecot has some kB for each. */
static bool xexec_block_read(struct client *client, const char *name,
			     struct xexec_block *block_r)
{
	const struct xexec_settings *set;
	const char *error;

	if (settings_get_filter(client->user->event, "xexec", name,
				&xexec_setting_parser_info,
				XEXEC_SETTINGS_GET_FLAGS, &set, &error) < 0) {
		/* of the userdb: Dovecot has looked at the configuration's */
		xexec_bad_block(client, name, error);
		return FALSE;
	}
	*block_r = set->block;
	block_r->name = t_strdup(name);
	block_r->program = t_strdup(set->block.program);
	block_r->stdin_for = t_strdup(set->block.stdin_for);
	block_r->progress = t_strdup(set->block.progress);
	block_r->stderr_for = t_strdup(set->block.stderr_for);
	settings_free(set);
	return TRUE;
}

struct xexec_modules *xexec_settings_read(struct client *client)
{
	const ARRAY_TYPE(const_string) *all = &client->set->imap_capability;
	struct xexec_settings_host host = {
		.context = client,
		.bad_setting = xexec_bad_block,
		.warn = xexec_warn,
	};
	const struct xexec_settings *set = NULL;
	struct xexec_block *blocks;
	const char *const *names = NULL, *error;
	unsigned int i, names_count = 0, count = 0;

	if (settings_boollist_is_stopped(all)) {
		host.imap_capability = t_strarray_join(
			settings_boollist_get(all), " ");
	}
	if (settings_get(client->user->event, &xexec_setting_parser_info,
			 XEXEC_SETTINGS_GET_FLAGS, &set, &error) < 0)
		xexec_bad_setting(client, "xexec", error);
	else if (array_is_created(&set->xexec))
		names = array_get(&set->xexec, &names_count);
	blocks = t_new(struct xexec_block, names_count + 1);
	for (i = 0; i < names_count; i++) {
		if (xexec_block_read(client, names[i], &blocks[count]))
			count++;
	}
	settings_free(set);
	return xexec_core_modules_new_from_blocks(blocks, count, &host);
}
