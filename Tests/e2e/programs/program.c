/* A program of /etc/dstack/run.d, for tests. It writes to /out what it was started with, and does what its name says:

     …stay      waits for SIGTERM, which it notes, and ends
     …deaf      waits, and ignores SIGTERM
     …brief     ends at once, with status 3
     …second    as …brief, but not before 1-stay has written
     …floods    writes 2000 lines to stdout, each with its number, and waits as …stay
     …orphans   leaves twenty processes without a parent, which end by themselves, and waits as …stay */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;
static const char *name;

static void note(const char *what) {
  char line[300];
  int fd = open("/out/order", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  int n = snprintf(line, sizeof line, "%s %s\n", what, name);
  if (write(fd, line, n) != n) _exit(9);
  close(fd);
}

static void tell(void) {
  char new[300], old[300];
  snprintf(new, sizeof new, "/out/%s.new", name);
  snprintf(old, sizeof old, "/out/%s", name);
  FILE *out = fopen(new, "w");
  struct stat status, null;
  fprintf(out, "stdin %d\n", !fstat(0, &status) && !stat("/dev/null", &null) && status.st_rdev == null.st_rdev);
  for (int fd = 3; fd < 100; fd++)
    if (fd != fileno(out) && fcntl(fd, F_GETFD) >= 0) fprintf(out, "descriptor %d\n", fd);
  fprintf(out, "session %d\n", getsid(0) == getpid());
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, 0, &blocked);
  fprintf(out, "blocked %d\n", sigismember(&blocked, SIGTERM) || sigismember(&blocked, SIGCHLD));
  for (char **each = environ; *each; each++) fprintf(out, "variable %s\n", *each);
  fclose(out);
  rename(new, old);
}

static void end(int number) {
  (void)number;
  note("end");
  _exit(0);
}

static int is(const char *suffix) {
  size_t n = strlen(name), m = strlen(suffix);
  return n >= m && !strcmp(name + n - m, suffix);
}

int main(int count, char **arguments) {
  (void)count;
  umask(0); /* each program is another user */
  name = strrchr(arguments[0], '/') + 1;
  signal(SIGTERM, is("deaf") ? SIG_IGN : end);
  note("start");
  printf("%s says hello\n", name);
  fflush(stdout);
  tell();
  while (is("second") && access("/out/1-stay", F_OK)) usleep(1000);
  if (is("brief") || is("second")) return 3;
  for (int i = 0; is("floods") && i < 2000; i++) printf("%s %0100d\n", name, i);
  fflush(stdout);
  if (is("orphans"))
    for (int i = 0; i < 20; i++)
      if (!fork()) {
        signal(SIGTERM, SIG_DFL);
        if (!fork()) {
          while (getppid() != 1) usleep(1000);
          note("orphan");
          _exit(i);
        }
        _exit(0);
      }
  for (;;) pause();
}
