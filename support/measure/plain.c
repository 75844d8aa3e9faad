/* The least that a program can do to answer over a Unix socket: a loop of poll(2) that reads once, looks for the end of the head
   and writes a fixed text. bench.py compiles it and compares the agent with it.
     plain SOCKET TEXT            answers every request with TEXT, until it is killed
     plain SOCKET TEXT filtered   the same under a system call filter, like the agent; the filter allows all its calls */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

/* A filter that refuses only what is never called; as for the agent's lists, the kernel looks calls up in a bitmap. */
static void filter_calls(void) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) fail("filter");
}

/* Returns whether the connection stays open. */
static int answer(int fd, const char *text, size_t size) {
  char request[16 * 1024];
  ssize_t n = read(fd, request, sizeof request);
  if (n <= 0) return 0;
  if (!memmem(request, (size_t)n, "\r\n\r\n", 4)) fail("half a request");
  return write(fd, text, size) == (ssize_t)size;
}

int main(int argc, char **argv) {
  int is_filtered = argc == 4 && !strcmp(argv[3], "filtered");
  if (argc != 3 + is_filtered) {
    fputs("usage: plain SOCKET TEXT [filtered]\n", stderr);
    return 2;
  }
  if (is_filtered) filter_calls();
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
