/* The least that a program can do to answer over a Unix socket: a loop of poll(2) that reads once, looks for the end of the head
   and writes a fixed text. bench.py compiles it and sets the agent beside it.
     plain SOCKET TEXT      answers every request with TEXT, until it is killed */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS = 64 };

static void fail(const char *what) {
  fprintf(stderr, "plain: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int listen_at(const char *path) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof a.sun_path) fail("the socket's path is too long");
  strcpy(a.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, CONNECTIONS)) fail("listen");
  return fd;
}

/* Whether it stays open. */
static int answer(int fd, const char *text, size_t size) {
  char request[16 * 1024];
  ssize_t n = read(fd, request, sizeof request);
  if (n <= 0) return 0;
  if (!memmem(request, (size_t)n, "\r\n\r\n", 4)) fail("half a request");
  return write(fd, text, size) == (ssize_t)size;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fputs("usage: plain SOCKET TEXT\n", stderr);
    return 2;
  }
  size_t size = strlen(argv[2]);
  struct pollfd p[1 + CONNECTIONS] = {{.fd = listen_at(argv[1]), .events = POLLIN}};
  nfds_t count = 1;
  for (;;) {
    if (poll(p, count, -1) < 0) fail("poll");
    for (nfds_t i = count; i-- > 1;) {
      if (!p[i].revents || answer(p[i].fd, argv[2], size)) continue;
      close(p[i].fd);
      p[i] = p[--count];
    }
    if (!p[0].revents || count > CONNECTIONS) continue;
    int fd = accept4(p[0].fd, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) p[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
  }
}
