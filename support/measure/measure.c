/* Measures a running or a starting agent from outside; running.py compiles and calls it.
     measure start COUNT SOCKET COMMAND…       us from vfork and exec to the first answer: the median of COUNT starts
     measure hold COUNT SOCKET                 COUNT connections that have each had an answer; waits for the end of its input
     measure load COUNT SOCKET N METHOD JSON   COUNT requests over N keep-alive connections, each with one under way:
                                               requests/s, and of the answers' times in us the 50th and 99th percentile and the longest.
                                               With - for JSON: GET
     measure beside ROUNDS COUNT N SOCKET…     the same for Version and each of the sockets in turn, ROUNDS times: the most requests/s of each
     measure least ROUNDS COUNT N SOCKET…      the same by a client that does as little as possible: it only reads and writes
   The first two ask for Version. In C because an interpreter's own time and noise are larger than what is measured. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void fail(const char *what) {
  fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* A connection, or -1 while no process listens. */
static int try_connect(const char *path) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof a.sun_path) fail("the socket's path is too long");
  strcpy(a.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (!connect(fd, (struct sockaddr *)&a, sizeof a)) return fd;
  close(fd);
  return -1;
}

struct connection {
  int fd;
  double sent;
  size_t have;
  char reply[65536];
};

static char request[4096] = "";

static void set_request(const char *method, const char *json) {
  int n = !strcmp(json, "-")
          ? snprintf(request, sizeof request, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", method)
          : snprintf(request, sizeof request,
                   "POST /%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", method,
                   strlen(json), json);
  if (n < 0 || (size_t)n >= sizeof request) fail("the request is too long");
}

static void ask(struct connection *c) {
  c->have = 0;
  c->sent = now();
  if (write(c->fd, request, strlen(request)) != (ssize_t)strlen(request)) fail("write");
}

/* Reads once; returns whether the answer is complete. The connection stays open. */
static int answered(struct connection *c) {
  ssize_t n = read(c->fd, c->reply + c->have, sizeof c->reply - 1 - c->have);
  if (n <= 0) fail("no answer");
  c->have += (size_t)n;
  c->reply[c->have] = 0;
  char *end = strstr(c->reply, "\r\n\r\n"), *length = strcasestr(c->reply, "\r\ncontent-length:");
  if (!end || !length || c->have < (size_t)(end + 4 - c->reply) + strtoul(length + 17, 0, 10)) return 0;
  if (strncmp(c->reply, "HTTP/1.1 200 ", 13)) {
    fprintf(stderr, "measure: %.*s\n", (int)c->have, c->reply);
    exit(1);
  }
  return 1;
}

static void ask_all(struct connection *c) {
  ask(c);
  while (!answered(c)) continue;
}

static void ask_and_wait(int fd) {
  static struct connection c;
  c.fd = fd;
  ask_all(&c);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double *for_times(int count) {
  double *times = calloc((size_t)count, sizeof *times);
  if (!times) fail("memory");
  return times;
}

static int start(int count, const char *socket_path, char **command) {
  double *times = for_times(count);
  prctl(PR_SET_TIMERSLACK, 1ul);
  for (int i = 0; i < count; i++) {
    unlink(socket_path);
    double from = now();
    pid_t pid = vfork();
    if (pid < 0) fail("vfork");
    if (!pid) {
      execv(command[0], command);
      _exit(127);
    }
    int fd;
    while ((fd = try_connect(socket_path)) < 0) {
      int status;
      if (now() - from > 5e6 || waitpid(pid, &status, WNOHANG)) {
        errno = 0;
        fail("the agent does not start");
      }
      nanosleep(&(struct timespec){0, 10000}, 0); /* leave the processor to the agent */
    }
    ask_and_wait(fd);
    times[i] = now() - from;
    close(fd);
    kill(pid, SIGTERM);
    waitpid(pid, 0, 0);
  }
  qsort(times, (size_t)count, sizeof *times, ascending);
  printf("%.0f\n", times[count / 2]);
  free(times);
  return 0;
}

static int hold(int count, const char *socket_path) {
  for (int i = 0; i < count; i++) {
    int fd = try_connect(socket_path);
    if (fd < 0) fail("connect");
    ask_and_wait(fd);
  }
  puts("held");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) continue;
  return 0;
}

/* The rate of COUNT requests, in requests/s. `times` gets how long each took. */
static double rate(int count, const char *socket_path, int connections, double *times) {
  static struct connection c[64];
  struct pollfd p[64];
  for (int i = 0; i < connections; i++) {
    if ((c[i].fd = try_connect(socket_path)) < 0) fail("connect");
    p[i] = (struct pollfd){c[i].fd, POLLIN, 0};
  }
  double from = now();
  int sent = 0, done = 0;
  for (; sent < connections && sent < count; sent++) ask(c + sent);
  while (done < count) {
    if (poll(p, (nfds_t)connections, 10000) <= 0) fail("no answer");
    for (int i = 0; i < connections; i++) {
      if (!p[i].revents || !answered(c + i)) continue;
      times[done++] = now() - c[i].sent;
      if (sent++ < count) ask(c + i);
    }
  }
  double took = now() - from;
  for (int i = 0; i < connections; i++) close(p[i].fd);
  return count / took * 1e6;
}

static int load(int count, const char *socket_path, int connections) {
  double *times = for_times(count), result = rate(count, socket_path, connections, times);
  qsort(times, (size_t)count, sizeof *times, ascending);
  printf("%.0f %.1f %.1f %.1f\n", result, times[count / 2], times[count - 1 - count / 100], times[count - 1]);
  free(times);
  return 0;
}

/* The same by the least client: every answer is as long as the first one. */
static double least_rate(int count, const char *socket_path, int connections) {
  static struct connection first;
  static char reply[sizeof first.reply];
  struct pollfd p[64];
  size_t size = strlen(request);
  for (int i = 0; i < connections; i++) {
    if ((first.fd = try_connect(socket_path)) < 0) fail("connect");
    p[i] = (struct pollfd){first.fd, POLLIN, 0};
    ask_all(&first);
  }
  double from = now();
  int sent = 0, done = 0;
  for (; sent < connections; sent++) {
    if (write(p[sent].fd, request, size) != (ssize_t)size) fail("write");
  }
  while (done < count) {
    if (poll(p, (nfds_t)connections, 10000) <= 0) fail("no answer");
    for (int i = 0; i < connections; i++) {
      if (!p[i].revents) continue;
      if (read(p[i].fd, reply, sizeof reply) != (ssize_t)first.have) fail("another answer");
      done++;
      if (sent++ < count && write(p[i].fd, request, size) != (ssize_t)size) fail("write");
    }
  }
  double took = now() - from;
  for (int i = 0; i < connections; i++) close(p[i].fd);
  return count / took * 1e6;
}

static int beside(int is_least, int rounds, int count, int connections, char **sockets, int programs) {
  double best[16] = {0}, *times = for_times(count);
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < programs; i++) {
      double next = is_least ? least_rate(count, sockets[i], connections) : rate(count, sockets[i], connections, times);
      if (next > best[i]) best[i] = next;
    }
  }
  for (int i = 0; i < programs; i++) printf("%.0f ", best[i]);
  puts("");
  free(times);
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  int count = argc > 2 ? atoi(argv[2]) : 0;
  set_request("Version", "{}");
  if (argc > 4 && count > 0 && !strcmp(argv[1], "start")) return start(count, argv[3], argv + 4);
  if (argc == 4 && count > 0 && !strcmp(argv[1], "hold")) return hold(count, argv[3]);
  int connections = argc > 4 ? atoi(argv[4]) : 0, is_possible = count > 0 && connections > 0 && connections <= 64;
  if (argc == 7 && is_possible && !strcmp(argv[1], "load")) {
    set_request(argv[5], argv[6]);
    return load(count, argv[3], connections);
  }
  int is_least = argc > 1 && !strcmp(argv[1], "least"), programs = argc - 5, each = argc > 3 ? atoi(argv[3]) : 0;
  if (is_possible && programs > 0 && programs <= 16 && each > 0 && (is_least || !strcmp(argv[1], "beside")))
    return beside(is_least, count, each, connections, argv + 5, programs);
  fputs("usage: measure start COUNT SOCKET COMMAND… | hold COUNT SOCKET | load COUNT SOCKET N METHOD JSON |\n"
        "       measure beside|least ROUNDS COUNT N SOCKET…\n", stderr);
  return 2;
}
