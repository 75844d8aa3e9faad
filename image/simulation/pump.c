/* The VMM's half of GetQuote in a simulated guest: reports from /dev/tdx_sim_vmm go over a virtio-serial port to the host's quote
 * generation service, as qgs_msg of Intel DCAP after a big-endian length, and quotes come back. Writes a byte to descriptor 3 when
 * it is ready. */
#include "common.h"
#include <arpa/inet.h>

enum { REPORT = 1024, HEADER = 16 };

int main(void) {
  int port = open_port("org.dstack.qgs");
  int device = open("/dev/tdx_sim_vmm", O_RDWR | O_CLOEXEC);
  if (port < 0 || device < 0) {
    perror("pump: no port org.dstack.qgs or no /dev/tdx_sim_vmm");
    return 1;
  }
  (void)!write(3, "", 1);
  close(3);
  static struct {
    uint32_t length; /* big-endian, of what follows */
    uint16_t major, minor;
    uint32_t type, size, error, report_size, id_size;
    uint8_t report[REPORT];
  } request = {0, 1, 0, 0, HEADER + 8 + REPORT, 0, REPORT, 0, {0}};
  request.length = htonl(request.size);
  static struct {
    uint16_t major, minor;
    uint32_t type, size, error, id_size, quote_size;
    uint8_t data[128 * 1024];
  } response;
  for (;;) {
    if (read(device, request.report, REPORT) != REPORT) continue;
    uint32_t length;
    if (transfer(port, &request, sizeof request, 1) || transfer(port, &length, 4, 0)) return 1;
    length = ntohl(length);
    if (length < HEADER + 8 || length > sizeof response || transfer(port, &response, length, 0)) return 1;
    int ok = response.type == 1 && !response.error && HEADER + 8 + (uint64_t)response.id_size + response.quote_size == length;
    /* an empty quote says that the service refused; ENODATA, that the guest no longer waits */
    if (write(device, response.data + (ok ? response.id_size : 0), ok ? response.quote_size : 0) < 0 && errno != ENODATA)
      perror("pump: cannot hand over the quote");
  }
}
