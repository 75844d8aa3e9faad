/* Measures a running or a starting agent from outside; support/budget.py compiles and calls it.
     measure start COUNT SOCKET COMMAND…    microseconds from vfork and exec to the first response, the median of COUNT starts
     measure hold COUNT SOCKET              COUNT connections that have each had an answer; then waits for the end of its input
   The request is always Version. In C because the interpreter's own start and noise are larger than what is measured. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

/* A connection, or -1 while nobody listens. */
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

/* One request and its answer; the connection stays open. */
static void ask(int fd) {
  static const char request[] = "POST /Version HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  if (write(fd, request, sizeof request - 1) != sizeof request - 1) fail("write");
  char reply[4096];
  size_t have = 0;
  for (;;) {
    ssize_t n = read(fd, reply + have, sizeof reply - 1 - have);
    if (n <= 0) fail("no answer");
    have += (size_t)n;
    reply[have] = 0;
    char *end = strstr(reply, "\r\n\r\n"), *length = strcasestr(reply, "\r\ncontent-length:");
    if (end && length && have >= (size_t)(end + 4 - reply) + strtoul(length + 17, 0, 10)) break;
  }
  if (strncmp(reply, "HTTP/1.1 200 ", 13)) {
    errno = 0;
    fail("the answer is not 200");
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int start(int count, const char *socket_path, char **command) {
  double *times = calloc((size_t)count, sizeof *times);
  if (!times) fail("memory");
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
    ask(fd);
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
    ask(fd);
  }
  puts("held");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) continue;
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  int count = argc > 2 ? atoi(argv[2]) : 0;
  if (argc > 4 && count > 0 && !strcmp(argv[1], "start")) return start(count, argv[3], argv + 4);
  if (argc == 4 && count > 0 && !strcmp(argv[1], "hold")) return hold(count, argv[3]);
  fputs("usage: measure start COUNT SOCKET COMMAND… | measure hold COUNT SOCKET\n", stderr);
  return 2;
}
