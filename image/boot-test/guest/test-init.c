/* Process 1 of a boot test, in a simulated guest, after the simulation's own. It becomes /init as the image has it; with `abi_test`
 * on the command line, the test of the kernel's interfaces; with `test_root=DEVICE`, the init of a root file system there, after it
 * has loaded the image's modules; with `firmware_log`, a line with what the firmware has measured into a TPM; with
 * `test_outside=DEVICE`, how cryptsetup, e2fsck and the kernel read a data disk whose key is in /test/key, and how fast it is. */
#include "common.h"
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static void load(const char *path, const char *parameters) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  /* flag 4: the kernel unpacks it */
  if (syscall(SYS_finit_module, fd, parameters, strstr(path, ".xz") ? 4 : 0) && errno != EEXIST)
    dprintf(2, "test-init: %s: %m\n", path);
  close(fd);
}

/* As the image's own /init would, so that the result does not depend on the agent. */
static void load_modules(void) {
  FILE *list = fopen("/etc/dstack/modules", "r");
  char line[600];
  if (!list || chdir("/lib/modules")) return;
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, " \n")] = 0;
    load(line, "");
  }
  fclose(list);
}

static int test_interfaces(void) {
  load_modules();
  mount("configfs", "/sys/kernel/config", "configfs", 0, "");
  if (!fork()) {
    execl("/test/abi-test", "abi-test", (char *)NULL);
    _exit(127);
  }
  int status = 0;
  wait(&status);
  dprintf(1, "abi-test: %s\n", WIFEXITED(status) && !WEXITSTATUS(status) ? "passed" : "failed");
  sync();
  return reboot(RB_POWER_OFF);
}

static int print_firmware_log(void) {
  static unsigned char log[256 * 1024];
  mount("securityfs", "/sys/kernel/security", "securityfs", 0, "");
  ssize_t size = read_file("/sys/kernel/security/tpm0/binary_bios_measurements", log, sizeof log);
  printf("\nfirmware-log ");
  for (ssize_t i = 0; i < size; i++) printf("%02x", log[i]);
  printf("\n");
  fflush(stdout);
  return reboot(RB_POWER_OFF);
}

static int switch_root(const char *device) {
  load_modules();
  const char *moved[] = {"/dev", "/proc", "/sys"};
  mkdir("/root", 0755);
  if (mount(device, "/root", "ext4", 0, "")) dprintf(2, "test-init: %s: %m\n", device);
  for (int i = 0; i < 3; i++) {
    char target[16];
    snprintf(target, sizeof target, "/root%s", moved[i]);
    mount(moved[i], target, NULL, MS_MOVE, NULL);
  }
  if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".")) dprintf(2, "test-init: no root: %m\n");
  execl("/sbin/init", "init", (char *)NULL);
  dprintf(2, "test-init: /sbin/init: %m\n");
  return 1;
}

static int run(const char *const *words) {
  int status = 0;
  fflush(stdout);
  if (!fork()) {
    execv(words[0], (char *const *)words);
    _exit(127);
  }
  wait(&status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* MiB a second, past the page cache; writes back what it has read. */
static double speed(const char *device, int is_write) {
  enum { PART = 1 << 20, PARTS = 32 };
  static unsigned char data[PART] __attribute__((aligned(4096)));
  struct timespec begin, end;
  int fd = open(device, O_RDWR | O_DIRECT | O_CLOEXEC);
  double seconds = 0;
  for (off_t at = 0; at < (off_t)PARTS * PART; at += PART) {
    if (is_write && pread(fd, data, PART, at) != PART) return -1;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if ((is_write ? pwrite(fd, data, PART, at) : pread(fd, data, PART, at)) != PART) return -1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    seconds += (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
  }
  close(fd);
  return PARTS / seconds;
}

static int look_from_outside(const char *disk) {
  static const char mapped[] = "/dev/mapper/outside";
  static char text[64];
  load_modules();
  /* without udev it creates the device node itself */
  setenv("DM_DISABLE_UDEV", "1", 1);
  printf("\ncryptsetup has ended with %d\n", run((const char *const[]){
    "/test/cryptsetup", "open", "--type", "plain", "--cipher", "aes-xts-plain64", "--key-size", "512", "--sector-size", "4096", "--offset",
    "2048", "--key-file", "/test/key", disk, "outside", 0}));
  printf("e2fsck has ended with %d\n", run((const char *const[]){"/test/e2fsck", "-fn", mapped, 0}));
  mkdir("/outside", 0755);
  if (mount(mapped, "/outside", "ext4", MS_RDONLY, "")) printf("mount: %m\n");
  if (read_file("/outside/keeper/count", text, sizeof text - 1) < 0) printf("count: %m\n");
  printf("the program had written %s", text);
  umount("/outside");
  for (int is_write = 0; is_write < 2; is_write++)
    for (int n = 0; n < 2; n++)
      printf("%s %s at %.0f MiB a second\n", n ? "encrypted" : "raw", is_write ? "writes" : "reads", speed(n ? mapped : disk, is_write));
  fflush(stdout);
  return reboot(RB_POWER_OFF);
}

int main(int argc, char **argv) {
  (void)argc;
  mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  mount("proc", "/proc", "proc", 0, "");
  mount("sysfs", "/sys", "sysfs", 0, "");
  static char command_line[4096];
  if (read_file("/proc/cmdline", command_line, sizeof command_line - 1) < 0) return 1;
  int is_abi_test = 0, is_log_wanted = 0;
  const char *root = NULL, *outside = NULL;
  for (char *word = strtok(command_line, " \n"); word; word = strtok(NULL, " \n")) {
    if (!strcmp(word, "abi_test")) is_abi_test = 1;
    if (!strcmp(word, "firmware_log")) is_log_wanted = 1;
    if (!strncmp(word, "test_root=", 10)) root = word + 10;
    if (!strncmp(word, "test_outside=", 13)) outside = word + 13;
  }
  if (is_abi_test) return test_interfaces();
  if (is_log_wanted) return print_firmware_log();
  if (root) return switch_root(root);
  if (outside) return look_from_outside(outside);
  /* in the kernel's log too, to have the time by the same clock as the messages that follow */
  static char message[] = "<7>test-init: starting /init";
  transfer(open("/dev/kmsg", O_WRONLY | O_CLOEXEC), message, sizeof message - 1, 1);
  umount2("/sys", MNT_DETACH);
  umount2("/proc", MNT_DETACH);
  umount2("/dev", MNT_DETACH);
  dprintf(2, "test-init: starting /init\n");
  argv[0] = "/init";
  execv("/init", argv);
  dprintf(2, "test-init: /init: %m\n");
  return 1;
}
