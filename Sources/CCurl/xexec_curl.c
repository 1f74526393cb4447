/* The calls, handed on to the libcurl that was loaded. */
#include "xexec_curl.h"
#include "xexec_curl_load.h"

#include <locale.h>

/* In brackets, because with gcc the name is a macro as well, which takes only the function itself. */
CURLcode xexec_curl_set_number(CURL *handle, CURLoption option, long value)
{
	return (xexec_curl.curl_easy_setopt)(handle, option, value);
}

CURLcode xexec_curl_set_text(CURL *handle, CURLoption option, const char *value)
{
	return (xexec_curl.curl_easy_setopt)(handle, option, value);
}

CURLcode xexec_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value)
{
	return (xexec_curl.curl_easy_setopt)(handle, option, value);
}

CURLcode xexec_curl_set_context(CURL *handle, CURLoption option, void *value)
{
	return (xexec_curl.curl_easy_setopt)(handle, option, value);
}

CURLcode xexec_curl_set_read(CURL *handle, curl_read_callback callback)
{
	return (xexec_curl.curl_easy_setopt)(handle, CURLOPT_READFUNCTION, callback);
}

CURLcode xexec_curl_set_header(CURL *handle, curl_write_callback callback)
{
	return (xexec_curl.curl_easy_setopt)(handle, CURLOPT_HEADERFUNCTION, callback);
}

CURLcode xexec_curl_set_debug(CURL *handle, curl_debug_callback callback)
{
	return (xexec_curl.curl_easy_setopt)(handle, CURLOPT_DEBUGFUNCTION, callback);
}

CURLcode xexec_curl_set_progress(CURL *handle, curl_xferinfo_callback callback)
{
	return (xexec_curl.curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, callback);
}

CURLcode xexec_curl_set_before_request(CURL *handle, curl_prereq_callback callback)
{
	return (xexec_curl.curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, callback);
}

CURLcode xexec_curl_set_tls(CURL *handle, enum xexec_curl_tls level)
{
	return xexec_curl_set_number(handle, CURLOPT_USE_SSL, (long)level);
}

CURLcode xexec_curl_try_all_recipients(CURL *handle)
{
	return xexec_curl_set_number(handle, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1);
}

CURL *xexec_curl_easy_init(void)
{
	return xexec_curl.curl_easy_init();
}

void xexec_curl_easy_cleanup(CURL *handle)
{
	xexec_curl.curl_easy_cleanup(handle);
}

CURLcode xexec_curl_easy_perform(CURL *handle)
{
	return xexec_curl.curl_easy_perform(handle);
}

const char *xexec_curl_easy_strerror(CURLcode code)
{
	return xexec_curl.curl_easy_strerror(code);
}

struct curl_slist *xexec_curl_slist_append(struct curl_slist *list, const char *text)
{
	return xexec_curl.curl_slist_append(list, text);
}

void xexec_curl_slist_free_all(struct curl_slist *list)
{
	xexec_curl.curl_slist_free_all(list);
}

void xexec_curl_free(void *text)
{
	xexec_curl.curl_free(text);
}

char *xexec_curl_to_a_labels(const char *domain)
{
	char *labels = NULL;
#ifdef CURLU_PUNYCODE
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	CURLU *url = xexec_curl.curl_url();
	if (utf8 != (locale_t)0 && url != NULL) {
		locale_t before = uselocale(utf8);
		if (xexec_curl.curl_url_set(url, CURLUPART_HOST, domain, 0) != CURLUE_OK ||
		    xexec_curl.curl_url_get(url, CURLUPART_HOST, &labels, CURLU_PUNYCODE) != CURLUE_OK)
			labels = NULL;
		uselocale(before);
	}
	xexec_curl.curl_url_cleanup(url);
	if (utf8 != (locale_t)0)
		freelocale(utf8);
#endif
	return labels;
}
