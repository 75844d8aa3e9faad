#define _GNU_SOURCE
#include "csystem.h"
#include <sys/mount.h>

int sys_openat(int directory, const char *name, int flags, unsigned mode) {
  int fd = openat(directory, name, flags | O_CLOEXEC, mode);
  return fd < 0 ? -errno : fd;
}

int sys_mount_input(const char *source, const char *target, const char *type, const char *options) {
  return mount(source, target, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, options) ? -errno : 0;
}

int sys_unmount(const char *target) { return umount2(target, UMOUNT_NOFOLLOW) ? -errno : 0; }
