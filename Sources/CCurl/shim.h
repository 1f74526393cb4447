/* Makes the system's libcurl a Swift module. Swift cannot call variadic C functions: setting an option is one function
 * here for each type of value. */
#include <curl/curl.h>
#include <locale.h>

static inline CURLcode xexec_curl_set_number(CURL *handle, CURLoption option, long value)
{
	return curl_easy_setopt(handle, option, value);
}

/* libcurl copies the text. */
static inline CURLcode xexec_curl_set_text(CURL *handle, CURLoption option, const char *value)
{
	return curl_easy_setopt(handle, option, value);
}

/* The list has to stay until the transfer is over. */
static inline CURLcode xexec_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value)
{
	return curl_easy_setopt(handle, option, value);
}

/* What the callbacks below get as their context. */
static inline CURLcode xexec_curl_set_context(CURL *handle, CURLoption option, void *value)
{
	return curl_easy_setopt(handle, option, value);
}

static inline CURLcode xexec_curl_set_read(CURL *handle, curl_read_callback callback)
{
	return curl_easy_setopt(handle, CURLOPT_READFUNCTION, callback);
}

static inline CURLcode xexec_curl_set_header(CURL *handle, curl_write_callback callback)
{
	return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
}

static inline CURLcode xexec_curl_set_debug(CURL *handle, curl_debug_callback callback)
{
	return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, callback);
}

static inline CURLcode xexec_curl_set_progress(CURL *handle, curl_xferinfo_callback callback)
{
	return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
}

static inline CURLcode xexec_curl_set_before_request(CURL *handle, curl_prereq_callback callback)
{
	return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}

/* The A-labels of a domain (IDNA): "xn--exmple-cua.com" for "ex\303\244mple.com". NULL if there are none, or libcurl was
 * built without IDN; else to be freed by curl_free(). libcurl reads the domain in the locale's encoding, which is made
 * UTF-8 for this thread and this call alone. */
static inline char *xexec_curl_to_a_labels(const char *domain)
{
	char *labels = NULL;
#ifdef CURLU_PUNYCODE
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	CURLU *url = curl_url();
	if (utf8 != (locale_t)0 && url != NULL) {
		locale_t before = uselocale(utf8);
		if (curl_url_set(url, CURLUPART_HOST, domain, 0) != CURLUE_OK ||
		    curl_url_get(url, CURLUPART_HOST, &labels, CURLU_PUNYCODE) != CURLUE_OK)
			labels = NULL;
		uselocale(before);
	}
	curl_url_cleanup(url);
	if (utf8 != (locale_t)0)
		freelocale(utf8);
#endif
	return labels;
}
