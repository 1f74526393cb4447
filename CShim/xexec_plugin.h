#ifndef XEXEC_PLUGIN_H
#define XEXEC_PLUGIN_H

struct client;
struct module;
struct xexec_modules;

/* The modules that the client's user can run, or NULL if the plugin is not
   loaded for this user. */
const struct xexec_modules *xexec_client_modules(struct client *client);

/* What Dovecot looks for (lib/module-dir.c). Nothing else is exported. */
extern const char *xexec_plugin_version;
void xexec_plugin_init(struct module *module);
void xexec_plugin_deinit(void);

#endif
