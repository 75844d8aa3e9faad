/* The tests' probe in a guest: answers the host's requests over the virtio-serial port org.dstack.probe. Frames both ways are channel and
 * length, 32 bits each, little-endian, then the bytes; an empty frame ends the channel. The first frame of a channel is a request:
 *   unix PATH            a connection to a Unix socket
 *   vsock PORT           a connection to a vsock port of this machine, which needs the kernel's loopback transport
 *   read PATH            the content of a file
 *   list PATH            the names in a folder, a line each
 *   stat PATH            its inode and mode in octal, or nothing
 *   kill PID SIGNAL      0 or the errno
 *   memory PID           what a process can read of its own memory; all mappings in a row
 *   table NAME           what the device mapper says about a device, a line each: its table, its status, and what it would measure
 *   report               a TDREPORT */
#include "common.h"
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <linux/dm-ioctl.h>
#include <linux/vm_sockets.h>

enum { CHANNELS = 128, FRAME = 65536 };

static struct pollfd fds[CHANNELS + 1]; /* the port, then the channels' sockets */
static uint32_t ids[CHANNELS + 1];

static void send_frame(uint32_t id, const void *data, uint32_t length) {
  uint32_t head[2] = {id, length};
  if (transfer(fds[0].fd, head, sizeof head, 1) || transfer(fds[0].fd, (void *)data, length, 1)) exit(1);
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
  close(fd);
  return -1;
}

static int connect_vsock(unsigned port) {
  /* no image has the module, because the host is not reached by loopback */
  int module = open("/test/vsock_loopback.ko", O_RDONLY | O_CLOEXEC);
  if (module >= 0) syscall(SYS_finit_module, module, "", 0);
  close(module);
  struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = port};
  int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof address)) return fd;
  close(fd);
  return -1;
}

static void send_file(uint32_t id, const char *path) {
  static char data[FRAME];
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* otherwise /dev/kmsg waits for more */
  ssize_t n;
  while (fd >= 0 && (n = read(fd, data, sizeof data)) > 0) send_frame(id, data, n);
  close(fd);
}

static void send_memory(uint32_t id, const char *pid) {
  static char data[FRAME];
  char path[64], line[600], readable;
  snprintf(path, sizeof path, "/proc/%s/maps", pid);
  FILE *maps = fopen(path, "r");
  snprintf(path, sizeof path, "/proc/%s/mem", pid);
  int memory = open(path, O_RDONLY | O_CLOEXEC);
  for (unsigned long at, end; maps && fgets(line, sizeof line, maps);) {
    ssize_t n = -1;
    if (sscanf(line, "%lx-%lx %c", &at, &end, &readable) != 3 || readable != 'r') continue;
    /* some of the kernel's own pages in it cannot be read this way */
    for (; at < end && (n = pread(memory, data, end - at < FRAME ? end - at : FRAME, at)) > 0; at += n) send_frame(id, data, n);
  }
  if (maps) fclose(maps);
  close(memory);
}

static void send_names(uint32_t id, const char *path) {
  DIR *folder = opendir(path);
  for (struct dirent *each; folder && (each = readdir(folder));) {
    char line[300];
    if (strcmp(each->d_name, ".") && strcmp(each->d_name, ".."))
      send_frame(id, line, snprintf(line, sizeof line, "%s\n", each->d_name));
  }
  if (folder) closedir(folder);
}

static void send_report(uint32_t id) {
  struct report_request request = {0};
  int fd = open("/dev/tdx_guest", O_RDWR | O_CLOEXEC);
  if (!ioctl(fd, GET_REPORT0, &request)) send_frame(id, request.report, sizeof request.report);
  close(fd);
}

static void send_table(uint32_t id, const char *name) {
  static const unsigned kinds[] = {DM_STATUS_TABLE_FLAG, 0, DM_IMA_MEASUREMENT_FLAG};
  static union {
    struct dm_ioctl head;
    char all[4096];
  } table;
  char *text = table.all + sizeof table.head + sizeof(struct dm_target_spec);
  int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  for (int i = 0; i < 3; i++) {
    memset(&table, 0, sizeof table);
    table.head = (struct dm_ioctl){.version = {4}, .data_size = sizeof table, .data_start = sizeof table.head, .flags = kinds[i]};
    strncpy(table.head.name, name, sizeof table.head.name - 1);
    if (!ioctl(fd, DM_TABLE_STATUS, &table)) send_frame(id, text, strlen(strcat(text, "\n")));
  }
  close(fd);
}

/* Answers a request. A connection stays open; every other channel ends at once. */
static void begin(uint32_t id, char *request) {
  char text[64], *verb = strtok(request, " "), *path = strtok(NULL, " "), *number = strtok(NULL, " ");
  struct stat status;
  if (!strcmp(verb, "unix") || !strcmp(verb, "vsock")) {
    int fd = *verb == 'u' ? connect_to(path) : connect_vsock(atoi(path));
    for (int i = 1; fd >= 0 && i <= CHANNELS; i++) {
      if (fds[i].fd >= 0) continue;
      fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
      ids[i] = id;
      return;
    }
    close(fd);
  } else if (!strcmp(verb, "read")) {
    send_file(id, path);
  } else if (!strcmp(verb, "list")) {
    send_names(id, path);
  } else if (!strcmp(verb, "report")) {
    send_report(id);
  } else if (!strcmp(verb, "memory")) {
    send_memory(id, path);
  } else if (!strcmp(verb, "table")) {
    send_table(id, path);
  } else if (!strcmp(verb, "stat") && !stat(path, &status)) {
    send_frame(id, text, snprintf(text, sizeof text, "%lu %o", (unsigned long)status.st_ino, status.st_mode));
  } else if (!strcmp(verb, "kill")) {
    int error = kill(atoi(path), atoi(number)) ? errno : 0;
    send_frame(id, text, snprintf(text, sizeof text, "%d", error));
  }
  send_frame(id, NULL, 0);
}

static void finish(int i) {
  close(fds[i].fd);
  fds[i].fd = -1;
}

static void take_frame(void) {
  static char data[FRAME + 1];
  uint32_t head[2];
  if (transfer(fds[0].fd, head, sizeof head, 0) || head[1] > FRAME || transfer(fds[0].fd, data, head[1], 0)) exit(1);
  data[head[1]] = 0;
  for (int i = 1; i <= CHANNELS; i++) {
    if (fds[i].fd < 0 || ids[i] != head[0]) continue;
    int is_over = !head[1];
    if (!is_over && transfer(fds[i].fd, data, head[1], 1)) send_frame(ids[i], NULL, 0), is_over = 1;
    if (is_over) finish(i);
    return;
  }
  if (head[1]) begin(head[0], data);
}

int main(void) {
  static char data[FRAME];
  signal(SIGPIPE, SIG_IGN);
  fds[0] = (struct pollfd){.fd = open_port("org.dstack.probe"), .events = POLLIN};
  for (int i = 1; i <= CHANNELS; i++) fds[i].fd = -1;
  if (fds[0].fd < 0) {
    dprintf(2, "probe: no port org.dstack.probe\n");
    return 1;
  }
  send_frame(0, "ready", 5);
  while (poll(fds, CHANNELS + 1, -1) > 0) {
    if (fds[0].revents & POLLIN) take_frame();
    else if (fds[0].revents & POLLHUP) return 0;
    for (int i = 1; i <= CHANNELS; i++) {
      if (fds[i].fd < 0 || !fds[i].revents) continue;
      ssize_t n = read(fds[i].fd, data, sizeof data);
      send_frame(ids[i], data, n > 0 ? n : 0);
      if (n <= 0) finish(i);
    }
  }
}
