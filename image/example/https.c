/* A page over HTTPS from a confidential machine. Key and certificate come from the agent (GetTlsKey) and never leave the machine's
 * memory; the certificate contains the evidence, so that image/verify can tell which machine answers. One connection at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#define AGENT "/run/dstack.sock"
#define REQUEST "{\"subject\":\"example\",\"usage_server_auth\":true,\"usage_ra_tls\":true}"
#define PAGE "/srv/index.html"
#define PORT "8443"
enum { ANSWER = 256 * 1024, PAGE_LIMIT = 64 * 1024, SECONDS = 5 };

static void fail(const char *what) {
  fprintf(stderr, "example: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* The agent's answer to GetTlsKey, to the end of the connection. */
static char *ask_agent(void) {
  static char answer[ANSWER];
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = AGENT};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail(AGENT);
  dprintf(fd, "POST /GetTlsKey HTTP/1.1\r\nHost: agent\r\nConnection: close\r\nContent-Type: application/json\r\n"
              "Content-Length: %zu\r\n\r\n%s", strlen(REQUEST), REQUEST);
  size_t have = 0;
  ssize_t n;
  while (have < sizeof answer - 1 && (n = read(fd, answer + have, sizeof answer - 1 - have)) > 0) have += n;
  close(fd);
  if (strncmp(answer, "HTTP/1.1 200 ", 13)) {
    fprintf(stderr, "example: the agent answers %.300s\n", answer);
    exit(1);
  }
  return answer;
}

/* Turns the quoted text at `text` into PEM, in place: line ends are written \n, and nothing else is escaped. Returns what follows. */
static char *unquote(char *text, char **pem) {
  if (*text != '"') fail("the agent's answer has an unexpected form");
  char *to = *pem = ++text;
  for (; *text && *text != '"'; text++) *to++ = text[0] == '\\' && text[1] == 'n' ? text++, '\n' : *text;
  if (*text != '"') fail("the agent's answer is truncated");
  *to = 0;
  return text + 1;
}

static void take_key(char *answer, mbedtls_pk_context *key, mbedtls_x509_crt *chain, mbedtls_ctr_drbg_context *random) {
  char *pem, *at = strstr(answer, "\"key\":"), *certificates = strstr(answer, "\"certificate_chain\":[");
  if (!at || !certificates) fail("the agent's answer has no key");
  certificates += strlen("\"certificate_chain\":[");
  do {
    certificates = unquote(certificates, &pem);
    if (mbedtls_x509_crt_parse(chain, (unsigned char *)pem, strlen(pem) + 1)) fail("the certificate");
  } while (*certificates++ == ',');
  unquote(at + strlen("\"key\":"), &pem);
#if MBEDTLS_VERSION_MAJOR >= 3
  int failed = mbedtls_pk_parse_key(key, (unsigned char *)pem, strlen(pem) + 1, NULL, 0, mbedtls_ctr_drbg_random, random);
#else
  (void)random;
  int failed = mbedtls_pk_parse_key(key, (unsigned char *)pem, strlen(pem) + 1, NULL, 0);
#endif
  if (failed) fail("the key");
}

/* Gives the same answer to every request. */
static void answer_one(mbedtls_ssl_context *tls, const char *page, size_t size) {
  unsigned char buffer[4096];
  int n;
  while ((n = mbedtls_ssl_handshake(tls)) == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE) continue;
  if (n || mbedtls_ssl_read(tls, buffer, sizeof buffer) <= 0) return;
  int head = snprintf((char *)buffer, sizeof buffer,
                      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", size);
  mbedtls_ssl_write(tls, buffer, head);
  for (size_t sent = 0; sent < size; sent += n)
    if ((n = mbedtls_ssl_write(tls, (const unsigned char *)page + sent, size - sent)) <= 0) return;
  mbedtls_ssl_close_notify(tls);
}

int main(void) {
  static char page[PAGE_LIMIT];
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_pk_context key;
  mbedtls_x509_crt chain;
  mbedtls_ssl_config settings;
  mbedtls_ssl_context tls;
  mbedtls_net_context listener, client;
  FILE *file = fopen(PAGE, "r");
  if (!file) fail(PAGE);
  size_t size = fread(page, 1, sizeof page, file);
  fclose(file);

  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_pk_init(&key);
  mbedtls_x509_crt_init(&chain);
  mbedtls_ssl_config_init(&settings);
  mbedtls_ssl_init(&tls);
  mbedtls_net_init(&listener);
  mbedtls_net_init(&client);
  if (mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0)) fail("random numbers");
  take_key(ask_agent(), &key, &chain, &random);
  if (mbedtls_ssl_config_defaults(&settings, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT))
    fail("TLS");
  mbedtls_ssl_conf_rng(&settings, mbedtls_ctr_drbg_random, &random);
  mbedtls_ssl_conf_read_timeout(&settings, SECONDS * 1000);
  if (mbedtls_ssl_conf_own_cert(&settings, &chain, &key) || mbedtls_ssl_setup(&tls, &settings)) fail("TLS");
  if (mbedtls_net_bind(&listener, "0.0.0.0", PORT, MBEDTLS_NET_PROTO_TCP)) fail("port " PORT);
  fprintf(stderr, "example: serving on port " PORT "\n");
  for (;;) {
    if (mbedtls_net_accept(&listener, &client, NULL, 0, NULL)) continue;
    mbedtls_ssl_set_bio(&tls, &client, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
    answer_one(&tls, page, size);
    mbedtls_ssl_session_reset(&tls);
    mbedtls_net_free(&client);
  }
}
