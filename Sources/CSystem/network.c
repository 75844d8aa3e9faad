#define _GNU_SOURCE
#include "csystem.h"
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

/* include/uapi/linux/vm_sockets.h */
struct vsock_address {
  sa_family_t family;
  unsigned short reserved;
  unsigned port, cid;
  unsigned char zero[4];
};

int sys_listen_vsock(unsigned cid, unsigned port, int backlog) {
  const struct vsock_address address = {.family = AF_VSOCK, .port = port, .cid = cid};
  int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -EAFNOSUPPORT;
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) || listen(fd, backlog)) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}

int sys_connect_vsock(unsigned cid, unsigned port) {
  const struct vsock_address address = {.family = AF_VSOCK, .port = port, .cid = cid};
  int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
    int e = errno;
    close(fd);
    return -e;
  }
  return fd;
}

int sys_inet_addresses(unsigned char *records, int most) {
  struct ifreq found[64];
  struct ifconf list = {.ifc_len = sizeof found, .ifc_req = found};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), count = 0;
  if (fd < 0) return -errno;
  if (!ioctl(fd, SIOCGIFCONF, &list)) {
    for (int i = 0; i < list.ifc_len / (int)sizeof *found && count < most; i++, count++, records += 21) {
      memcpy(records, found[i].ifr_name, 16);
      memcpy(records + 16, &((struct sockaddr_in *)&found[i].ifr_addr)->sin_addr, 4);
      /* asks by name and address, which becomes the mask */
      uint32_t mask = 0;
      if (!ioctl(fd, SIOCGIFNETMASK, found + i)) mask = ((struct sockaddr_in *)&found[i].ifr_netmask)->sin_addr.s_addr;
      records[20] = (unsigned char)__builtin_popcount(mask);
    }
  }
  close(fd);
  return count;
}

int sys_power_off(void) {
  /* systemd's poweroff signal is SIGRTMIN+4 of the C library that it is built with, glibc: ours may count from another number.
     Another process 1, as our own, takes SIGTERM for that. */
  return kill(1, access("/run/systemd/system", F_OK) ? SIGTERM : 34 + 4) ? -errno : 0;
}
