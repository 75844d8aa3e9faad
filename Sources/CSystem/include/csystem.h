/* What Swift cannot import from the C library. Each function is here for one of three reasons: the C interface is variadic or
   a macro (marked M), the C library has no such wrapper (marked W), or it works on memory that Swift has no name for (marked A).
   Failures are negative errno values. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

int sys_errno(void);                                             /* M */
int sys_open(const char *path, int flags, unsigned mode);        /* M: variadic; adds O_CLOEXEC. fd or -errno */
void *sys_map(size_t size);                                      /* M: MAP_FAILED; anonymous private pages, or NULL */
int sys_random(void *ctx, unsigned char *out, size_t n);         /* W: whole reads of getrandom(2) in Mbed TLS's f_rng shape: 0 or -0x34 */

const char *sys_take_variable(const void *name);                 /* M: environ; takes a variable out of it. Its value, or NULL */

void sys_wipe_stack(void);                                        /* A: memory below the caller's frame. Zeroes 16 KiB of it */
int sys_signal_fd(int children);                                 /* M: blocks SIGTERM, SIGINT and for children SIGCHLD and reads them from the fd; ignores SIGPIPE, SIGHUP and
                                                                    else SIGCHLD (so the kernel reaps children). fd or -errno */
int sys_signal_next(int fd);                                     /* M: the next signal's number, 0 if none is pending, or -errno */
int sys_fork_worker(int *result, int kept);                      /* M: forks; the parent's *result is the read end of a pipe, the child's the write end.
                                                                    The child has default signals, dies with its parent and keeps no other descriptor above 2
                                                                    but `kept`, unless that is -1, as 4.
                                                                    pid, 0 in the child, or -errno */

int sys_harden(void);                                            /* W: read-only RELRO (musl leaves it writable in static programs),
                                                                    no core dumps, not traceable. 0 or -errno */

const char *sys_commit(void);                                    /* M: AGENT_COMMIT of the build */
const char *sys_libraries(void);                                 /* M: name and version of each library, a line each */

/* files.c */
int sys_alarm_start(int64_t milliseconds);                       /* W: after that time, above 0, and then every 10 ms, SIGALRM ends the calling
                                                                    thread's blocking calls with EINTR. Timer or -errno */
void sys_alarm_stop(int timer);                                  /* W */
int sys_reserve(int fd, int64_t offset, int64_t size);           /* M: fallocate behind _GNU_SOURCE; room on the disk, the file's size stays. 0 or -errno */
int sys_list(const char *directory, const char *prefix, void *names, size_t size);  /* M: a name is an array in a struct; the names that start
                                                                    with prefix and fit, each with its NUL. Bytes used or -errno */
int sys_openat(int directory, const char *name, int flags, unsigned mode);  /* M: variadic; adds O_CLOEXEC. fd or -errno */
int sys_mount_input(const char *source, const char *target, const char *type, const char *options);  /* M: flags that are macros in musl and
                                                                    enumerators in glibc; read-only, no devices, no programs. 0 or -errno */
int sys_unmount(const char *target);                             /* M: as above. 0 or -errno */

/* init.c */
int sys_mount_system(const char *type, const char *target, const char *options);  /* M: flags as in sys_mount_input; no set-user-ID
                                                                    programs, devices in devtmpfs only, programs in tmpfs only. 0 or -errno */
int sys_load_module(int fd, const char *parameters, int compressed);  /* W: finit_module; compressed: the kernel unpacks it. 0 or -errno */
enum sys_ending { SYS_CATCH_KEYS, SYS_HALT, SYS_POWER_OFF };
int sys_reboot(enum sys_ending what);                            /* M: numbers above INT_MAX. Ctrl-Alt-Del becomes SIGINT, or the machine stops. -errno if not */
int sys_own_mounts(void);                                        /* W: unshare; a mount namespace of its own, which nothing leaves. 0 or -errno */
int sys_bind(const char *source, const char *target);            /* M: MS_BIND. 0 or -errno */
int sys_fork_program(void);                                      /* M: forks; the child has default signals, a session of its own and an empty stdin. pid, 0 in the child, or -errno */
int sys_pass(const int *descriptors, int count);                 /* M: fcntl; 8 at most become 3 and up, across exec, and all above are closed. 0 or -errno */
int sys_exec(const char *path, const char *arguments, const char *environment, int out, int err);  /* M: arrays of pointers; texts one behind
                                                                    the other, each with its NUL, and an empty one at the end; what becomes
                                                                    stdout and stderr if it succeeds. -errno */
int sys_reap(int *status);                                       /* M: a child that has ended, its exit status or 128 + signal. pid, 0 if none has, or -ECHILD */
int sys_interface_up(const char *name);                          /* M: ioctl, unions. 0 or -errno */
int sys_interface_address(const char *name, const unsigned char address[4], const unsigned char mask[4]);  /* M: as above */
int sys_default_route(const unsigned char gateway[4]);           /* M: as above */

/* tdx.c */
int sys_tdx_report(int fd, const unsigned char data[64], unsigned char report[1024]);  /* W: ioctl of /dev/tdx_guest. 0 or -errno */
int sys_tdx_extend(int fd, const unsigned char digest[48], unsigned index);            /* W: ioctl of dstack OS 0.5. 0 or -errno */

/* network.c */
int sys_listen_unix(const char *path, int backlog);              /* M: sockaddr casts; the socket file gets mode 0777. fd or -errno */
int sys_listen_inet(const uint8_t *address, size_t size, uint16_t port, int backlog);  /* M; 4 or 16 bytes. fd or -errno */
int sys_connect_inet(const uint8_t *address, size_t size, uint16_t port);  /* M: sockaddr casts; 4 or 16 bytes; non-blocking, may be in
                                                                    progress. fd or -errno */
int sys_accept(int fd);                                          /* M: accept4 behind _GNU_SOURCE; non-blocking, close-on-exec. fd or -errno */
int sys_socket_error(int fd);                                    /* M: SO_ERROR, how a connect ended. 0 or -errno */
int sys_connect_unix(const char *path);                          /* M; non-blocking, never in progress. fd or -errno */
int sys_adopt_listener(int fd);                                  /* M: variadic; a listening socket becomes non-blocking, close-on-exec. 0 or -errno */
int sys_peer(int fd, unsigned *uid, int *pid);                   /* M: SO_PEERCRED behind _GNU_SOURCE. 0 or -errno */
int sys_notify(const char *address, const void *message, size_t size);  /* M: sockaddr casts; one datagram, does not wait. 0 or -errno */
int sys_listen_vsock(unsigned cid, unsigned port, int backlog);  /* W: no vm_sockets.h in musl. fd or -errno, -EAFNOSUPPORT where there is no vsock */
int sys_connect_vsock(unsigned cid, unsigned port);              /* W: as above; non-blocking, may be in progress. fd or -errno */
int sys_inet_socket(void);                                       /* M: one to ask for addresses, which sends nothing. fd or -errno */
int sys_inet_addresses(int fd, unsigned char *records, int most);  /* M: struct ifreq; IPv4 addresses, 64 at most: 16 bytes of name, 4 of address, 1 of
                                                                    prefix length. How many, or -errno */
int sys_look_up(const char *name, unsigned char *records, int most);  /* M: getaddrinfo, sockaddr casts; addresses of a name: a byte that is
                                                                    4 or 16, and 16 for so many. It blocks. How many, 0 if it has none */
int sys_power_off(void);                                         /* M: signal numbers; asks process 1. 0 or -errno */

/* channel.c */
int sys_channel(int ends[2]);                                    /* M; SOCK_SEQPACKET, non-blocking. 0 or -errno */
int sys_send(int fd, const void *message, size_t size, int passed);  /* M: SCM_RIGHTS; a descriptor to pass, or -1. 0 or -errno */
int sys_receive(int fd, void *room, size_t size, int may_pass, int *passed);  /* M: as above; *passed is the descriptor that came, if one may, or -1.
                                                                    Bytes, 0 at the end, -EMSGSIZE for too many, -ETOOMANYREFS for descriptors, or -errno */
int sys_memory_file(void);                                       /* M: memfd_create behind _GNU_SOURCE. fd or -errno */
int sys_seal(int fd);                                            /* M: fcntl; nobody can change it any more. 0 or -errno */
int sys_seal_size(int fd);                                       /* M: fcntl; its size stays. 0 or -errno */
int sys_is_sealed(int fd);                                       /* M: fcntl; whether exactly that holds */
int sys_pipe(int ends[2]);                                       /* M: pipe2; only the read end is non-blocking. 0 or -errno */
int sys_process_handle(int pid);                                 /* W: pidfd_open. fd or -errno */
int sys_kill_by_handle(int handle);                              /* W: pidfd_send_signal. 0 or -errno */
int sys_forward(int from, int to);                               /* M: splice behind _GNU_SOURCE; all that comes from a socket goes into a pipe, unread, until either
                                                                    ends. 0 */

/* confine.c */
int sys_become(unsigned user);                                   /* W: without the C libraries' threads; user and group of that number alone, not traceable. 0 or -errno */
int sys_become_program(unsigned user, unsigned group, uint64_t capabilities); /* W: no other groups, and no more capabilities, for good. 0 or -errno */
int sys_limit_files(uint64_t count);                             /* M: enumerators in glibc. 0 or -errno */
int sys_keep_capabilities(uint64_t kept, uint64_t bound);         /* W: capset; bits by number, and those that a program may have. 0 or -errno */
int sys_no_new_privileges(void);                                 /* M: prctl is variadic. 0 or -errno */
int sys_die_with_parent(void);                                   /* M: as above. 0 or -errno */
int sys_limit_memory(uint64_t size);                             /* M: enumerators in glibc. 0 or -errno */
int sys_filter_calls(const void *instructions, unsigned count);  /* M: prctl; a filter of struct sock_filter. 0 or -errno */
int sys_landlock_version(void);                                  /* W: landlock(7). Above 0, or -1 where there is none */
int sys_landlock(uint64_t files, uint64_t network, uint64_t scopes);  /* W: what is refused but for rules. fd or -errno */
int sys_landlock_allow(int ruleset, const char *path, uint64_t allowed);  /* W: below a directory, or of a file. 0 or -errno */
int sys_landlock_enter(int ruleset);                             /* W: from now on and for all children. 0 or -errno */

/* crash.c */
void sys_tell_crashes(void);                                     /* M: sigaction; from now on a signal that says that this process is broken ends it with
                                                                    a line on stderr, also when its stack has overflowed, and also in forked children */
