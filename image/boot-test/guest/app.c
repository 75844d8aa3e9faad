/* One of the operator's programs. It reports on the console what it is, and tries what it must not be able to do. `app tells`: where it
 * runs and as which user. `app tries`: a line for each attempt, with its result. `app exits N`. `app grows`: takes memory until it is stopped.
 * `app daemon`: leaves a child running, and ends. `app keeps`: counts in its folder how often it has been started. `app fills`: writes
 * there until there is no room. `app beats`: adds a byte to a file there ten times a second, and ignores SIGTERM.
 * `app floods`: writes lines without end. `app counts`: a line to stdout and one to stderr ten times a second. */
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>

static void say(const char *what, int result) {
  printf("app %s: %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
  fflush(stdout);
}

static void field(const char *file, const char *name) {
  static char line[4096];
  FILE *in = fopen(file, "r");
  while (in && fgets(line, sizeof line, in)) {
    if (strncmp(line, name, strlen(name))) continue;
    line[strcspn(line, "\n")] = 0;
    printf("app %s %s\n", file, line);
  }
  if (in) fclose(in);
}

static int dial(const char *path) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  strcpy(a.sun_path, path);
  return connect(fd, (struct sockaddr *)&a, sizeof a);
}

static int listen_on(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  return bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1) ? -1 : 0;
}

/* The agent is the child of process 1 that has these sockets. */
static int find(const char *command) {
  char path[64], text[64];
  for (int pid = 2; pid < 4096; pid++) {
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    int fd = open(path, O_RDONLY), n = fd < 0 ? 0 : (int)read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (n > 0 && (text[n] = 0, !strcmp(text + strlen(text) + 1, command))) return pid;
  }
  return 0;
}

static int open_of(int pid, const char *what) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
  return open(path, O_RDONLY);
}

static void tells(void) {
  struct rlimit files;
  char folder[256] = "", shared[64];
  struct stat state;
  snprintf(shared, sizeof shared, "/dev/shm/%u", getuid());
  getrlimit(RLIMIT_NOFILE, &files);
  printf("app is %u:%u in %s with %lu files, HOME=%s\n", getuid(), getgid(), getcwd(folder, sizeof folder), files.rlim_cur, getenv("HOME"));
  for (const char *const *name = (const char *const[]){"CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", 0}; *name; name++)
    field("/proc/self/status", *name);
  field("/proc/self/cgroup", "0::");
  say("own folder", stat(getenv("HOME"), &state));
  printf("app own folder %u:%u %o\n", state.st_uid, state.st_gid, state.st_mode & 07777);
  say("pty", open("/dev/ptmx", O_RDWR | O_NOCTTY));
  say("shm", open(shared, O_CREAT | O_RDWR, 0600));
  say("fd", open("/dev/fd/0", O_RDONLY));
  say("mqueue", access("/dev/mqueue", F_OK));
  say("hosts", access("/etc/hosts", R_OK));
  field("/etc/hosts", "127.0.1.1");
  say("tmp", open("/tmp/mine", O_CREAT | O_EXCL | O_WRONLY, 0600));
  say("port 443", listen_on(443));
}

static void tries(void) {
  int agent = find("serve"), other = find("tells");
  char path[96];
  for (const char *const *name = (const char *const[]){".appkeys.json", ".decrypted-env", ".decrypted-env.json", ".instance_info",
                                                       ".sys-config.json", "app-compose.json", "", "../app-compose.json", 0}; *name; name++) {
    snprintf(path, sizeof path, "/dstack/.host-shared/%s", *name);
    say(**name ? *name : "startup files", open(path, O_RDONLY));
  }
  say("memory of 1", open_of(1, "mem"));
  say("root of 1", open_of(1, "root/dstack/.host-shared/.appkeys.json"));
  say("memory of the agent", open_of(agent, "mem"));
  say("environment of the agent", open_of(agent, "environ"));
  say("ptrace", (int)ptrace(PTRACE_ATTACH, agent, 0, 0));
  say("kill the agent", kill(agent, 9));
  say("kill 1", kill(1, 15));
  say("memory of another", open_of(other, "mem"));
  say("environment of another", open_of(other, "environ"));
  say("output of another", open_of(other, "fd/1"));
  say("root of another", open_of(other, "root"));
  say("ptrace another", (int)ptrace(PTRACE_ATTACH, other, 0, 0));
  say("kill another", kill(other, 9));
  say("mount", mount("x", "/tmp", "tmpfs", 0, 0));
  say("unmount", umount2("/dstack/.host-shared", MNT_DETACH));
  say("namespace", unshare(CLONE_NEWNS));
  say("user", setuid(0));
  say("device", open("/dev/tdx_guest", O_RDWR));
  say("port 8090", listen_on(8090));
  say("socket's path", unlink("/run/dstack.sock"));
  say("file beside the sockets", open("/run/x", O_CREAT | O_WRONLY, 0600));
  say("programs", open("/etc/dstack/run.d/x", O_CREAT | O_WRONLY, 0600));
  say("group", mkdir("/sys/fs/cgroup/programs/x", 0755));
  say("other's folder", open("/var/lib/a-tells", O_RDONLY));
  say("other's tmp", access("/tmp/mine", F_OK));
  struct stat state;
  int fd;
  /* `after` waits for the other's start alone, so it may not have made it yet */
  do snprintf(path, sizeof path, "/dev/shm/%u", stat("/var/lib/a-tells", &state) ? 0 : state.st_uid);
  while ((fd = open(path, O_RDWR)) < 0 && errno == ENOENT && !usleep(1000));
  say("other's shm", fd);
  say("memory of the kernel", open("/dev/mem", O_RDONLY));
  say("sysctl", open("/proc/sys/kernel/hostname", O_WRONLY));
  say("apps' socket", dial("/run/dstack.sock"));
  say("tappd socket", dial("/run/tappd.sock"));
  say("quote socket", dial("/run/quote.sock"));
}

/* The old number stays until the new one is on disk. */
static void keeps(void) {
  struct stat state;
  struct statvfs space;
  int count = 0;
  if (chdir(getenv("HOME")) || stat(".", &state) || statvfs(".", &space)) return say("keeps", -1);
  FILE *file = fopen("count", "r");
  if (file) {
    if (fscanf(file, "%d", &count) != 1) count = -1;
    fclose(file);
  }
  printf("app kept %d as %o of %u, in %lu MiB\n", count, state.st_mode & 07777, state.st_uid, space.f_blocks * space.f_frsize >> 20);
  fflush(stdout);
  if (!(file = fopen("next", "w"))) return say("keeps", -1);
  fprintf(file, "%d\n", count + 1);
  fflush(file);
  int folder = open(".", O_RDONLY | O_DIRECTORY);
  say("keeps", fsync(fileno(file)) || rename("next", "count") || fsync(folder) ? -1 : 0);
}

static void fills(void) {
  static char part[1 << 20];
  memset(part, 1, sizeof part);
  int fd = open("all", O_CREAT | O_WRONLY, 0600);
  while (write(fd, part, sizeof part) > 0);
  say("syncs", fsync(fd));
  say("fills", (int)write(fd, part, sizeof part));
  say("empties", unlink("all"));
}

static void beats(void) {
  int fd = open("/var/lib/keeper/beats", O_CREAT | O_WRONLY | O_APPEND, 0644);
  signal(SIGTERM, SIG_IGN);
  for (say("beats", fd); write(fd, ".", 1) == 1 && !fsync(fd);) usleep(100000);
  say("beats no more", -1);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "tells")) tells();
  if (!strcmp(what, "tries")) tries();
  if (!strcmp(what, "keeps")) keeps();
  if (!strcmp(what, "fills")) keeps(), fills();
  if (!strcmp(what, "beats")) keeps(), beats();
  if (!strcmp(what, "exits")) return printf("app exits %s\n", argv[2]), atoi(argv[2]);
  if (!strcmp(what, "grows")) {
    printf("app grows\n");
    fflush(stdout);
    for (;;) memset(malloc(1 << 20), 1, 1 << 20);
  }
  if (!strcmp(what, "floods")) for (;;) puts("app floods");
  for (int n = 0; !strcmp(what, "counts"); n++, usleep(100000)) {
    dprintf(1, "out %d\n", n);
    /* as scripts do it */
    int again = open("/dev/stderr", O_WRONLY);
    dprintf(again, "err %d\n", n);
    close(again);
  }
  if (!strcmp(what, "daemon")) {
    if (!fork()) {
      setsid();
      if (!fork()) pause();
      _exit(0);
    }
    wait(NULL);
    printf("app left a daemon\n");
    return 3;
  }
  printf("app %s: up\n", what);
  fflush(stdout);
  for (;;) pause();
}
