/* Dovecot 2.4: xexec NAME { program = ... }, compiled into the plugin and into a
   module for the config process. The two compare the order of the keys: new ones
   go to the end. */

#include "lib.h"
#include "array.h"
#include "settings.h"
#include "xexec_setting_infos.h"

#undef DEF
#define DEF(type, name) \
	SETTING_DEFINE_STRUCT_##type(#name, name, struct xexec_module_settings)

static const struct setting_define xexec_setting_defines[] = {
	{ .type = SET_FILTER_ARRAY, .key = "xexec",
	  .offset = offsetof(struct xexec_settings, xexec),
	  .filter_array_field_name = "xexec_name" },
	SETTING_DEFINE_LIST_END
};

static const struct xexec_settings xexec_default_settings = {
	.xexec = ARRAY_INIT,
};

/* in a block a key may go without its "xexec_" */
static const struct setting_define xexec_module_setting_defines[] = {
	DEF(STR_NOVARS, xexec_name),
	/* variables are expanded by the word when the program is started */
	DEF(STR_NOVARS, xexec_program),
	DEF(TIME_MSECS, xexec_timeout),
	DEF(ENUM, xexec_stdin),
	DEF(SIZE, xexec_max_literal),
	DEF(ENUM, xexec_progress),
	DEF(ENUM, xexec_stderr),
	SETTING_DEFINE_LIST_END
};

static const struct xexec_module_settings xexec_module_default_settings = {
	.xexec_name = "",
	.xexec_program = "",
	.xexec_timeout = 60*1000,
	.xexec_stdin = "prompts:literal",
	.xexec_max_literal = 40*1024*1024,
	.xexec_progress = "code:text:no",
	.xexec_stderr = "client:log",
};

const struct setting_parser_info xexec_setting_parser_info = {
	.name = "xexec",
	.defines = xexec_setting_defines,
	.defaults = &xexec_default_settings,
	.struct_size = sizeof(struct xexec_settings),
	.pool_offset1 = 1 + offsetof(struct xexec_settings, pool),
};

const struct setting_parser_info xexec_module_setting_parser_info = {
	.name = "xexec_module",
	.defines = xexec_module_setting_defines,
	.defaults = &xexec_module_default_settings,
	.struct_size = sizeof(struct xexec_module_settings),
	.pool_offset1 = 1 + offsetof(struct xexec_module_settings, pool),
};

const char *xexec_settings_version = DOVECOT_ABI_VERSION;

const struct setting_parser_info *xexec_settings_set_infos[] = {
	&xexec_setting_parser_info,
	&xexec_module_setting_parser_info,
	NULL
};
