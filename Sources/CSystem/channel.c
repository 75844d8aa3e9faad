#define _GNU_SOURCE
#include "csystem.h"
#include <sys/syscall.h>

int sys_channel(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) ? -errno : 0;
}

union passed {
  struct cmsghdr head;
  char room[CMSG_SPACE(sizeof(int))];
};

int sys_send(int fd, const void *message, size_t size, int passed) {
  struct iovec part = {(void *)message, size};
  struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
  union passed control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  if (passed >= 0) {
    memcpy(CMSG_DATA(&control.head), &passed, sizeof passed);
    whole.msg_control = &control;
    whole.msg_controllen = sizeof control;
  }
  return sendmsg(fd, &whole, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

ssize_t sys_next_size(int fd) { return recv(fd, 0, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT); }

int sys_receive(int fd, void *room, size_t size, int may_pass, int *passed) {
  struct iovec part = {room, size};
  struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
  union passed control;
  *passed = -1;
  if (may_pass) {
    whole.msg_control = &control;
    whole.msg_controllen = sizeof control;
  }
  ssize_t count = recvmsg(fd, &whole, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) return -errno;
  const struct cmsghdr *head = &control.head;
  if (may_pass && whole.msg_controllen >= CMSG_LEN(sizeof(int)) && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
    memcpy(passed, CMSG_DATA(head), sizeof *passed);
  if (!(whole.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) return (int)count;
  if (*passed >= 0) close(*passed);
  return whole.msg_flags & MSG_TRUNC ? -EMSGSIZE : -ETOOMANYREFS;
}

int sys_memory_file(void) {
  int fd = memfd_create("dstack", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd < 0 ? -errno : fd;
}

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

int sys_seal(int fd) { return fcntl(fd, F_ADD_SEALS, SEALS) ? -errno : 0; }

int sys_seal_size(int fd) { return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) ? -errno : 0; }

int sys_is_sealed(int fd) { return fcntl(fd, F_GET_SEALS) == SEALS; }

int sys_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC)) return -errno;
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int sys_process_handle(int pid) {
  int fd = (int)syscall(434, pid, 0); /* pidfd_open, Linux 5.3 */
  return fd < 0 ? -errno : fd;
}

int sys_kill_by_handle(int handle) { return syscall(424, handle, SIGKILL, 0, 0) ? -errno : 0; } /* pidfd_send_signal */

extern const char __ehdr_start[]; /* where this program begins */

/* A child's memory is a copy of its parent's, and a page that the parent writes after the fork is there twice. As this may last for
   minutes, the heap goes first: what a static program maps lies below it, as does the vdso, and the loop uses nothing there. The heap stays
   if the C library keeps errno there, and in the kernel's legacy layout, which maps everything above the program. */
void sys_forward(int from, int to) {
  const uintptr_t end = (uintptr_t)__ehdr_start, size = (uintptr_t)1 << 32;
  if ((uintptr_t)&errno - (end - size) >= size) munmap((void *)(end - size), size);
  struct pollfd ends[] = {{.fd = from, .events = POLLIN}, {.fd = to}};
  while (1) {
    if (poll(ends, 2, -1) < 0 || ends[1].revents) break; /* failure, or nobody reads any more */
    ssize_t count = splice(from, 0, to, 0, 1 << 16, SPLICE_F_MOVE);
    if (count == 0 || (count < 0 && errno != EAGAIN)) break;
  }
  _exit(0);
}
