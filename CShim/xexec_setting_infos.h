#ifndef XEXEC_SETTING_INFOS_H
#define XEXEC_SETTING_INFOS_H

/* The settings of Dovecot 2.4, as imap and the config process have to see them
   alike. */

struct xexec_settings {
	pool_t pool;
	/* the blocks' names, in their order */
	ARRAY_TYPE(const_string) xexec;
};

struct xexec_module_settings {
	pool_t pool;
	const char *xexec_name;
	const char *xexec_program;
	unsigned int xexec_timeout;
	const char *xexec_stdin;
	uoff_t xexec_max_literal;
	const char *xexec_progress;
	const char *xexec_stderr;
};

extern const struct setting_parser_info xexec_setting_parser_info;
extern const struct setting_parser_info xexec_module_setting_parser_info;

/* What the config process looks for (config/config-parser.c). */
extern const char *xexec_settings_version;
extern const struct setting_parser_info *xexec_settings_set_infos[];

#endif
