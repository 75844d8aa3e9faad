/* The interpreter of /etc/dstack/run.d/app in an image that was made of a container image: becomes the program that the file names.
 * Lines are KEY = VALUE: program, arg and env (any number), user, group, directory. What the app's owner has set in the environment
 * stays, but for PATH. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 20, ARGUMENTS = 4096 };

static int fail(const char *what) {
  dprintf(2, "start: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  static char text[FILE_LIMIT], *arguments[ARGUMENTS];
  int file = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1, count = 1, user = 0, group = 0;
  size_t have = 0;
  ssize_t n;
  if (file < 0) return fail("no file to start");
  while (have < sizeof text - 1 && (n = read(file, text + have, sizeof text - 1 - have)) > 0) have += n;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    char *value = strstr(line, " = ");
    if (!value || *line == '#') continue;
    *value = 0;
    value += 3;
    if (!strcmp(line, "program")) arguments[0] = value;
    else if (!strcmp(line, "arg") && count < ARGUMENTS - 1) arguments[count++] = value;
    else if (!strcmp(line, "user")) user = atoi(value);
    else if (!strcmp(line, "group")) group = atoi(value);
    else if (!strcmp(line, "directory") && chdir(value)) return fail(value);
    else if (!strcmp(line, "env")) {
      char *equals = strchr(value, '=');
      if (!equals) continue;
      *equals = 0;
      setenv(value, equals + 1, !strcmp(value, "PATH"));
    }
  }
  close(file);
  gid_t groups = group;
  if ((user || group) && (setgroups(1, &groups) || setgid(group) || setuid(user))) return fail("user");
  execv(arguments[0], arguments);
  return fail(arguments[0]);
}
