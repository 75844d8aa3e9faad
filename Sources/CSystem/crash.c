#define _GNU_SOURCE
#include "csystem.h"
#include <ucontext.h>

/* The linker's symbol for the start of the program. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

struct line {
  char text[256];
  size_t size;
};

static const char *start; /* of each line */

static void add(struct line *line, const char *text) {
  size_t size = strlen(text);
  memcpy(line->text + line->size, text, size);
  line->size += size;
}

static void add_number(struct line *line, uintptr_t number, unsigned base) {
  char digits[20], *first = digits + sizeof digits - 1;
  *first = 0;
  do *--first = "0123456789abcdef"[number % base];
  while (number /= base);
  add(line, first);
}

/* Uses only what signal-safety(7) allows. */
static void crashed(int number, siginfo_t *info, void *context) {
  (void)info;
  struct line line = {.size = 0};
  add(&line, start);
  add(&line, "dstack-guest-agent: crashed by signal ");
  add_number(&line, (unsigned)number, 10);
  add(&line, " at 0x");
  add_number(&line, (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] - (uintptr_t)__ehdr_start, 16);
  add(&line, ": a bug in this program, please report it (see README.md)");
  if (getpid() == 1) add(&line, "; it was process 1, so the kernel panics");
  add(&line, "\n");
  struct pollfd room = {.fd = 2, .events = POLLOUT}; /* as in Log: without waiting for the reader */
  if (poll(&room, 1, 0) > 0) write(2, line.text, line.size);
  syscall(SYS_tkill, syscall(SYS_gettid), number); /* glibc's raise makes further system calls, which the filters do not allow */
  /* The kernel ignores signals that process 1 does not handle, but a fault still ends it. */
  signal(SIGILL, SIG_DFL);
  __builtin_trap();
}

void sys_tell_crashes(void) {
  static char stack[16 * 1024]; /* the signal frame alone may hold 11 KiB of registers (AMX) */
  static const int faults[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER};
  sigemptyset(&action.sa_mask);
  start = isatty(2) ? "" : "<2>"; /* as in Log; set here, because isatty is not signal-safe */
  sigaltstack(&alternate, 0);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, 0);
}
