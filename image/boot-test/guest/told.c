/* A program of a container image that tells on the console what it was started as. */
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
