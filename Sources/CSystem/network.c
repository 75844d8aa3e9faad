#define _GNU_SOURCE
#include "csystem.h"
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/un.h>

enum { STREAM = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK };

static int failed(int fd) {
  int e = errno;
  if (fd >= 0) close(fd);
  return -e;
}

static int listening(int fd, const void *address, socklen_t size, int backlog) {
  return fd < 0 || bind(fd, address, size) || listen(fd, backlog) ? failed(fd) : fd;
}

static int connecting(int fd, const void *address, socklen_t size) {
  return fd < 0 || (connect(fd, address, size) && errno != EINPROGRESS) ? failed(fd) : fd;
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
  mode_t old = umask(0); /* so that the socket has mode 0777 from the start */
  int fd = listening(socket(AF_UNIX, STREAM, 0), &a, sizeof a, backlog);
  umask(old);
  return fd;
}

int sys_connect_unix(const char *path) {
  struct sockaddr_un a;
  int rc = unix_address(path, &a);
  return rc ? rc : connecting(socket(AF_UNIX, STREAM, 0), &a, sizeof a);
}

int sys_notify(const char *address, const void *message, size_t size) {
  struct sockaddr_un a;
  int rc = unix_address(address, &a);
  if (rc) return rc;
  if (*a.sun_path == '@') *a.sun_path = 0; /* abstract (unix(7)): the length marks the end of the name */
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address));
  if (sendto(fd, message, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&a, length) < 0) rc = -errno;
  close(fd);
  return rc;
}

union inet {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* Fills in an address of 4 or 16 bytes; returns the size of the sockaddr. */
static socklen_t inet_address(const uint8_t *address, size_t size, uint16_t port, union inet *a) {
  memset(a, 0, sizeof *a);
  a->any.sa_family = size == 4 ? AF_INET : AF_INET6;
  a->v4.sin_port = htons(port); /* both have the port at the same offset */
  memcpy(size == 4 ? (void *)&a->v4.sin_addr : (void *)&a->v6.sin6_addr, address, size == 4 ? 4 : 16);
  return size == 4 ? sizeof a->v4 : sizeof a->v6;
}

int sys_listen_inet(const uint8_t *address, size_t size, uint16_t port, int backlog) {
  union inet a;
  socklen_t n = inet_address(address, size, port, &a);
  int fd = socket(a.any.sa_family, STREAM, 0), one = 1;
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  return listening(fd, &a, n, backlog);
}

int sys_connect_inet(const uint8_t *address, size_t size, uint16_t port) {
  union inet a;
  socklen_t n = inet_address(address, size, port, &a);
  return connecting(socket(a.any.sa_family, STREAM, 0), &a, n);
}

/* include/uapi/linux/vm_sockets.h */
struct vsock_address {
  sa_family_t family;
  unsigned short reserved;
  unsigned port, cid;
  unsigned char zero[4];
};

int sys_listen_vsock(unsigned cid, unsigned port, int backlog) {
  const struct vsock_address a = {.family = AF_VSOCK, .port = port, .cid = cid};
  int fd = socket(AF_VSOCK, STREAM, 0);
  return fd < 0 ? -EAFNOSUPPORT : listening(fd, &a, sizeof a, backlog);
}

int sys_connect_vsock(unsigned cid, unsigned port) {
  const struct vsock_address a = {.family = AF_VSOCK, .port = port, .cid = cid};
  return connecting(socket(AF_VSOCK, STREAM, 0), &a, sizeof a);
}

int sys_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? -errno : -error;
}

int sys_accept(int fd) {
  int c = accept4(fd, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return c < 0 ? -errno : c;
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

int sys_inet_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  shutdown(fd, SHUT_WR); /* fails with ENOTCONN, but the socket can no longer send */
  return fd;
}

int sys_inet_addresses(int fd, unsigned char *records, int most) {
  struct ifreq found[64];
  struct ifconf list = {.ifc_len = sizeof found, .ifc_req = found};
  int count = 0;
  if (!ioctl(fd, SIOCGIFCONF, &list)) {
    for (int i = 0; i < list.ifc_len / (int)sizeof *found && count < most; i++, count++, records += 21) {
      memcpy(records, found[i].ifr_name, 16);
      memcpy(records + 16, &((struct sockaddr_in *)&found[i].ifr_addr)->sin_addr, 4);
      /* finds the interface by name and address, and replaces the address with the mask */
      uint32_t mask = 0;
      if (!ioctl(fd, SIOCGIFNETMASK, found + i)) mask = ((struct sockaddr_in *)&found[i].ifr_netmask)->sin_addr.s_addr;
      records[20] = (unsigned char)__builtin_popcount(mask);
    }
  }
  return count;
}

int sys_look_up(const char *name, unsigned char *records, int most) {
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  struct addrinfo *found;
  int count = 0;
  if (getaddrinfo(name, 0, &hints, &found)) return 0;
  for (const struct addrinfo *each = found; each && count < most; each = each->ai_next) {
    const void *v4 = &((struct sockaddr_in *)each->ai_addr)->sin_addr, *v6 = &((struct sockaddr_in6 *)each->ai_addr)->sin6_addr;
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    *records = each->ai_family == AF_INET ? 4 : 16;
    memcpy(records + 1, *records == 4 ? v4 : v6, *records);
    records += 17;
    count++;
  }
  freeaddrinfo(found);
  return count;
}

int sys_power_off(void) {
  /* systemd powers off on SIGRTMIN+4 (systemd(1)). Its C library, glibc, defines SIGRTMIN as 34; ours may differ.
     Any other process 1, such as our own, powers off on SIGTERM. */
  return kill(1, access("/run/systemd/system", F_OK) ? SIGTERM : 34 + 4) ? -errno : 0;
}
