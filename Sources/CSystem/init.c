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
  int told = fcntl(2, F_DUPFD_CLOEXEC, 3); /* to report a failure on the old stderr */
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

static const unsigned char any[4];

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
  ipv4(&r.ifr_addr, any);
  if (!rc) rc = inet_call(SIOCSIFADDR, &r); /* removes the old address with its routes, which may not fit the new one */
  if (rc || !memcmp(address, any, sizeof any)) return rc;
  ipv4(&r.ifr_addr, address);
  rc = inet_call(SIOCSIFADDR, &r);
  ipv4(&r.ifr_netmask, mask);
  return rc ? rc : inet_call(SIOCSIFNETMASK, &r);
}

int sys_default_route(const unsigned char gateway[4], const char *name) {
  struct rtentry r;
  memset(&r, 0, sizeof r);
  if (name) {
    ipv4(&r.rt_dst, gateway);
    r.rt_flags = RTF_UP | RTF_HOST;
    r.rt_dev = (char *)name;
    int rc = inet_call(SIOCADDRT, &r);
    if (rc) return rc;
  }
  ipv4(&r.rt_dst, any);
  ipv4(&r.rt_genmask, any);
  ipv4(&r.rt_gateway, gateway);
  r.rt_flags = RTF_UP | RTF_GATEWAY;
  return inet_call(SIOCADDRT, &r);
}

/* include/uapi/linux/filter.h, if_packet.h, if_ether.h */
struct filter_step { uint16_t code; uint8_t yes, no; uint32_t number; };
struct filter { uint16_t count; const struct filter_step *steps; };
struct link_address {
  uint16_t family, protocol;
  int interface;
  uint16_t kind;
  uint8_t packet, size, address[8];
};
enum { IPV4 = 0x0800, CLIENTS_PORT = 68 };

static int with_filter(int fd, const struct filter *filter, const void *address, socklen_t size) {
  if (fd < 0) return -errno;
  int one = 1;
  if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof *filter) &&
      !setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof one) && !bind(fd, address, size)) return fd;
  int e = errno;
  close(fd);
  return -e;
}

int sys_dhcp_socket(const char *name) {
  static const struct filter_step clients[] = {
      {0x30, 0, 0, 23}, {0x15, 0, 6, IPPROTO_UDP}, /* protocol: UDP */
      {0x28, 0, 0, 20}, {0x45, 4, 0, 0x1fff},      /* fragment offset: 0 */
      {0xb1, 0, 0, 14}, {0x48, 0, 0, 16}, {0x15, 0, 1, CLIENTS_PORT}, /* after IPv4's header: destination port */
      {0x06, 0, 0, 0xffff}, {0x06, 0, 0, 0}};
  static const struct filter some = {sizeof clients / sizeof *clients, clients}, none = {1, clients + 8};
  struct ifreq r;
  int rc = interface(&r, name);
  if (!rc) rc = inet_call(SIOCGIFINDEX, &r);
  if (rc) return rc;
  /* a UDP socket that receives nothing and stays open: without it the kernel would answer servers with "port unreachable" */
  const struct sockaddr_in port = {.sin_family = AF_INET, .sin_port = htons(CLIENTS_PORT)};
  with_filter(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), &none, &port, sizeof port);
  const struct link_address link = {.family = AF_PACKET, .protocol = htons(IPV4), .interface = r.ifr_ifindex};
  return with_filter(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), &some, &link, sizeof link);
}

struct netlink_address { /* struct sockaddr_nl of linux/netlink.h */
  unsigned short family, padding;
  uint32_t process, groups;
};

int sys_netlink(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 16 /* NETLINK_GENERIC */);
  return fd < 0 ? -errno : fd;
}

ssize_t sys_netlink_receive(int fd, void *out, size_t n) {
  struct netlink_address from = {.process = 0};
  socklen_t size = sizeof from;
  ssize_t got = recvfrom(fd, out, n, 0, (struct sockaddr *)&from, &size);
  return from.process ? 0 : got;
}

int sys_hardware_address(int fd, void *address) {
  struct link_address link = {.size = 0};
  socklen_t size = sizeof link;
  if (getsockname(fd, (struct sockaddr *)&link, &size)) return -errno;
  if (link.family != AF_PACKET || link.size != 6) return -ENODEV;
  memcpy(address, link.address, 6);
  return 0;
}
