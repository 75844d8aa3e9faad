/* Process 1 of a guest with a simulated TDX module (rdinit=/simulation/init): loads the module with the parameters of the command line
 * that begin with `tdx_sim.`, starts the pump, and becomes the image's /init, or the program that `simulation_next=PATH` names. */
#include "common.h"
#include <sys/mount.h>
#include <sys/syscall.h>

static void start_simulator(const char *parameters) {
  int module = open("/simulation/tdx_sim.ko", O_RDONLY | O_CLOEXEC), ready[2];
  if (syscall(SYS_finit_module, module, parameters, 0)) dprintf(2, "simulation: tdx_sim.ko: %m\n");
  close(module);
  char byte;
  if (pipe(ready)) return;
  if (!fork()) {
    dup2(ready[1], 3);
    execl("/simulation/pump", "pump", (char *)NULL);
    _exit(127);
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) != 1) dprintf(2, "simulation: cannot reach the quote service\n");
  close(ready[0]);
}

int main(int argc, char **argv) {
  (void)argc;
  mount("devtmpfs", "/dev", "devtmpfs", 0, "");
  mount("proc", "/proc", "proc", 0, "");
  mount("sysfs", "/sys", "sysfs", 0, "");
  static char command_line[4096], parameters[4096];
  if (read_file("/proc/cmdline", command_line, sizeof command_line - 1) < 0) return 1;
  const char *next = "/init";
  for (char *word = strtok(command_line, " \n"); word; word = strtok(NULL, " \n")) {
    if (!strncmp(word, "tdx_sim.", 8)) strcat(strcat(parameters, word + 8), " ");
    if (!strncmp(word, "simulation_next=", 16)) next = word + 16;
  }
  start_simulator(parameters);
  umount2("/sys", MNT_DETACH);
  umount2("/proc", MNT_DETACH);
  umount2("/dev", MNT_DETACH);
  dprintf(2, "simulation: the kernel is up, and has a simulated TDX module\n");
  argv[0] = (char *)next;
  execv(next, argv);
  dprintf(2, "simulation: %s: %m\n", next);
  return 1;
}
