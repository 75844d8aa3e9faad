#define _GNU_SOURCE
#include "csystem.h"
#include <sys/ioctl.h>

/* include/uapi/linux/tdx-guest.h, Linux 6.2; EXTEND exists only in dstack OS 0.5's kernels */
struct report_request { uint8_t data[64], report[1024]; };
struct extend_request { uint8_t digest[48], index; };
#define GET_REPORT0 _IOWR('T', 1, struct report_request)
#define EXTEND _IOR('T', 3, struct extend_request)
_Static_assert(GET_REPORT0 == 0xc4405401 && EXTEND == 0x80315403, "the requests have no padding");

int sys_tdx_report(int fd, const unsigned char data[64], unsigned char report[1024]) {
  struct report_request request;
  memset(&request, 0, sizeof request);
  memcpy(request.data, data, sizeof request.data);
  if (ioctl(fd, GET_REPORT0, &request)) return -errno;
  memcpy(report, request.report, sizeof request.report);
  return 0;
}

int sys_tdx_extend(int fd, const unsigned char digest[48], unsigned index) {
  struct extend_request request = {.index = (uint8_t)index};
  memcpy(request.digest, digest, sizeof request.digest);
  return ioctl(fd, EXTEND, &request) ? -errno : 0;
}
