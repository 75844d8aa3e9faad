/* What Swift cannot import from the C library. Each function is here for one of two reasons: the C interface is variadic or
   a macro (marked M), or the C library has no such wrapper (marked W). Failures are negative errno values. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

int sys_errno(void);                                             /* M */
int sys_open(const char *path, int flags, unsigned mode);        /* M: variadic; adds O_CLOEXEC. fd or -errno */
void *sys_map(size_t size);                                      /* M: MAP_FAILED; anonymous private pages, or NULL */
int sys_random(void *ctx, unsigned char *out, size_t n);         /* W: whole reads of getrandom(2) in Mbed TLS's f_rng shape: 0 or -0x34 */

int sys_listen_unix(const char *path, int backlog);              /* M: sockaddr casts; the socket file gets mode 0777. fd or -errno */
int sys_listen_inet(const char *address, uint16_t port, int backlog);   /* M; IPv4 or IPv6 literal. fd or -errno */
int sys_accept(int fd);                                          /* M: accept4 behind _GNU_SOURCE; non-blocking, close-on-exec. fd or -errno */
int sys_connect_unix(const char *path);                          /* M; blocking. fd or -errno */

int sys_signal_fd(void);                                         /* M: blocks SIGTERM and SIGINT and reads them from the fd; ignores SIGPIPE, SIGHUP. fd or -errno */
int sys_signal_next(int fd);                                     /* M: the next signal's number, 0 if none is pending, or -errno */
int sys_fork_job(int *result);                                   /* M: forks; the parent's *result is the read end of a pipe, the child's the write end.
                                                                    The child has default signals, dies with its parent and keeps no other descriptor above 2.
                                                                    pid, 0 in the child, or -errno */
int sys_reap(int pid);                                           /* M: kills, and takes the status if the child is dead: pid, 0 if it is not dead yet, or -errno */

int sys_harden(void);                                            /* W: read-only RELRO (musl leaves it writable in static programs),
                                                                    no core dumps, not traceable. 0 or -errno */

const char *sys_commit(void);                                    /* M: AGENT_COMMIT of the build */
const char *sys_libraries(void);                                 /* M: name and version of each library, a line each */
