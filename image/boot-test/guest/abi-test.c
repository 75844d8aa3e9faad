/* What the agent assumes of a TDX guest's kernel (Linux 6.16: ABI/testing/configfs-tsm-report and
 * sysfs-devices-virtual-misc-tdx_guest, linux/tdx-guest.h). The same program for simulated and real guests. It extends RTMR2 and
 * RTMR3. A line for each check on stdout; exit status 1 if one fails. */
#include "common.h"
#include <mbedtls/md.h>

#define REPORTS "/sys/kernel/config/tsm/report"
#define ENTRY REPORTS "/abi-test"
#define MEASUREMENTS "/sys/devices/virtual/misc/tdx_guest/measurements"

enum { DIGEST = 48, QUOTE_LIMIT = 64 * 1024 };
/* offsets in a TDREPORT: report data, hash of TDINFO, TDINFO, and in that RTMR0 */
enum { REPORT_REPORT_DATA = 128, REPORT_INFO_HASH = 80, REPORT_INFO = 512, INFO_RTMR = 208 };
/* offsets in a version 4 quote */
enum { QUOTE_RTMR3 = 48 + 472, QUOTE_REPORT_DATA = 48 + 520 };

static int failures;

static void check(int holds, const char *what) {
  printf("abi  %s  %s%s%s\n", holds ? "ok  " : "FAIL", what, holds ? "" : ": ", holds ? "" : strerror(errno));
  failures += !holds;
}

/* write(2) and close(2); 0, or the errno of the one that failed */
static int write_file(const char *path, const void *data, size_t size) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = write(fd, data, size) == (ssize_t)size ? 0 : errno;
  return close(fd) && !error ? errno : error;
}

static void sha384(const uint8_t *data, size_t size, uint8_t digest[DIGEST]) {
  mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA384), data, size, digest);
}

static const char *register_path(int index) {
  static char path[128];
  snprintf(path, sizeof path, MEASUREMENTS "/rtmr%d:sha384", index);
  return path;
}

static void test_reports(struct report_request *request) {
  uint8_t digest[DIGEST];
  int device = open("/dev/tdx_guest", O_RDWR | O_CLOEXEC);
  check(device >= 0, "/dev/tdx_guest opens");
  for (int i = 0; i < REPORT_DATA; i++) request->report_data[i] = i;
  check(!ioctl(device, GET_REPORT0, request), "the report ioctl");
  close(device);
  check(request->report[0] == 0x81, "the report is TDX's");
  check(!memcmp(request->report + REPORT_REPORT_DATA, request->report_data, REPORT_DATA), "it has the report data");
  sha384(request->report + REPORT_INFO, 512, digest);
  check(!memcmp(request->report + REPORT_INFO_HASH, digest, DIGEST), "it has the hash of TDINFO");
}

static void test_registers(uint8_t rtmr3[DIGEST]) {
  uint8_t both[2 * DIGEST], expected[DIGEST];
  for (int i = 0; i < 4; i++) check(read_file(register_path(i), both, sizeof both) == DIGEST, "a register reads as 48 bytes");
  for (int i = 2; i < 4; i++) {
    read_file(register_path(i), both, DIGEST);
    memset(both + DIGEST, 0xA0 + i, DIGEST);
    sha384(both, sizeof both, expected);
    check(!write_file(register_path(i), both + DIGEST, DIGEST), "a write extends");
    read_file(register_path(i), rtmr3, DIGEST);
    check(!memcmp(rtmr3, expected, DIGEST), "to SHA-384 of the old value and the digest");
    check(write_file(register_path(i), both + DIGEST, DIGEST - 1) == EINVAL, "47 bytes are refused");
    read_file(register_path(i), both, DIGEST);
    check(!memcmp(both, expected, DIGEST), "and extend nothing");
  }
  check(write_file(MEASUREMENTS "/mrtd:sha384", both, DIGEST) != 0, "MRTD cannot be written");
  const char *others[] = {"mrtd:sha384", "mrconfigid", "mrowner", "mrownerconfig"};
  for (int i = 0; i < 4; i++) {
    char path[128];
    snprintf(path, sizeof path, MEASUREMENTS "/%s", others[i]);
    check(read_file(path, both, sizeof both) == DIGEST, others[i]);
  }
  struct report_request request;
  test_reports(&request);
  check(!memcmp(request.report + REPORT_INFO + INFO_RTMR + 3 * DIGEST, rtmr3, DIGEST), "a report has the RTMR3 of sysfs");
}

static long generation(const char *entry) {
  char path[128], text[32] = "";
  snprintf(path, sizeof path, "%s/generation", entry);
  return read_file(path, text, sizeof text - 1) > 0 ? atol(text) : -1;
}

static void test_quotes(const uint8_t rtmr3[DIGEST]) {
  static uint8_t quote[QUOTE_LIMIT], again[QUOTE_LIMIT];
  uint8_t data[REPORT_DATA + 1];
  memset(data, 0xC5, sizeof data);
  check(!mkdir(ENTRY, 0700), "a report entry is made");
  check(read_file(ENTRY "/provider", quote, 64) == 10 && !memcmp(quote, "tdx_guest\n", 10), "the provider is tdx_guest");
  check(generation(ENTRY) == 0, "the generation begins at 0");
  check(read_file(ENTRY "/outblob", quote, sizeof quote) < 0 && errno == EINVAL, "no quote without report data");
  check(write_file(ENTRY "/inblob", data, REPORT_DATA + 1) == EFBIG, "65 bytes of report data are refused");
  check(!write_file(ENTRY "/inblob", data, 32), "32 bytes are taken");
  check(read_file(ENTRY "/outblob", quote, sizeof quote) < 0 && errno == EINVAL, "but give no quote");

  long before = generation(ENTRY);
  int fd = open(ENTRY "/inblob", O_WRONLY | O_CLOEXEC);
  check(write(fd, data, REPORT_DATA) == REPORT_DATA && generation(ENTRY) == before, "a write waits for close");
  close(fd);
  check(generation(ENTRY) == before + 1, "which counts as one");
  ssize_t size = read_file(ENTRY "/outblob", quote, sizeof quote);
  check(size > QUOTE_REPORT_DATA + REPORT_DATA, "there is a quote");
  check(quote[0] == 4 && quote[4] == 0x81, "of version 4, of TDX");
  check(!memcmp(quote + QUOTE_REPORT_DATA, data, REPORT_DATA), "with the report data");
  check(!memcmp(quote + QUOTE_RTMR3, rtmr3, DIGEST), "with the RTMR3 of sysfs");
  check(read_file(ENTRY "/outblob", again, sizeof again) == size && !memcmp(quote, again, size > 0 ? size : 0),
        "reading again gives the same");
  check(!mkdir(REPORTS "/abi-test-2", 0700) && generation(REPORTS "/abi-test-2") == 0, "entries are independent");
  check(!rmdir(REPORTS "/abi-test-2") && !rmdir(ENTRY), "entries are removed");
}

int main(void) {
  uint8_t rtmr3[DIGEST] = {0};
  setvbuf(stdout, NULL, _IOLBF, 0);
  test_registers(rtmr3);
  test_quotes(rtmr3);
  return failures != 0;
}
