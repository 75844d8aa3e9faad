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
int sys_random(void *ctx, unsigned char *out, size_t n);         /* W: getrandom(2) until `out` is full, as an f_rng of Mbed TLS: 0 or -0x34 */

const char *sys_take_variable(const void *name);                 /* M: environ; removes a variable from it. Its value, or NULL */

void sys_wipe_stack(void);                                        /* A: zeroes 16 KiB of stack below the caller's frame */
int sys_signal_fd(int children);                                 /* M: blocks SIGTERM, SIGINT and, if children, SIGCHLD, which the fd then reports; ignores
                                                                    SIGPIPE, SIGHUP and otherwise SIGCHLD (so the kernel reaps children). fd or -errno */
int sys_signal_next(int fd);                                     /* M: the next signal's number, 0 if none is pending, or -errno */
int sys_quiet_set(void);                                         /* M: flags; an empty epoll set. fd or -errno */
int sys_quiet_add(int set, int fd, short events);                /* M: enumerators; watches fd. 0 or -errno */
void sys_quiet_change(int set, int fd, short events);            /* M: as above; for other events */
void sys_quiet_remove(int set, int fd);                          /* M: as above; no longer */
int sys_quiet_ready(int set, struct pollfd *ready, int most);    /* M: as above; up to 8 descriptors and what has happened, each in its turn.
                                                                    Their number, or -1 */
int sys_timer(void);                                             /* M: flags; a timer of CLOCK_MONOTONIC that does not run. fd or -errno */
void sys_timer_set(int timer, int64_t time);                     /* M: flags; makes it readable from that time on, in milliseconds, and not before; 0: never */
int sys_fork_worker(int *result, int kept);                      /* M: forks; the parent's *result is the read end of a pipe, the child's the write end.
                                                                    The child blocks no signal, ignores only SIGPIPE, dies with its parent, and of descriptors
                                                                    above 2 has only the pipe, as 3, and `kept`, as 4, unless that is -1.
                                                                    pid, 0 in the child, or -errno */

int sys_harden(void);                                            /* W: read-only RELRO (musl leaves it writable in static programs),
                                                                    no core dumps, not traceable. 0 or -errno */

const char *sys_commit(void);                                    /* M: AGENT_COMMIT of the build */
const char *sys_libraries(void);                                 /* M: a line for each linked library: name and version */

/* files.c */
int sys_alarm_start(int64_t milliseconds);                       /* W: after that time, which must be above 0, and then every 10 ms, SIGALRM interrupts
                                                                    the calling thread's blocking calls (EINTR). Timer or -errno */
void sys_alarm_stop(int timer);                                  /* W */
int sys_reserve(int fd, int64_t offset, int64_t size);           /* M: fallocate needs _GNU_SOURCE; reserves disk space but keeps the file's size. 0 or -errno */
int sys_list(const char *directory, const char *prefix, void *names, size_t size);  /* M: d_name is an array; the names that begin with prefix
                                                                    and fit, each with its NUL. Bytes used or -errno */
int sys_openat(int directory, const char *name, int flags, unsigned mode);  /* M: variadic; adds O_CLOEXEC. fd or -errno */
int sys_mount_input(const char *source, const char *target, const char *type, const char *options);  /* M: flags that are macros in musl and
                                                                    enumerators in glibc; read-only, nodev, nosuid, noexec. 0 or -errno */
int sys_unmount(const char *target);                             /* M: as above. 0 or -errno */

/* init.c */
int sys_mount_system(const char *type, const char *target, const char *options);  /* M: flags as in sys_mount_input; nosuid, nodev
                                                                    except devtmpfs, noexec except tmpfs. 0 or -errno */
int sys_load_module(int fd, const char *parameters, int compressed);  /* W: finit_module; compressed: the kernel decompresses it. 0 or -errno */
enum sys_ending { SYS_CATCH_KEYS, SYS_HALT, SYS_POWER_OFF };
int sys_reboot(enum sys_ending what);                            /* M: numbers above INT_MAX. Makes Ctrl-Alt-Del send SIGINT, or stops the machine. 0 or -errno */
int sys_own_mounts(void);                                        /* W: unshare; a private mount namespace: no mount propagates out. 0 or -errno */
int sys_bind(const char *source, const char *target);            /* M: MS_BIND. 0 or -errno */
int sys_fork_program(void);                                      /* M: forks; the child blocks no signal, has default SIGPIPE and SIGHUP, its own session and an
                                                                    empty stdin. pid, 0 in the child, or -errno */
int sys_pass(const int *descriptors, int count);                 /* M: fcntl; at most 8 become 3 and up and survive exec; all above are closed. 0 or -errno */
int sys_exec(const char *path, const char *arguments, const char *environment, int out, int err);  /* M: arrays of pointers; takes
                                                                    strings one after another, each with its NUL, ended by an empty one;
                                                                    out and err become stdout and stderr. Returns only on failure: -errno */
int sys_reap(int *status);                                       /* M: reaps a child; its exit status, or 128 + signal. pid, 0 if none has ended, or -ECHILD */
int sys_interface_up(const char *name);                          /* M: ioctl, unions. 0 or -errno */
int sys_interface_address(const char *name, const unsigned char address[4], const unsigned char mask[4]);  /* M: as above; address 0 removes it */
int sys_default_route(const unsigned char gateway[4], const char *name);  /* M: as above; name: NULL, or the interface for a gateway outside the interface's network */
int sys_netlink(void);                                           /* M: generic netlink(7); non-blocking. fd or -errno */
ssize_t sys_netlink_receive(int fd, void *out, size_t n);        /* M: sockaddr casts; one message: its size, 0 if another process has sent it, or -1 */
int sys_dhcp_socket(const char *name);                           /* M: packet(7); non-blocking; receives only UDP to port 68, on an Ethernet interface. fd or -errno */
int sys_hardware_address(int fd, void *address);                 /* M: sockaddr casts; 6 bytes: the address of a sys_dhcp_socket's interface. 0 or -errno */

/* disk.c */
int sys_encrypt(const char *name, const char *disk, uint64_t sectors, const void *key, size_t size);  /* W: device mapper, add_key; a device
                                                                    that decrypts a disk from its second MiB on. Minor number or -errno */
int sys_unmap(const char *name);                                 /* W: as above. 0 or -errno */
int sys_mount_disk(const char *device, const char *target, uint64_t blocks);  /* M: flags as in sys_mount_input, ioctl; mounts ext4, resizes
                                                                    it to blocks and unmounts; with 0 blocks it only replays the journal,
                                                                    with UINT64_MAX it stays mounted. 0 or -errno */
int sys_read_disk(const char *path, void *data, size_t size, off_t from, size_t *all);  /* A: reads all of size at from, which counts from
                                                                    the end if negative; all becomes the disk's size. 0 or -errno */
int sys_write_through(const char *path, const unsigned char *data, size_t size, size_t from);  /* M: O_RDWR; writes data[from..<size] to
                                                                    the same offset of a device and flushes it. 0 or -errno */

/* template.c */
void sys_template(unsigned char *blocks, const unsigned char *random);  /* M: Swift sees an array as a tuple; writes the first 35 blocks
                                                                    of a new file system over zeros; random: 32 bytes */

/* tdx.c */
int sys_tdx_report(int fd, const unsigned char data[64], unsigned char report[1024]);  /* W: ioctl of /dev/tdx_guest. 0 or -errno */
int sys_tdx_extend(int fd, const unsigned char digest[48], unsigned index);            /* W: ioctl of dstack OS 0.5. 0 or -errno */

/* network.c */
int sys_listen_unix(const char *path, int backlog);              /* M: sockaddr casts; the socket file gets mode 0777. fd or -errno */
int sys_listen_inet(const uint8_t *address, size_t size, uint16_t port, int backlog);  /* M; 4 or 16 bytes. fd or -errno */
int sys_connect_inet(const uint8_t *address, size_t size, uint16_t port);  /* M: sockaddr casts; 4 or 16 bytes; non-blocking, may be in
                                                                    progress. fd or -errno */
int sys_accept(int fd);                                          /* M: accept4 needs _GNU_SOURCE; non-blocking, close-on-exec. fd or -errno */
int sys_socket_error(int fd);                                    /* M: SO_ERROR, how a connect ended. 0 or -errno */
int sys_connect_unix(const char *path);                          /* M; non-blocking, never in progress. fd or -errno */
int sys_adopt_listener(int fd);                                  /* M: variadic; makes a listening socket non-blocking, close-on-exec. 0 or -errno */
int sys_peer(int fd, unsigned *uid, int *pid);                   /* M: SO_PEERCRED needs _GNU_SOURCE. 0 or -errno */
int sys_notify(const char *address, const void *message, size_t size);  /* M: sockaddr casts; one datagram, without waiting. 0 or -errno */
int sys_listen_vsock(unsigned cid, unsigned port, int backlog);  /* W: no vm_sockets.h in musl. fd or -errno, -EAFNOSUPPORT where there is no vsock */
int sys_connect_vsock(unsigned cid, unsigned port);              /* W: as above; non-blocking, may be in progress. fd or -errno */
int sys_inet_socket(void);                                       /* M: a socket for interface queries, which cannot send. fd or -errno */
int sys_inet_addresses(int fd, unsigned char *records, int most);  /* M: struct ifreq; IPv4 addresses, at most 64: 16 bytes of name, 4 of address, 1 of
                                                                    prefix length. How many; 0 if they cannot be read */
int sys_look_up(const char *name, unsigned char *records, int most);  /* M: getaddrinfo, sockaddr casts; a name's addresses, each its size (a byte,
                                                                    4 or 16) and 16 bytes. It blocks. How many; 0 if there are none */
int sys_power_off(void);                                         /* M: signal numbers; asks process 1 to power off. 0 or -errno */

/* channel.c */
int sys_channel(int ends[2]);                                    /* M; SOCK_SEQPACKET, non-blocking. 0 or -errno */
int sys_send(int fd, const void *message, size_t size, int passed);  /* M: SCM_RIGHTS; passes a descriptor, or none if -1. 0 or -errno */
ssize_t sys_next_size(int fd);                                     /* M: enumerators in glibc; bytes of the next message, whatever room there is. -1 if none waits */
int sys_receive(int fd, void *room, size_t size, int may_pass, int *passed);  /* M: as above; *passed is the descriptor received, if one may come, or -1.
                                                                    Bytes, 0 at the end, -EMSGSIZE if too long, -ETOOMANYREFS for other descriptors, or -errno */
int sys_memory_file(void);                                       /* M: memfd_create needs _GNU_SOURCE. fd or -errno */
int sys_seal(int fd);                                            /* M: fcntl; makes a memory file immutable. 0 or -errno */
int sys_seal_size(int fd);                                       /* M: fcntl; fixes a memory file's size. 0 or -errno */
int sys_is_sealed(int fd);                                       /* M: fcntl; whether it has exactly the seals of sys_seal */
int sys_pipe(int ends[2]);                                       /* M: pipe2; only the read end is non-blocking. 0 or -errno */
int sys_process_handle(int pid);                                 /* W: pidfd_open. fd or -errno */
int sys_kill_by_handle(int handle);                              /* W: pidfd_send_signal. 0 or -errno */
void sys_forward(int from, int to);                              /* M: splice needs _GNU_SOURCE; moves all data from a socket to a pipe, unread, until either
                                                                    closes, then ends the process, a child. */

/* confine.c */
int sys_become(unsigned user);                                   /* W: direct system calls (confine.c); only this user and the group of that number, not traceable. 0 or -errno */
int sys_become_program(unsigned user, unsigned group, uint64_t capabilities); /* W: only these, with no other groups and no way to gain capabilities. 0 or -errno */
int sys_limit_files(uint64_t count);                             /* M: enumerators in glibc; open files. 0 or -errno */
int sys_keep_capabilities(uint64_t kept, uint64_t bound);         /* W: capset; bits by number: those to keep, and the bounding set for programs. 0 or -errno */
int sys_no_new_privileges(void);                                 /* M: prctl is variadic. 0 or -errno */
int sys_die_with_parent(void);                                   /* M: as above. 0 or -errno */
int sys_yield(void);                                             /* W: getpriority and setpriority; five steps of nice(2) lower, a third of the weight. 0 or -errno */
int sys_limit_memory(uint64_t size);                             /* M: enumerators in glibc; address space, in bytes. 0 or -errno */
int sys_filter_calls(const void *instructions, unsigned count);  /* M: prctl; a filter of `count` struct sock_filter. 0 or -errno */
int sys_landlock_version(void);                                  /* W: landlock(7). The ABI's version, or -1 if there is none */
int sys_landlock(uint64_t files, uint64_t network, uint64_t scopes);  /* W: a ruleset that refuses these unless a rule allows them. fd or -errno */
int sys_landlock_allow(int ruleset, const char *path, uint64_t allowed);  /* W: allows these below a directory, or for a file. 0 or -errno */
int sys_landlock_enter(int ruleset);                             /* W: applies it to this process and to children forked later. 0 or -errno */

/* crash.c */
struct sys_output { struct pollfd to; int patience, is_cut; size_t lost; };  /* where lines go; ms to wait for room; whether the last one is cut;
                                                                    how many were lost since */
void sys_write_lines(struct sys_output *out, const void *text, size_t size);  /* M: fcntl; writes what fits without blocking, at most 4096 bytes;
                                                                    the rest is lost and counted. Once there is room again, a line says so */
void sys_tell_crashes(void);                                     /* M: sigaction; from now on a fault signal ends the process with a line on stderr,
                                                                    even after a stack overflow, and also in forked children */
