/* libetpan's low-level IMAP, of Claws Mail and of mailcore2. */
#include "harness.h"

#include <libetpan/libetpan.h>
#include <string.h>
#include <unistd.h>

const char *client_name = "libetpan";
static mailimap *imap;

const char *client_version(void)
{
	static char version[32];

	snprintf(version, sizeof(version), "%d.%d", libetpan_get_version_major(), libetpan_get_version_minor());
	return version;
}

static void expect(int result, const char *what)
{
	if (result != MAILIMAP_NO_ERROR && result != MAILIMAP_NO_ERROR_AUTHENTICATED &&
	    result != MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		harm("%s: error %d, %s", what, result, imap->imap_response != NULL ? imap->imap_response : "");
}

void client_open(int port, const char *user, const char *password)
{
	imap = mailimap_new(0, NULL);
	expect(mailimap_socket_connect(imap, "127.0.0.1", (uint16_t)port), "connect");
	expect(mailimap_login(imap, user, password), "LOGIN");
	expect(mailimap_select(imap, "INBOX"), "SELECT");
}

void client_xexec(const char *module, const char *number)
{
	char command[128];

	/* It has no continuation request but a literal's. */
	if (strcmp(module, "prompt") == 0)
		not_applicable("mailimap_custom_command() takes no continuation request");
	snprintf(command, sizeof(command), "XEXEC %s %s %d", module, number, imap->imap_tag + 1);
	expect(mailimap_custom_command(imap, command), "XEXEC");
}

void client_noop(void)
{
	expect(mailimap_noop(imap), "NOOP");
}

static void look_at_status(FILE *out)
{
	struct mailimap_status_att_list *attributes = mailimap_status_att_list_new_empty();
	struct mailimap_mailbox_data_status *status;

	mailimap_status_att_list_add(attributes, MAILIMAP_STATUS_ATT_MESSAGES);
	mailimap_status_att_list_add(attributes, MAILIMAP_STATUS_ATT_UIDNEXT);
	mailimap_status_att_list_add(attributes, MAILIMAP_STATUS_ATT_UIDVALIDITY);
	expect(mailimap_status(imap, "INBOX", attributes, &status), "STATUS");
	for (clistiter *i = clist_begin(status->st_info_list); i != NULL; i = clist_next(i)) {
		struct mailimap_status_info *info = clist_content(i);
		fprintf(out, " status %d %u", info->st_att, info->st_value);
	}
	mailimap_mailbox_data_status_free(status);
	mailimap_status_att_list_free(attributes);
}

void client_look(FILE *out)
{
	struct mailimap_selection_info *box = imap->imap_selection_info;
	struct mailimap_connection_info *connection = imap->imap_connection_info;

	look_at_status(out);
	fprintf(out, " state %d", imap->imap_state);
	if (box == NULL)
		harm("it has forgotten the mailbox");
	fprintf(out, " uidvalidity %u uidnext %u perm %d permanentflags %d flags %d exists %u recent %u unseen %u",
		box->sel_uidvalidity, box->sel_uidnext, box->sel_perm,
		box->sel_perm_flags != NULL ? clist_count(box->sel_perm_flags) : -1,
		box->sel_flags != NULL ? clist_count(box->sel_flags->fl_list) : -1,
		box->sel_exists, box->sel_recent, box->sel_first_unseen);
	fprintf(out, " capabilities %d", connection->imap_capability != NULL ?
		clist_count(connection->imap_capability->cap_list) : -1);
}

void client_abandon(void)
{
	/* mailimap_free() would say LOGOUT, and wait. */
	if (imap->imap_stream != NULL)
		close(mailstream_low_get_fd(mailstream_get_low(imap->imap_stream)));
}
