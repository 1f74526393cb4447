#ifndef XEXEC_CURL_LOAD_H
#define XEXEC_CURL_LOAD_H

/* The functions of libcurl that are called, each with the type that the header gives it. */
#include <curl/curl.h>

#define XEXEC_CURL_FUNCTIONS(FUNCTION) \
	FUNCTION(curl_version_info) \
	FUNCTION(curl_easy_init) \
	FUNCTION(curl_easy_cleanup) \
	FUNCTION(curl_easy_setopt) \
	FUNCTION(curl_easy_perform) \
	FUNCTION(curl_easy_strerror) \
	FUNCTION(curl_slist_append) \
	FUNCTION(curl_slist_free_all) \
	FUNCTION(curl_free) \
	FUNCTION(curl_url) \
	FUNCTION(curl_url_cleanup) \
	FUNCTION(curl_url_set) \
	FUNCTION(curl_url_get)

struct xexec_curl {
#define XEXEC_CURL_MEMBER(name) __typeof__(name) *name;
	XEXEC_CURL_FUNCTIONS(XEXEC_CURL_MEMBER)
#undef XEXEC_CURL_MEMBER
};

/* Complete once xexec_curl_load() has returned NULL. */
extern struct xexec_curl xexec_curl;

#endif
