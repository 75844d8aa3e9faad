#define _GNU_SOURCE
#include "csystem.h"
#include <arpa/inet.h>
#include <link.h>
#include <netinet/in.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

int sys_errno(void) { return errno; }

int sys_open(const char *path, int flags, unsigned mode) {
  int fd = open(path, flags | O_CLOEXEC, mode);
  return fd < 0 ? -errno : fd;
}

void *sys_map(size_t size) {
  void *p = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? 0 : p;
}

int sys_random(void *ctx, unsigned char *out, size_t n) {
  (void)ctx;
  while (n) {
    ssize_t r = getrandom(out, n, 0);
    if (r < 0) {
      if (errno == EINTR) continue;
      return -0x34; /* MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED */
    }
    out += r;
    n -= (size_t)r;
  }
  return 0;
}

static int listening(int fd, const struct sockaddr *a, socklen_t n, int backlog) {
  if (fd < 0) return -errno;
  if (bind(fd, a, n) || listen(fd, backlog)) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}

static int unix_address(const char *path, struct sockaddr_un *a) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof a->sun_path) return -ENAMETOOLONG;
  strcpy(a->sun_path, path);
  return 0;
}

int sys_listen_unix(const char *path, int backlog) {
  struct sockaddr_un a;
  int rc = unix_address(path, &a);
  if (rc) return rc;
  mode_t old = umask(0); /* so that the socket never exists with another mode than 0777 */
  int fd = listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), (struct sockaddr *)&a, sizeof a, backlog);
  umask(old);
  return fd;
}

union inet {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* From 4 or 16 bytes; the size that calls want. */
static socklen_t inet_address(const uint8_t *address, size_t size, uint16_t port, union inet *a) {
  memset(a, 0, sizeof *a);
  a->any.sa_family = size == 4 ? AF_INET : AF_INET6;
  a->v4.sin_port = htons(port); /* both have it at the same place */
  memcpy(size == 4 ? (void *)&a->v4.sin_addr : (void *)&a->v6.sin6_addr, address, size == 4 ? 4 : 16);
  return size == 4 ? sizeof a->v4 : sizeof a->v6;
}

int sys_listen_inet(const uint8_t *address, size_t size, uint16_t port, int backlog) {
  union inet a;
  socklen_t n = inet_address(address, size, port, &a);
  int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  return listening(fd, &a.any, n, backlog);
}

int sys_connect_inet(const uint8_t *address, size_t size, uint16_t port, int is_stream) {
  union inet a;
  socklen_t n = inet_address(address, size, port, &a);
  int fd = socket(a.any.sa_family, (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (connect(fd, &a.any, n) && errno != EINPROGRESS) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}

int sys_accept(int fd) {
  int c = accept4(fd, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return c < 0 ? -errno : c;
}

int sys_connect_unix(const char *path) {
  struct sockaddr_un a;
  int rc = unix_address(path, &a);
  if (rc) return rc;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (connect(fd, (struct sockaddr *)&a, sizeof a)) {
    rc = -errno;
    close(fd);
    return rc;
  }
  return fd;
}

const char *sys_take_variable(const void *name) {
  size_t length = strlen(name);
  for (char **variable = environ; variable && *variable; variable++) {
    char *text = *variable;
    if (strncmp(text, name, length) || text[length] != '=') continue;
    do *variable = variable[1];
    while (*variable++);
    return text + length + 1;
  }
  return 0;
}

int sys_adopt_listener(int fd) {
  int listens = 0, flags = fcntl(fd, F_GETFL);
  socklen_t size = sizeof listens;
  if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size)) return -errno;
  if (!listens) return -EINVAL;
  return fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC) ? -errno : 0;
}

int sys_peer(int fd, unsigned *uid, int *pid) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) return -errno;
  *uid = peer.uid;
  *pid = peer.pid;
  return 0;
}

int sys_notify(const char *address, const void *message, size_t size) {
  struct sockaddr_un a;
  int rc = unix_address(address, &a);
  if (rc) return rc;
  if (*a.sun_path == '@') *a.sun_path = 0; /* abstract: its length says where the name ends */
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address));
  if (sendto(fd, message, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&a, length) < 0) rc = -errno;
  close(fd);
  return rc;
}

__attribute__((noinline)) void sys_wipe_stack(void) {
  unsigned char below[16 * 1024];
  explicit_bzero(below, sizeof below);
}

int sys_signal_fd(int children) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (children) sigaddset(&set, SIGCHLD);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  /* ignored, no child becomes a zombie: waiting for one that hangs in the kernel would hang the loop */
  signal(SIGCHLD, children ? SIG_DFL : SIG_IGN);
  if (sigprocmask(SIG_BLOCK, &set, 0)) return -errno;
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int sys_signal_next(int fd) {
  struct signalfd_siginfo info;
  ssize_t n = read(fd, &info, sizeof info);
  if (n == (ssize_t)sizeof info) return (int)info.ssi_signo;
  return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

int sys_fork_job(int *result) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) return -errno;
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) {
    int e = errno;
    close(ends[0]);
    close(ends[1]);
    return -e;
  }
  if (pid > 0) {
    close(ends[1]);
    *result = ends[0];
    return pid;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1); /* the parent died before the line above */
  sigset_t none;
  sigemptyset(&none);
  signal(SIGHUP, SIG_DFL);
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, 0);
  /* the pipe becomes descriptor 3, blocking, and everything above goes: no client waits for an end of file that a child holds back */
  int out = dup2(ends[1], 3);
  fcntl(out, F_SETFL, fcntl(out, F_GETFL) & ~O_NONBLOCK);
  fcntl(out, F_SETFD, FD_CLOEXEC);
  if (syscall(SYS_close_range, 4u, ~0u, 0u)) { /* before Linux 5.9 */
    struct rlimit most;
    int end = getrlimit(RLIMIT_NOFILE, &most) ? 1024 : (int)most.rlim_cur;
    for (int fd = 4; fd < end; fd++) close(fd);
  }
  *result = out;
  return 0;
}

#ifdef AGENT_STATIC
static int protect_relro(void) {
  const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR), *self = 0, *relro = 0;
  unsigned long n = getauxval(AT_PHNUM), page = getauxval(AT_PAGESZ);
  for (unsigned long i = 0; headers && i < n; i++) {
    if (headers[i].p_type == PT_PHDR) self = headers + i;
    if (headers[i].p_type == PT_GNU_RELRO) relro = headers + i;
  }
  if (!self || !relro) return -ENOENT;
  uintptr_t at = (uintptr_t)headers - self->p_vaddr + relro->p_vaddr, from = at & -page, to = (at + relro->p_memsz) & -page;
  return to > from && mprotect((void *)from, to - from, PROT_READ) ? -errno : 0;
}
#else
static int protect_relro(void) { return 0; }
#endif

int sys_harden(void) {
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return -errno;
  return protect_relro();
}

#ifdef AGENT_MUSL
/* Embedded Swift's hashing seed; musl has no such function */
void arc4random_buf(void *p, size_t n) {
  if (sys_random(0, p, n)) abort();
}
#endif

#ifndef AGENT_COMMIT
#define AGENT_COMMIT "unknown"
#endif
#if defined(AGENT_STATIC) && __has_include(<agent_libraries.h>)
#include <agent_libraries.h> /* AGENT_LIBRARIES, made by support/build-deps.sh */
#else
#define AGENT_LIBRARIES "the distribution's libraries\n"
#endif
const char *sys_commit(void) { return AGENT_COMMIT; }
const char *sys_libraries(void) { return AGENT_LIBRARIES; }
