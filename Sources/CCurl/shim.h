/* Makes the system's libcurl a Swift module. Swift cannot call variadic C functions: setting an option is one function
 * here for each type of value. */
#include <curl/curl.h>

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
