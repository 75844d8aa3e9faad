#define _GNU_SOURCE
#include "csystem.h"
#include <link.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

int sys_errno(void) { return errno; }

int sys_open(const char *path, int flags, unsigned mode) {
  return sys_openat(AT_FDCWD, path, flags, mode);
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
  /* ignored, so that no child becomes a zombie: waiting for one that hangs in the kernel would hang the loop */
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

int sys_quiet_set(void) {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int sys_quiet_add(int set, int fd, short events) {
  struct epoll_event event = {.events = (uint16_t)events, .data.fd = fd};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

void sys_quiet_change(int set, int fd, short events) {
  struct epoll_event event = {.events = (uint16_t)events, .data.fd = fd};
  epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
}

void sys_quiet_remove(int set, int fd) { epoll_ctl(set, EPOLL_CTL_DEL, fd, 0); }

int sys_quiet_ready(int set, struct pollfd *ready, int most) {
  struct epoll_event events[8];
  int count = epoll_wait(set, events, most < 8 ? most : 8, 0);
  for (int i = 0; i < count; i++) ready[i] = (struct pollfd){.fd = events[i].data.fd, .revents = (short)events[i].events};
  return count;
}

int sys_timer(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

void sys_timer_set(int timer, int64_t time) {
  struct itimerspec end = {.it_value = {.tv_sec = time / 1000, .tv_nsec = time % 1000 * 1000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &end, 0);
}

static void close_from(int first) {
  if (!syscall(SYS_close_range, (unsigned)first, ~0u, 0u)) return;
  struct rlimit most; /* for kernels before Linux 5.9 */
  int end = getrlimit(RLIMIT_NOFILE, &most) ? 1024 : (int)most.rlim_cur;
  for (int fd = first; fd < end; fd++) close(fd);
}

int sys_pass(const int *descriptors, int count) {
  int high[8]; /* copies, above the numbers that are assigned below */
  if (count > 8) return -EINVAL;
  for (int i = 0; i < count; i++) {
    if ((high[i] = fcntl(descriptors[i], F_DUPFD, 3 + count)) < 0) return -errno;
  }
  for (int i = 0; i < count; i++) {
    if (dup2(high[i], 3 + i) < 0) return -errno;
  }
  close_from(3 + count);
  return 0;
}

int sys_fork_worker(int *result, int kept) {
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
  /* the pipe becomes descriptor 3, blocking, and everything above is closed: a child must not keep a client's connection open */
  int high = kept < 0 ? -1 : fcntl(kept, F_DUPFD_CLOEXEC, 16), out = dup2(ends[1], 3);
  fcntl(out, F_SETFL, fcntl(out, F_GETFL) & ~O_NONBLOCK);
  fcntl(out, F_SETFD, FD_CLOEXEC);
  close_from(high < 0 ? 4 : dup2(high, 4) + 1);
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
  if (prlimit(0, RLIMIT_CORE, &none, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return -errno;
  return protect_relro();
}

#ifdef AGENT_MUSL
/* Embedded Swift allocates with this. What malloc returns is aligned to 16 bytes, and Swift asks for no more; musl's own function looks for
   an aligned place in a larger block, and takes twice the time. */
int posix_memalign(void **out, size_t alignment, size_t size) {
  if (alignment > 16) abort();
  return (*out = malloc(size)) ? 0 : ENOMEM;
}

/* Embedded Swift seeds its hashing with this; musl lacks it */
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
