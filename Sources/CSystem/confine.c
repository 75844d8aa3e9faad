#define _GNU_SOURCE
#include "csystem.h"
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* Direct system calls: the C libraries' functions change the IDs of all threads, which would link in the code for threads. */

static int set_user(unsigned user, unsigned group) {
  if (syscall(SYS_setgroups, 0, 0) || syscall(SYS_setresgid, group, group, group) || syscall(SYS_setresuid, user, user, user)) return -errno;
  return 0;
}

int sys_become(unsigned user) {
  int rc = set_user(user, user);
  if (rc) return rc;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -errno : 0;
}

/* include/uapi/linux/capability.h */
struct capability_header { unsigned version; int pid; };
struct capability_data { unsigned effective, permitted, inheritable; };

/* Keeps only these. Programs executed later get the same ones if they are passed on, else none. */
static int set_capabilities(uint64_t kept, int are_passed_on) {
  struct capability_header header = {0x20080522, 0};
  struct capability_data data[2];
  if (syscall(SYS_capget, &header, data)) return -errno;
  for (int i = 0; i < 2; i++) {
    data[i].permitted &= (unsigned)(kept >> 32 * i);
    data[i].effective = data[i].permitted;
    data[i].inheritable = are_passed_on ? data[i].permitted : 0;
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (syscall(SYS_capset, &header, data)) return -errno;
  for (int i = 0; i < 64; i++) {
    if (data[i / 32].inheritable >> i % 32 & 1) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
  }
  return 0;
}

int sys_keep_capabilities(uint64_t kept, uint64_t bound) {
  int has;
  /* -1: the kernel knows no more of them. To drop one takes 2 us, also if it is gone already, as most are in children. */
  for (int i = 0; (has = prctl(PR_CAPBSET_READ, i, 0, 0, 0)) >= 0; i++) {
    if (has && !(bound >> i & 1)) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
  }
  return set_capabilities(kept, 0);
}

int sys_become_program(unsigned user, unsigned group, uint64_t capabilities) {
  enum { SETGID = 1 << 6, SETUID = 1 << 7, SETPCAP = 1 << 8 };
  int rc = sys_keep_capabilities(capabilities | SETGID | SETUID | SETPCAP, capabilities);
  if (!rc && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)) rc = -errno;
  if (!rc) rc = set_user(user, group);
  if (!rc) rc = set_capabilities(capabilities, 1);
  return rc ? rc : sys_no_new_privileges();
}

int sys_limit_files(uint64_t count) {
  const struct rlimit most = {count, count};
  return prlimit(0, RLIMIT_NOFILE, &most, 0) ? -errno : 0;
}

int sys_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0; }

int sys_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0; }

int sys_yield(void) {
  errno = 0;
  int priority = getpriority(PRIO_PROCESS, 0); /* may be -1 */
  return errno || setpriority(PRIO_PROCESS, 0, priority + 5) ? -errno : 0;
}

int sys_limit_memory(uint64_t size) {
  const struct rlimit most = {size, size};
  return prlimit(0, RLIMIT_AS, &most, 0) ? -errno : 0;
}

/* include/uapi/linux/filter.h, seccomp.h */
struct filter_program { unsigned short count; const void *instructions; };

int sys_filter_calls(const void *instructions, unsigned count) {
  const struct filter_program program = {(unsigned short)count, instructions};
  return prctl(PR_SET_SECCOMP, 2, &program, 0, 0) ? -errno : 0; /* SECCOMP_MODE_FILTER */
}

/* include/uapi/linux/landlock.h */
struct landlock_ruleset { uint64_t files, network, scopes; };
struct landlock_beneath { uint64_t allowed; int parent; } __attribute__((packed));
enum { CREATE_RULESET = 444, ADD_RULE, RESTRICT_SELF };

int sys_landlock_version(void) { return (int)syscall(CREATE_RULESET, 0, 0, 1); }

int sys_landlock(uint64_t files, uint64_t network, uint64_t scopes) {
  const struct landlock_ruleset ruleset = {files, network, scopes};
  /* older kernels accept a longer struct if the fields that they do not know are zero */
  int fd = (int)syscall(CREATE_RULESET, &ruleset, sizeof ruleset, 0);
  return fd < 0 ? -errno : fd;
}

int sys_landlock_allow(int ruleset, const char *path, uint64_t allowed) {
  int fd = sys_open(path, O_PATH, 0);
  if (fd < 0) return fd;
  struct landlock_beneath rule = {allowed, fd};
  if (syscall(ADD_RULE, ruleset, 1, &rule, 0)) {
    /* a file can have only these rights: execute, write, read, truncate, ioctl */
    rule.allowed &= 7 | 1 << 14 | 1 << 15;
    syscall(ADD_RULE, ruleset, 1, &rule, 0);
  }
  close(fd);
  return 0;
}

int sys_landlock_enter(int ruleset) { return syscall(RESTRICT_SELF, ruleset, 0) ? -errno : 0; }
