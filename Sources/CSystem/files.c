#define _GNU_SOURCE
#include "csystem.h"
#include <dirent.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#ifndef sigev_notify_thread_id /* glibc has no name for it */
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void nothing(int signal) { (void)signal; }

int sys_alarm_start(int64_t milliseconds) {
  /* Without SA_RESTART the call in progress ends with EINTR. The alarm repeats, because the first may come just before that call;
     the handler stays, because the last may come just before the timer is deleted. */
  const struct sigaction action = {.sa_handler = nothing};
  const struct itimerspec times = {
    .it_value = {milliseconds / 1000, milliseconds % 1000 * 1000000},
    .it_interval = {0, 10 * 1000000},
  };
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_signo = SIGALRM;
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
  int timer; /* the C libraries' timer_create would link in the code for threads */
  if (sigaction(SIGALRM, &action, 0) || syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer)) return -errno;
  if (!syscall(SYS_timer_settime, timer, 0, &times, 0)) return timer;
  int e = errno;
  sys_alarm_stop(timer);
  return -e;
}

void sys_alarm_stop(int timer) { syscall(SYS_timer_delete, timer); }

int sys_reserve(int fd, int64_t offset, int64_t size) {
  return fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, size) ? -errno : 0;
}

int sys_list(const char *directory, const char *prefix, void *names, size_t size) {
  DIR *open = opendir(directory);
  if (!open) return -errno;
  size_t used = 0;
  const struct dirent *entry;
  while (errno = 0, (entry = readdir(open))) {
    size_t length = strlen(entry->d_name) + 1;
    if (strncmp(entry->d_name, prefix, strlen(prefix)) || length > size - used) continue;
    memcpy((char *)names + used, entry->d_name, length);
    used += length;
  }
  int failure = errno;
  closedir(open);
  return failure ? -failure : (int)used;
}

int sys_openat(int directory, const char *name, int flags, unsigned mode) {
  /* musl's openat sets O_CLOEXEC once more by fcntl, for kernels before 2.6.23 */
  int fd = (int)syscall(SYS_openat, directory, name, flags | O_CLOEXEC, mode);
  return fd < 0 ? -errno : fd;
}

int sys_mount_input(const char *source, const char *target, const char *type, const char *options) {
  return mount(source, target, type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, options) ? -errno : 0;
}

int sys_unmount(const char *target) { return umount2(target, UMOUNT_NOFOLLOW) ? -errno : 0; }
