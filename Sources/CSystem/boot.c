#define _GNU_SOURCE
#include "csystem.h"
#include <netinet/in.h>
#include <sys/mount.h>

int sys_openat(int directory, const char *name, int flags, unsigned mode) {
  int fd = openat(directory, name, flags | O_CLOEXEC, mode);
  return fd < 0 ? -errno : fd;
}

int sys_mount_input(const char *source, const char *target, const char *type, const char *options) {
  return mount(source, target, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, options) ? -errno : 0;
}

int sys_unmount(const char *target) { return umount2(target, UMOUNT_NOFOLLOW) ? -errno : 0; }

int sys_connect_inet(const uint8_t *address, size_t size, uint16_t port, int is_stream) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } a;
  memset(&a, 0, sizeof a);
  a.any.sa_family = size == 4 ? AF_INET : AF_INET6;
  a.v4.sin_port = htons(port); /* both have it at the same place */
  memcpy(size == 4 ? (void *)&a.v4.sin_addr : (void *)&a.v6.sin6_addr, address, size == 4 ? 4 : 16);
  int fd = socket(a.any.sa_family, (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (connect(fd, &a.any, size == 4 ? sizeof a.v4 : sizeof a.v6) && errno != EINPROGRESS) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}
