// What Swift cannot reach in <curl/curl.h> by itself: libcurl's options are variadic functions,
// wrapped in macros that check types.
#pragma once
#include <curl/curl.h>
#include <stdbool.h>
#include <sys/socket.h>

static inline CURLcode martlet_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode martlet_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

/// libcurl copies the text.
static inline CURLcode martlet_curl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

/// The list must live as long as the transfer.
static inline CURLcode martlet_curl_set_list(
    CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

typedef size_t (*martlet_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
typedef int (*martlet_curl_seek)(void *context, curl_off_t offset, int origin);
typedef curl_socket_t (*martlet_curl_open_socket)(
    void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*martlet_curl_before_request)(
    void *context, char *peer, char *local, int peer_port, int local_port);

/// All callbacks of a transfer, each with the same context.
static inline void martlet_curl_set_callbacks(
    CURL *easy, void *context, martlet_curl_bytes header, martlet_curl_bytes write,
    martlet_curl_bytes read, martlet_curl_seek seek, martlet_curl_open_socket open_socket,
    martlet_curl_before_request before_request) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, context);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, read);
  curl_easy_setopt(easy, CURLOPT_READDATA, context);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
}

static inline long martlet_curl_get_long(CURL *easy, CURLINFO info) {
  long value = 0;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

static inline curl_off_t martlet_curl_get_size(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

static inline void *martlet_curl_get_context(CURL *easy) {
  char *value = NULL;
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) == CURLE_OK ? value : NULL;
}

static inline const struct sockaddr *martlet_curl_address(struct curl_sockaddr *address) {
  return &address->addr;
}

static const curl_socket_t martlet_curl_no_socket = CURL_SOCKET_BAD;
static const size_t martlet_curl_abort_reading = CURL_READFUNC_ABORT;

static inline CURLMcode martlet_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
