#ifndef XEXEC_CURL_H
#define XEXEC_CURL_H

/* libcurl, as far as it is used. It is loaded when it is wanted and not when the program starts: it brings some thirty
 * libraries along, for which programs would pay that send nothing.
 *
 * Any libcurl of the same ABI will do, whichever TLS library it has. Types and numbers are those of its header. */
#include <curl/curl.h>

/* Loads libcurl. Nothing else of this header may be called before.
 *
 * Returns NULL, or why there is none that can be used: a text that stays until the next call. */
const char *xexec_curl_load(void);

/* Swift cannot call variadic C functions: setting an option is one function for each type of value. */
CURLcode xexec_curl_set_number(CURL *handle, CURLoption option, long value);
/* libcurl copies the text. */
CURLcode xexec_curl_set_text(CURL *handle, CURLoption option, const char *value);
/* The list has to stay until the transfer is over. */
CURLcode xexec_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
/* What the callbacks below get as their context. */
CURLcode xexec_curl_set_context(CURL *handle, CURLoption option, void *value);
CURLcode xexec_curl_set_read(CURL *handle, curl_read_callback callback);
CURLcode xexec_curl_set_header(CURL *handle, curl_write_callback callback);
CURLcode xexec_curl_set_debug(CURL *handle, curl_debug_callback callback);
CURLcode xexec_curl_set_progress(CURL *handle, curl_xferinfo_callback callback);
CURLcode xexec_curl_set_before_request(CURL *handle, curl_prereq_callback callback);

/* What Swift sees differently in headers before and after 8.14, if at all: names of an enum or numbers, a macro. */
enum xexec_curl_tls {
	XEXEC_CURL_TLS_NONE = CURLUSESSL_NONE,
	XEXEC_CURL_TLS_TRY = CURLUSESSL_TRY,
	XEXEC_CURL_TLS_ALL = CURLUSESSL_ALL,
};
CURLcode xexec_curl_set_tls(CURL *handle, enum xexec_curl_tls level);
/* All recipients are tried, whichever are refused. */
CURLcode xexec_curl_try_all_recipients(CURL *handle);

/* As the functions of libcurl that are called so. */
CURL *xexec_curl_easy_init(void);
void xexec_curl_easy_cleanup(CURL *handle);
CURLcode xexec_curl_easy_perform(CURL *handle);
const char *xexec_curl_easy_strerror(CURLcode code);
struct curl_slist *xexec_curl_slist_append(struct curl_slist *list, const char *text);
void xexec_curl_slist_free_all(struct curl_slist *list);
void xexec_curl_free(void *text);

/* The A-labels of a domain (IDNA): "xn--exmple-cua.com" for "ex\303\244mple.com". NULL if there are none, or libcurl was
 * built without IDN; else to be freed by xexec_curl_free(). libcurl reads the domain in the locale's encoding, which is
 * made UTF-8 for this thread and this call alone. */
char *xexec_curl_to_a_labels(const char *domain);

#endif
