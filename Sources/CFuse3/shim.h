/* libfuse3, and the Linux calls that the TDX simulator needs and Swift cannot import: because they are variadic or cast their
   arguments (marked M), or because the C library has no wrapper or hides it behind _GNU_SOURCE (marked W).
   Functions return -errno on failure. For the simulator only, never in an image. */
#pragma once
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int SIM_CLONE_NEWNS = 0x20000, SIM_CLONE_NEWUSER = 0x10000000;  /* W */

static inline int sim_result(long rc) { return rc < 0 ? -errno : (int)rc; }

/* M */
static inline int sim_open(const char *path, int flags, unsigned mode) { return sim_result(open(path, flags | O_CLOEXEC, mode)); }
static inline int sim_set_nonblocking(int fd) { return sim_result(fcntl(fd, F_SETFL, O_NONBLOCK)); }
/* W */
static inline int sim_unshare(int flags) { return sim_result(syscall(SYS_unshare, flags)); }
static inline int sim_setns(int fd, int kind) { return sim_result(syscall(SYS_setns, fd, kind)); }
static inline int sim_pidfd_open(int pid) { return sim_result(syscall(SYS_pidfd_open, pid, 0)); }
static inline int sim_close_from(int fd) { return sim_result(syscall(SYS_close_range, fd, ~0U, 0)); }
/* W: in the shape of Mbed TLS's f_rng: 0 or -1 */
static inline int sim_random(void *ctx, unsigned char *out, size_t n) {
  (void)ctx;
  for (size_t done = 0; done < n;) {
    long rc = syscall(SYS_getrandom, out + done, n - done, 0);
    if (rc < 0 && errno != EINTR) return -1;
    if (rc > 0) done += (size_t)rc;
  }
  return 0;
}
/* W: poll(2) with nanoseconds, no limit if negative */
extern int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
static inline int sim_poll(struct pollfd *fds, unsigned n, long long nanoseconds) {
  struct timespec t = { nanoseconds / 1000000000, nanoseconds % 1000000000 };
  return sim_result(ppoll(fds, n, nanoseconds < 0 ? NULL : &t, NULL));
}

/* A Unix socket by folder descriptor and name, so that a long path need not fit sun_path's 108 bytes: M */
static inline int sim_unix_socket(int folder, const char *name, int listening) {
  struct sockaddr_un a = { .sun_family = AF_UNIX };
  int n = snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", folder, name);
  if (n < 0 || (size_t)n >= sizeof a.sun_path) return -ENAMETOOLONG;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  struct sockaddr *address = (struct sockaddr *)&a;
  if (listening) unlink(a.sun_path);
  if (listening ? bind(fd, address, sizeof a) || listen(fd, 64) : connect(fd, address, sizeof a)) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}
/* W */
static inline int sim_accept(int fd) { return sim_result(syscall(SYS_accept4, fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }
/* W: the process at the other end */
static inline int sim_peer_pid(int fd) {
  struct { int pid; unsigned uid, gid; } c = { 0 };
  socklen_t n = sizeof c;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) ? -errno : c.pid;
}
/* Makes close(2) reset the connection instead of closing it normally: M */
static inline int sim_reset_on_close(int fd) {
  struct linger l = { 1, 0 };
  return sim_result(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
}
/* M: since libfuse 3.17 */
static inline struct fuse_session *sim_fuse_session(struct fuse_args *args, const struct fuse_lowlevel_ops *ops, void *user) {
  return fuse_session_new(args, ops, sizeof *ops, user);
}
