#define _GNU_SOURCE
#include "csystem.h"
#include <arpa/inet.h>
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

int sys_connect_inet(const char *address, uint16_t port) {
  struct sockaddr_in a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  if (inet_pton(AF_INET, address, &a.sin_addr) != 1) return -EINVAL;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (connect(fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}
