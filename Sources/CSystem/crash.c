#define _GNU_SOURCE
#include "csystem.h"
#include <ucontext.h>

/* The linker's symbol for the start of the program. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* The line being written. One buffer is enough: a process that crashes writes no other line. */
static struct {
  char text[256];
  size_t size;
} line;
static const char *start; /* of each line */

static void add(const char *text) {
  size_t size = strlen(text);
  memcpy(line.text + line.size, text, size);
  line.size += size;
}

static void add_number(uintptr_t number, unsigned base) {
  char digits[20], *first = digits + sizeof digits - 1;
  *first = 0;
  do *--first = "0123456789abcdef"[number % base];
  while (number /= base);
  add(first);
}

/* A descriptor that blocks is written to only when poll(2) reports it writable: then a pipe takes PIPE_BUF, 4096 bytes. One that does not block
   is tried first. A terminal is busy while another process writes to it: that is worth waiting for, twice at most. */
static size_t put(struct sys_output *out, const char *text, size_t size, int patience) {
  int blocks = !(fcntl(out->to.fd, F_GETFL) & O_NONBLOCK), is_ready = 1;
  size_t done = 0;
  if (size > 4096) size = 4096;
  for (int waits = blocks; done < size && is_ready && waits <= 2; waits++) {
    if (waits) is_ready = poll(&out->to, 1, patience) > 0;
    if (blocks && !is_ready) break;
    ssize_t n = write(out->to.fd, text + done, size - done);
    if (n > 0) done += (size_t)n;
  }
  if (done) out->is_cut = text[done - 1] != '\n';
  return done;
}

void sys_write_lines(struct sys_output *out, const void *data, size_t size) {
  const char *text = data;
  int patience = out->lost ? 0 : out->patience; /* who has waited in vain does not wait again until a whole text has found room */
  if (out->lost) {
    line.size = 0;
    if (out->is_cut) add("\n");
    add("dstack-guest-agent: lines lost here: ");
    add_number(out->lost, 10);
    add("\n");
    if (put(out, line.text, line.size, 0) == line.size) out->lost = 0;
  }
  size_t from = out->lost ? 0 : put(out, text, size, patience), ends = 0;
  if (from == size) return;
  /* a line written in parts counts once */
  for (; from < size; from++) ends += text[from] == '\n';
  out->lost += ends ? ends : 1;
}

/* Uses only what signal-safety(7) allows. */
static void crashed(int number, siginfo_t *info, void *context) {
  (void)info;
  line.size = 0;
  add(start);
  add("crashed by signal ");
  add_number((unsigned)number, 10);
  add(" at 0x");
  add_number((uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] - (uintptr_t)__ehdr_start, 16);
  add(": a bug in this program, please report it (see README.md)");
  if (getpid() == 1) add("; it was process 1, so the kernel panics");
  add("\n");
  struct sys_output out = {.to = {.fd = 2, .events = POLLOUT}};
  put(&out, line.text, line.size, 100); /* milliseconds; nobody waits for this process any more */
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
  start = isatty(2) ? "dstack-guest-agent: " : "<2>dstack-guest-agent: "; /* as in Log; set here, because isatty is not signal-safe */
  sigaltstack(&alternate, 0);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, 0);
}
