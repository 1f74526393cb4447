/* The University of Washington's c-client, of Alpine and of PHP's imap functions. */
#include "harness.h"

#include <c-client/c-client.h>
#include <c-client/imap4r1.h>
#include <string.h>

/* How c-client sends any command: exported, and in no header. */
typedef struct {
	int type;
	void *text;
} IMAPARG;
typedef struct {
	unsigned char *line, *tag, *key, *text;
} IMAPPARSEDREPLY;
enum { IMAP_ATOM = 0 };
IMAPPARSEDREPLY *imap_send(MAILSTREAM *stream, char *command, IMAPARG *arguments[]);

const char *client_name = "c-client";
static MAILSTREAM *stream;
static const char *login_name, *login_password;
static char last_word[200];
static MAILSTATUS last_status;

const char *client_version(void)
{
	return CCLIENTVERSION;
}

void client_open(int port, const char *user, const char *password)
{
	static int is_linked;
	char name[100];

	if (!is_linked) {
		mail_link(&imapdriver);
		auth_link(&auth_log);
		mail_versioncheck(CCLIENTVERSION);
		mail_parameters(NIL, SET_DISABLEPLAINTEXT, NIL);
		is_linked = 1;
	}
	login_name = user;
	login_password = password;
	snprintf(name, sizeof(name), "{127.0.0.1:%d/imap/notls}INBOX", port);
	stream = mail_open(NIL, name, NIL);
	if (stream == NIL)
		harm("open: %s", last_word);
}

static void send_command(const char *command, const char *words)
{
	IMAPARG argument = { IMAP_ATOM, (void *)words };
	IMAPARG *arguments[] = { &argument, NULL };
	IMAPPARSEDREPLY *reply;

	last_word[0] = '\0';
	reply = imap_send(stream, (char *)command, arguments);
	if (reply == NULL || strcmp((char *)reply->key, "OK") != 0)
		harm("%s: %s %s", command, reply != NULL ? (char *)reply->line : "no reply", last_word);
}

void client_xexec(const char *module, const char *number)
{
	char words[100];

	if (strcmp(module, "prompt") == 0)
		not_applicable("imap_send() takes a continuation request for the end");
	snprintf(words, sizeof(words), "%s %s %08lx", module, number, 0xffffffff & stream->gensym);
	send_command("XEXEC", words);
}

void client_noop(void)
{
	if (!mail_ping(stream))
		harm("NOOP: %s", last_word);
}

void client_look(FILE *out)
{
	memset(&last_status, 0, sizeof(last_status));
	if (!mail_status(stream, stream->mailbox, SA_MESSAGES | SA_UIDNEXT | SA_UIDVALIDITY))
		harm("STATUS: %s", last_word);
	fprintf(out, " status %lu %lu %lu", last_status.messages, last_status.uidnext, last_status.uidvalidity);
	fprintf(out, " messages %lu recent %lu uidvalidity %lu uidlast %lu read-only %u permanent %u%u%u%u%u %lx",
		stream->nmsgs, stream->recent, stream->uid_validity, stream->uid_last, stream->rdonly,
		stream->perm_seen, stream->perm_deleted, stream->perm_flagged, stream->perm_answered,
		stream->perm_draft, stream->perm_user_flags);
	fprintf(out, " keywords %u sticky %u capabilities", stream->kwd_create, !stream->uid_nosticky);
	for (size_t i = 0; i < sizeof(IMAPCAP); i++)
		fprintf(out, "%02x", ((unsigned char *)imap_cap(stream))[i]);
}

void client_abandon(void)
{
	/* What it leaks does not matter, and mail_close() would say LOGOUT and wait. */
	stream = NIL;
}

/* What c-client calls. */

void mm_login(NETMBX *mailbox, char *user, char *password, long trial)
{
	(void)mailbox;
	(void)trial;
	strcpy(user, login_name);
	strcpy(password, login_password);
}

void mm_log(char *text, long level)
{
	if (level == ERROR)
		snprintf(last_word, sizeof(last_word), "%s", text);
}

void mm_fatal(char *text)
{
	harm("fatal: %s", text);
}

void mm_status(MAILSTREAM *of, char *mailbox, MAILSTATUS *status)
{
	(void)of;
	(void)mailbox;
	last_status = *status;
}

void mm_searched(MAILSTREAM *of, unsigned long number) { (void)of, (void)number; }
void mm_exists(MAILSTREAM *of, unsigned long number) { (void)of, (void)number; }
void mm_expunged(MAILSTREAM *of, unsigned long number) { (void)of, (void)number; }
void mm_flags(MAILSTREAM *of, unsigned long number) { (void)of, (void)number; }
void mm_notify(MAILSTREAM *of, char *text, long level) { (void)of, (void)text, (void)level; }
void mm_list(MAILSTREAM *of, int delimiter, char *name, long how) { (void)of, (void)delimiter, (void)name, (void)how; }
void mm_lsub(MAILSTREAM *of, int delimiter, char *name, long how) { (void)of, (void)delimiter, (void)name, (void)how; }
void mm_dlog(char *text) { (void)text; }
void mm_critical(MAILSTREAM *of) { (void)of; }
void mm_nocritical(MAILSTREAM *of) { (void)of; }
long mm_diskerror(MAILSTREAM *of, long error, long serious) { (void)of, (void)error, (void)serious; return 0; }
