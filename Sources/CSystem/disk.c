#define _GNU_SOURCE
#include "csystem.h"
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

/* include/uapi/linux/dm-ioctl.h, with room for one target and its parameters */
struct mapping {
  unsigned version[3], size, start, targets;
  int opened;
  unsigned flags, event, padding;
  uint64_t device;
  char name[128], uuid[129], rest[7];
  uint64_t first, sectors;
  int status;
  unsigned next;
  char type[16], parameters[200];
};
enum { HEAD = 312, TARGET = 40, CREATE = 3, REMOVE = 4, SUSPEND = 6, LOAD = 9, SECURE_DATA = 1 << 15 };
_Static_assert(sizeof(struct mapping) == HEAD + TARGET + 200 && offsetof(struct mapping, first) == HEAD, "the kernel's layout");

static int control(int fd, unsigned command, struct mapping *mapping, const char *name) {
  mapping->version[0] = 4;
  mapping->size = sizeof *mapping;
  mapping->start = HEAD;
  strcpy(mapping->name, name);
  return ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 0xfd, command, HEAD), mapping) < 0 ? -errno : 0;
}

static int plain(int fd, unsigned command, const char *name, uint64_t *device) {
  struct mapping mapping;
  memset(&mapping, 0, sizeof mapping);
  int rc = control(fd, command, &mapping, name);
  if (device) *device = mapping.device;
  return rc;
}

#define KEY "dstack:disk"

static int map(int fd, const char *name, const char *disk, uint64_t sectors) {
  static const char before[] = "aes-xts-plain64 :64:logon:" KEY " 0 ", behind[] = " 2048 1 sector_size:4096";
  uint64_t device;
  struct mapping load;
  memset(&load, 0, sizeof load);
  if (strlen(disk) + sizeof before + sizeof behind > sizeof load.parameters) return -EINVAL;
  int rc = plain(fd, CREATE, name, &device);
  if (rc) return rc;
  load.flags = SECURE_DATA;
  load.targets = 1;
  load.sectors = sectors;
  load.next = TARGET + sizeof load.parameters;
  strcpy(load.type, "crypt");
  strcpy(load.parameters, before);
  strcat(load.parameters, disk);
  strcat(load.parameters, behind);
  rc = control(fd, LOAD, &load, name);
  if (!rc) rc = plain(fd, SUSPEND, name, 0); /* without DM_SUSPEND_FLAG it resumes */
  if (rc) plain(fd, REMOVE, name, 0);
  return rc ? rc : (int)minor(device);
}

static int control_device(void) {
  int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int sys_encrypt(const char *name, const char *disk, uint64_t sectors, const void *key, size_t size) {
  int fd = control_device();
  if (fd < 0) return fd;
  /* -1 is KEY_SPEC_THREAD_KEYRING: the kernel looks the key up while this thread loads the table */
  long id = syscall(SYS_add_key, "logon", KEY, key, size, -1);
  int rc = id < 0 ? -errno : map(fd, name, disk, sectors);
  if (id >= 0) syscall(SYS_keyctl, 21, id); /* KEYCTL_INVALIDATE */
  close(fd);
  return rc;
}

int sys_unmap(const char *name) {
  int fd = control_device();
  if (fd < 0) return fd;
  int rc = plain(fd, REMOVE, name, 0);
  close(fd);
  return rc;
}

static int resize(const char *target, uint64_t blocks) {
  int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int rc = ioctl(fd, _IOW('f', 16, uint64_t), &blocks) ? -errno : 0; /* EXT4_IOC_RESIZE_FS */
  close(fd);
  return rc;
}

int sys_mount_disk(const char *device, const char *target, uint64_t blocks) {
  int rc = mount(device, target, "ext4", MS_NOSUID | MS_NODEV | MS_NOATIME | (blocks ? 0 : MS_RDONLY), 0) ? -errno : 0;
  if (rc || blocks == UINT64_MAX) return rc;
  if (blocks) rc = resize(target, blocks);
  int end = sys_unmount(target);
  return rc ? rc : end;
}

int sys_read_disk(const char *path, void *data, size_t size, off_t from, size_t *all) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  off_t end = lseek(fd, 0, SEEK_END);
  ssize_t count = end < 0 ? -1 : pread(fd, data, size, from < 0 ? end + from : from);
  int rc = count < 0 ? -errno : (size_t)count < size ? -EIO : 0;
  close(fd);
  *all = (size_t)end;
  return rc;
}

int sys_write_through(const char *path, const unsigned char *data, size_t size, size_t from) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t count = pwrite(fd, data + from, size - from, (off_t)from);
  int rc = count < 0 || fsync(fd) ? -errno : (size_t)count < size - from ? -EIO : 0;
  close(fd);
  return rc;
}
