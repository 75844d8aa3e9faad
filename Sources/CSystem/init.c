#define _GNU_SOURCE
#include "csystem.h"
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int sys_mount_system(const char *type, const char *target, const char *options) {
  unsigned long flags = MS_NOSUID;
  if (strcmp(type, "devtmpfs")) flags |= MS_NODEV;
  if (strcmp(type, "tmpfs")) flags |= MS_NOEXEC;
  return mount(type, target, type, flags, options) ? -errno : 0;
}

int sys_own_mounts(void) {
  if (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0)) return -errno;
  return 0;
}

int sys_bind(const char *source, const char *target) { return mount(source, target, 0, MS_BIND, 0) ? -errno : 0; }

int sys_load_module(int fd, const char *parameters, int compressed) {
  return syscall(SYS_finit_module, fd, parameters, compressed ? 4 : 0) ? -errno : 0; /* MODULE_INIT_COMPRESSED_FILE, Linux 5.17 */
}

int sys_reboot(enum sys_ending what) {
  static const int commands[] = {RB_DISABLE_CAD, RB_HALT_SYSTEM, RB_POWER_OFF};
  return reboot(commands[what]) ? -errno : 0;
}

int sys_fork_program(void) {
  pid_t pid = fork();
  if (pid) return pid < 0 ? -errno : pid;
  sigset_t none;
  sigemptyset(&none);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, 0);
  setsid();
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, 0) < 0) _exit(127);
  return 0;
}

static char **pointers(const char *texts) {
  size_t n = 1;
  for (const char *p = texts; *p; p += strlen(p) + 1) n++;
  char **list = calloc(n, sizeof *list), **next = list;
  for (const char *p = texts; list && *p; p += strlen(p) + 1) *next++ = (char *)p;
  return list;
}

int sys_exec(const char *path, const char *arguments, const char *environment, int out, int err) {
  char **a = pointers(arguments), **e = pointers(environment);
  if (!a || !e) return -ENOMEM;
  int told = fcntl(2, F_DUPFD_CLOEXEC, 3); /* why it fails is told where it was told before */
  if (dup2(out, 1) < 0 || dup2(err, 2) < 0) return -errno;
  execve(path, a, e);
  int failure = errno;
  dup2(told, 2);
  return -failure;
}

int sys_reap(int *status) {
  int how;
  pid_t pid = waitpid(-1, &how, WNOHANG);
  if (pid > 0) *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
  return pid < 0 ? -errno : pid;
}

static int inet_call(unsigned long request, void *argument) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int rc = ioctl(fd, request, argument) ? -errno : 0;
  close(fd);
  return rc;
}

static int interface(struct ifreq *request, const char *name) {
  memset(request, 0, sizeof *request);
  if (strlen(name) >= sizeof request->ifr_name) return -ENODEV;
  strcpy(request->ifr_name, name);
  return 0;
}

static void ipv4(struct sockaddr *out, const unsigned char address[4]) {
  struct sockaddr_in a = {.sin_family = AF_INET};
  memcpy(&a.sin_addr, address, 4);
  memcpy(out, &a, sizeof a);
}

int sys_interface_up(const char *name) {
  struct ifreq r;
  int rc = interface(&r, name);
  if (!rc) rc = inet_call(SIOCGIFFLAGS, &r);
  r.ifr_flags |= IFF_UP;
  return rc ? rc : inet_call(SIOCSIFFLAGS, &r);
}

int sys_interface_address(const char *name, const unsigned char address[4], const unsigned char mask[4]) {
  struct ifreq r;
  int rc = interface(&r, name);
  ipv4(&r.ifr_addr, address);
  if (!rc) rc = inet_call(SIOCSIFADDR, &r);
  ipv4(&r.ifr_netmask, mask);
  return rc ? rc : inet_call(SIOCSIFNETMASK, &r);
}

int sys_default_route(const unsigned char gateway[4]) {
  static const unsigned char any[4];
  struct rtentry r;
  memset(&r, 0, sizeof r);
  ipv4(&r.rt_dst, any);
  ipv4(&r.rt_genmask, any);
  ipv4(&r.rt_gateway, gateway);
  r.rt_flags = RTF_UP | RTF_GATEWAY;
  return inet_call(SIOCADDRT, &r);
}
