/* What the programs of the boot tests' overlay share. None of them is in an image. */
#ifndef COMMON_H
#define COMMON_H
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* linux/tdx-guest.h of Linux 6.2, which older headers do not have */
enum { REPORT_DATA = 64 };
struct report_request {
  uint8_t report_data[REPORT_DATA], report[1024];
};
#define GET_REPORT0 _IOWR('T', 1, struct report_request)

/* A file up to `size` bytes, or -1 with errno. */
static inline ssize_t read_file(const char *path, void *data, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t have = 0;
  ssize_t n = 0;
  while (have < size && (n = read(fd, (char *)data + have, size - have)) > 0) have += n;
  int error = errno;
  close(fd);
  errno = error;
  return n < 0 ? -1 : (ssize_t)have;
}

/* All of `size` bytes; 0, or -1 at an error or the end. */
static inline int transfer(int fd, void *data, size_t size, int is_write) {
  for (size_t done = 0; done < size;) {
    ssize_t n = is_write ? write(fd, (char *)data + done, size - done) : read(fd, (char *)data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    done += n;
  }
  return 0;
}

/* Opens the virtio-serial port of that name, which udev would link to; -1 if it does not appear within 5 s. */
static inline int open_port(const char *wanted) {
  for (int tries = 0; tries < 500; tries++, usleep(10000)) {
    DIR *ports = opendir("/sys/class/virtio-ports");
    for (struct dirent *each; ports && (each = readdir(ports));) {
      char path[600], name[100] = "";
      if (*each->d_name == '.') continue;
      snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", each->d_name);
      if (read_file(path, name, sizeof name - 1) < 1) continue;
      name[strcspn(name, "\n")] = 0;
      if (strcmp(name, wanted)) continue;
      snprintf(path, sizeof path, "/dev/%s", each->d_name);
      closedir(ports);
      return open(path, O_RDWR | O_CLOEXEC);
    }
    if (ports) closedir(ports);
  }
  return -1;
}
#endif
