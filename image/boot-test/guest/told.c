/* A program in a container image that prints on the console how it was started. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char folder[256] = "", *owner = getenv("OWNER"), *image = getenv("IMAGE");
  printf("told: %s|%s|%s", argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", getcwd(folder, sizeof folder));
  printf("|%d:%d|%s|%s\n", getuid(), getgid(), image ? image : "", owner ? owner : "");
  fflush(stdout);
  pause();
}
