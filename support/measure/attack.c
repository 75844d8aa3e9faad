/* The crowds that attack an agent, and the clients that measure what it does for other users; attacks.py and the soak compile and run it.
     attack crowd ADDRESS REQUESTS [NAME=NUMBER | cgroup=PATH | from=IP]…
                                               sends the requests of a file in turn, over many connections, until stdin has data or ends
       connections=N   how many at once (1); a closed one is opened again after 20 ms
       uid=N           as this user
       cgroup=PATH     in this control group
       from=IP         on TCP, from this address
       rate=N          at most so many requests a second, all connections together
       send=N, read=N  at most so many bytes per connection in 100 ms (read=0: never)
       once=1          each connection stays idle after its first answer
       close=1         a new connection for each request
       hangup=1        the same, closed right after the request, without waiting for an answer
       break=N         at each event a connection breaks off with a chance of N in 1000
       seed=N          the seed of its random numbers
     attack probe ADDRESS REQUESTS SECONDS UID  the first request 200 times a second, on a kept connection, every 16th time on a new one
     attack calls ADDRESS REQUESTS SECONDS UID PAUSE   the requests in turn, each on a new connection, PAUSE ms between them
     attack favour PID…                         gives these processes priority over others as soon as they are woken
   ADDRESS is the path of a Unix socket or 127.0.0.1:PORT. In the file each request follows a line with its length; 64 times $ in
   it become new hex digits every time. The results are printed as JSON. In C because an interpreter's own time would be taken for the
   agent's. A probe has priority over all other work if it may, and also reports how long a process that only echoes takes to answer. When
   the agent falls behind, each call that was due meanwhile counts with the time since it was due, as if many clients had asked. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 16384, TICK = 100, AGAIN = 20, PERIOD = 5, FRESH = 16, PATIENCE = 10000, MARK = 64 };

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void *memory(size_t count, size_t size) {
  void *p = calloc(count, size);
  if (!p) fail("memory");
  return p;
}

/* Milliseconds. */
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* xorshift64* */
static uint64_t random_state = 88172645463325252u;
static uint32_t chance(uint32_t limit) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (uint32_t)((random_state * 2685821657736338717u) >> 33) % limit;
}

/* Requests. */

struct request {
  char *data;
  size_t size;
  /* where the random digits go, or NULL */
  size_t mark;
};

static struct request requests[256];
static int request_count;

static void read_requests(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  size_t size;
  while (request_count < 256 && fscanf(file, "%zu", &size) == 1 && fgetc(file) == '\n') {
    struct request *r = requests + request_count++;
    r->data = memory(size + 1, 1);
    r->size = size;
    if (fread(r->data, 1, size, file) != size) fail("a request is truncated");
    char *mark = strstr(r->data, "$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$");
    if (mark) r->mark = (size_t)(mark - r->data);
  }
  fclose(file);
  if (!request_count) fail("no request");
}

static void vary(char *data, size_t mark) {
  for (int i = 0; mark && i < MARK; i++) data[mark + (size_t)i] = "0123456789abcdef"[chance(16)];
}

/* The other end. */

static union {
  struct sockaddr any;
  struct sockaddr_un local;
  struct sockaddr_in network;
} address;
static socklen_t address_size;
static struct in_addr source;

static void set_address(const char *text) {
  const char *colon = strrchr(text, ':');
  if (*text != '/' && colon) {
    char host[64] = "";
    memcpy(host, text, (size_t)(colon - text) < sizeof host - 1 ? (size_t)(colon - text) : sizeof host - 1);
    address.network = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    if (!inet_aton(host, &address.network.sin_addr)) fail("the address");
    address_size = sizeof address.network;
  } else {
    address.local.sun_family = AF_UNIX;
    if (strlen(text) >= sizeof address.local.sun_path) fail("the socket's path is too long");
    strcpy(address.local.sun_path, text);
    address_size = sizeof address.local;
  }
}

/* A connection, or -1. A Unix socket whose queue is full makes a blocking caller wait, which costs a crowd nothing. */
static int dial(int small) {
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (address.any.sa_family == AF_INET) {
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = source};
    if (source.s_addr && bind(fd, (struct sockaddr *)&from, sizeof from)) fail("bind");
    if (small) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
  }
  struct timeval wait = {PATIENCE / 1000, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (!connect(fd, &address.any, address_size)) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
  }
  close(fd);
  return -1;
}

static void become(const char *group, uid_t uid) {
  if (group) {
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", group);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1) fail(path);
    close(fd);
  }
  if (uid && (setgroups(0, 0) || setgid(uid) || setuid(uid))) fail("setuid");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Answers. */

struct answer {
  size_t have;
  int status;
  /* of the body: what is missing; -1 until the connection's end */
  long long missing;
  char head[HEAD + 1];
};

static void await(struct answer *a) { a->have = 0, a->status = 0, a->missing = 0; }

/* Takes what was read; returns whether the answer is complete. */
static int take(struct answer *a, const char *data, size_t size) {
  while (!a->status && size) {
    /* no byte of another answer can follow a head: the next request is sent only after this answer */
    size_t part = size < HEAD - a->have ? size : HEAD - a->have;
    if (!part) return 1;
    memcpy(a->head + a->have, data, part);
    a->have += part;
    a->head[a->have] = 0;
    char *end = strstr(a->head, "\r\n\r\n");
    data += part;
    size -= part;
    if (!end) continue;
    size_t behind = a->have - (size_t)(end + 4 - a->head);
    end[2] = 0;
    int status = atoi(a->head + 9);
    if (status == 100) {
      memmove(a->head, end + 4, behind);
      a->head[a->have = behind] = 0;
      continue;
    }
    char *length = strcasestr(a->head, "\r\ncontent-length:");
    a->status = status;
    a->missing = length ? atoll(length + 17) - (long long)behind : -1;
  }
  if (a->missing > 0) a->missing -= (long long)size;
  return a->status && a->missing == 0;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double part_of(double *sorted, size_t count, double part) {
  if (!count) return 0;
  size_t index = (size_t)((double)count * part);
  return sorted[index < count ? index : count - 1];
}

/* Crowds. */

enum state { AWAY, PACED, SENDING, READING, IDLE };

struct connection {
  enum state state;
  int fd;
  double again;
  const char *out;
  size_t left;
  char *copy;
  long long may_send, may_read;
  struct answer answer;
};

static struct {
  long long connections, uid, rate, send, read, once, close, hangup, chance, seed;
} option = {.connections = 1, .send = -1, .read = -1};
static struct {
  unsigned long long connected, refused, sent, ok, busy, other, broken, bytes;
} total;
static int next_request;
static double next_send;

static void leave(struct connection *c, double time, int is_broken) {
  total.broken += (unsigned)is_broken;
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->state = AWAY;
  c->again = time + AGAIN;
}

static void begin(struct connection *c) {
  const struct request *r = requests + next_request;
  next_request = (next_request + 1) % request_count;
  c->out = r->data;
  c->left = r->size;
  if (r->mark) {
    free(c->copy);
    c->copy = memory(r->size, 1);
    memcpy(c->copy, r->data, r->size);
    vary(c->copy, r->mark);
    c->out = c->copy;
  }
  await(&c->answer);
  c->state = SENDING;
  total.sent++;
}

static void begin_in_time(struct connection *c, double time) {
  c->state = PACED;
  if (option.rate) {
    if (time < next_send) return;
    next_send = (next_send < time - 1000 ? time : next_send) + 1000 / (double)option.rate;
  }
  begin(c);
}

static void send_some(struct connection *c) {
  size_t size = c->left;
  if (c->may_send >= 0 && (long long)size > c->may_send) size = (size_t)c->may_send;
  ssize_t n = send(c->fd, c->out, size, MSG_NOSIGNAL);
  if (n < 0) {
    /* the reason may be readable */
    if (errno != EAGAIN) c->state = READING;
    return;
  }
  c->out += n;
  c->left -= (size_t)n;
  if (c->may_send >= 0) c->may_send -= n;
  if (c->left) return;
  c->state = READING;
  if (option.hangup) leave(c, now() - AGAIN, 0);
}

static void read_some(struct connection *c, double time) {
  static char data[262144];
  size_t size = sizeof data;
  if (c->may_read >= 0 && (long long)size > c->may_read) size = (size_t)c->may_read;
  ssize_t n = recv(c->fd, data, size, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    int is_whole = c->answer.status && c->answer.missing < 0;
    if (is_whole) total.ok += c->answer.status == 200;
    return leave(c, time, !is_whole && c->state != IDLE);
  }
  total.bytes += (unsigned long long)n;
  if (c->may_read >= 0) c->may_read -= n;
  int had = c->answer.status, whole = take(&c->answer, data, (size_t)n);
  if (!had && c->answer.status) {
    int status = c->answer.status;
    total.busy += status == 503;
    total.other += status != 503 && status != 200;
  }
  if (!whole) return;
  total.ok += c->answer.status == 200;
  if (c->left || c->answer.status == 503 || strcasestr(c->answer.head, "\r\nconnection: close")) return leave(c, time, 0);
  if (option.once) c->state = IDLE;
  else if (option.close) leave(c, time, 0);
  else begin_in_time(c, time);
}

static void report_crowd(void) {
  printf("{\"connected\": %llu, \"refused\": %llu, \"sent\": %llu, \"ok\": %llu, \"busy\": %llu, \"other\": %llu, \"broken\": %llu, "
         "\"bytes\": %llu}\n", total.connected, total.refused, total.sent, total.ok, total.busy, total.other, total.broken, total.bytes);
}

static int crowd(void) {
  size_t count = (size_t)option.connections;
  struct connection *all = memory(count, sizeof *all);
  struct pollfd *polled = memory(count + 1, sizeof *polled);
  for (size_t i = 0; i < count; i++) all[i].fd = -1;
  int is_slow = option.send >= 0 || option.read >= 0;
  double tick = 0;
  polled[0] = (struct pollfd){0, POLLIN, 0};
  for (;;) {
    double time = now(), wake = time + 1000;
    if (is_slow && time >= tick) {
      tick = time + TICK;
      for (size_t i = 0; i < count; i++) all[i].may_send = option.send, all[i].may_read = option.read;
    }
    if (is_slow) wake = tick;
    for (size_t i = 0; i < count; i++) {
      struct connection *c = all + i;
      if (c->state == AWAY && time >= c->again) {
        c->may_send = option.send, c->may_read = option.read;
        c->fd = dial(option.read >= 0);
        if (c->fd < 0) {
          total.refused++;
          c->again = time + AGAIN;
        } else {
          total.connected++;
          begin_in_time(c, time);
        }
      } else if (c->state == PACED) {
        begin_in_time(c, time);
      }
      if (c->state == AWAY && c->again < wake) wake = c->again;
      if (c->state == PACED && next_send < wake) wake = next_send;
      short events = 0;
      if (c->state == SENDING && c->may_send) events |= POLLOUT;
      if (c->state != AWAY && c->may_read) events |= POLLIN;
      /* a client that never reads sees the end all the same */
      if (!option.read) events |= POLLRDHUP;
      polled[i + 1] = (struct pollfd){events ? c->fd : -1, events, 0};
    }
    double wait = wake - now();
    if (poll(polled, count + 1, wait > 0 ? (int)wait + 1 : 0) < 0) fail("poll");
    if (polled[0].revents) break;
    time = now();
    for (size_t i = 0; i < count; i++) {
      struct connection *c = all + i;
      if (!polled[i + 1].revents) continue;
      if (option.chance && chance(1000) < (uint32_t)option.chance) {
        leave(c, time, 0);
        continue;
      }
      if (!option.read && polled[i + 1].revents & (POLLRDHUP | POLLHUP | POLLERR)) {
        leave(c, time, 1);
        continue;
      }
      if (polled[i + 1].revents & POLLOUT) send_some(c);
      if (c->fd >= 0 && c->may_read && polled[i + 1].revents & ~POLLOUT) read_some(c, time);
    }
  }
  report_crowd();
  return 0;
}

/* Victims. */

/* Asks and waits; returns the status, or 0 if no complete answer comes in time. */
static int ask(int fd, const struct request *r, int patience) {
  static struct answer answer;
  static char data[262144];
  double end = now() + patience;
  size_t sent = 0;
  vary(r->data, r->mark);
  await(&answer);
  for (;;) {
    if (sent < r->size) {
      ssize_t n = send(fd, r->data + sent, r->size - sent, MSG_NOSIGNAL);
      if (n > 0) sent += (size_t)n;
      else if (errno != EAGAIN) sent = r->size;
    }
    int left = (int)(end - now());
    struct pollfd p = {fd, (short)(sent < r->size ? POLLIN | POLLOUT : POLLIN), 0};
    if (left <= 0 || poll(&p, 1, left) <= 0) return 0;
    if (!(p.revents & ~POLLOUT)) continue;
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n <= 0) return 0;
    if (take(&answer, data, (size_t)n)) return answer.status;
  }
}

static void sleep_until(double time) {
  struct timespec t = {(time_t)(time / 1e3), (long)((time - 1e3 * (double)(time_t)(time / 1e3)) * 1e6)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0) == EINTR) continue;
}

/* sched_setattr(2), which the C library does not have yet. Linux 6.12 and later let a process with a short slice interrupt the others;
   a real-time class would be throttled for being busy, just when an agent is attacked. */
static void favour(pid_t pid) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .nice = -15, .runtime = 100000};
  if (syscall(SYS_sched_setattr, pid, &attributes, 0)) setpriority(PRIO_PROCESS, (id_t)pid, -15);
}

/* A server that only answers, scheduled like the agent: any delay is the machine's own. */
static int echo(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("socketpair");
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid) {
    close(ends[1]);
    return ends[0];
  }
  close(ends[0]);
  sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
  favour(0);
  char byte;
  while (read(ends[1], &byte, 1) == 1 && write(ends[1], &byte, 1) == 1) continue;
  _exit(0);
}

static int probe(double seconds, int server) {
  size_t room = (size_t)(seconds * 1000 / PERIOD) + 2 * PATIENCE / PERIOD + 16, count = 0, bare_count = 0;
  double *times = memory(room, sizeof *times), *bare = memory(room, sizeof *bare), longest = 0;
  double due = now() + PERIOD, end = due + seconds * 1000;
  unsigned asked = 0, failed = 0;
  int kept = -1;
  for (; due < end; due += PERIOD) {
    sleep_until(due);
    char byte = 0;
    double from = now();
    if (write(server, &byte, 1) != 1 || read(server, &byte, 1) != 1) fail("echo");
    bare[bare_count++] = now() - from;
    from = now();
    int is_fresh = asked++ % FRESH == FRESH - 1, is_new = is_fresh || kept < 0;
    int fd = is_new ? dial(0) : kept;
    int status = fd < 0 ? 0 : ask(fd, requests, PATIENCE);
    double to = now();
    if (is_fresh || status != 200) {
      if (fd >= 0) close(fd);
      if (fd == kept) kept = -1;
    } else {
      kept = fd;
    }
    failed += status != 200;
    if (to - from > longest) longest = to - from;
    times[count++] = to - from;
    /* those that came due meanwhile */
    for (; due + PERIOD < to && due + PERIOD < end && count < room; due += PERIOD) times[count++] = to - due - PERIOD;
  }
  qsort(times, count, sizeof *times, ascending);
  qsort(bare, bare_count, sizeof *bare, ascending);
  printf("{\"asked\": %u, \"failed\": %u, \"median\": %.3f, \"percentile99\": %.3f, \"longest\": %.3f, \"bare\": %.3f}\n", asked, failed,
         part_of(times, count, 0.5), part_of(times, count, 0.99), longest, part_of(bare, bare_count, 0.99));
  return 0;
}

static int calls(double seconds, double pause) {
  struct {
    unsigned ok, failed;
    double slowest;
  } *by = memory((size_t)request_count, sizeof *by);
  double end = now() + seconds * 1000;
  for (int i = 0; now() < end; i = (i + 1) % request_count) {
    double from = now();
    int fd = dial(0), status = fd < 0 ? 0 : ask(fd, requests + i, PATIENCE);
    double took = now() - from;
    if (fd >= 0) close(fd);
    by[i].ok += status == 200;
    by[i].failed += status != 200;
    if (took > by[i].slowest) by[i].slowest = took;
    if (pause > 0) sleep_until(from + pause);
  }
  for (int i = 0; i < request_count; i++)
    printf("%s{\"ok\": %u, \"failed\": %u, \"slowest\": %.1f}%s", i ? ", " : "[", by[i].ok, by[i].failed, by[i].slowest,
           i + 1 < request_count ? "" : "]\n");
  return 0;
}

static int usage(void) {
  fputs("usage: attack crowd ADDRESS REQUESTS [NAME=VALUE]… | probe ADDRESS REQUESTS SECONDS UID | "
        "calls ADDRESS REQUESTS SECONDS UID PAUSE | favour PID…\n", stderr);
  return 2;
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "favour")) {
    for (int i = 2; i < argc; i++) favour(atoi(argv[i]));
    return 0;
  }
  if (argc < 4) return usage();
  set_address(argv[2]);
  read_requests(argv[3]);
  signal(SIGPIPE, SIG_IGN);
  if (strcmp(argv[1], "crowd")) {
    if (argc < 6) return usage();
    int is_probe = !strcmp(argv[1], "probe");
    random_state += (uint64_t)getpid() * 2654435761u;
    if (is_probe) sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
    prctl(PR_SET_TIMERSLACK, 1ul);
    int server = is_probe ? echo() : -1;
    become(0, (uid_t)atoi(argv[5]));
    if (is_probe) return probe(atof(argv[4]), server);
    return argc == 7 && !strcmp(argv[1], "calls") ? calls(atof(argv[4]), atof(argv[6])) : usage();
  }
  const char *group = 0;
  const struct {
    const char *name;
    long long *value;
  } names[] = {{"connections", &option.connections}, {"uid", &option.uid},     {"rate", &option.rate},
               {"send", &option.send},               {"read", &option.read},   {"once", &option.once},
               {"close", &option.close},             {"hangup", &option.hangup}, {"break", &option.chance}, {"seed", &option.seed}};
  for (int i = 4; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    if (!value) return usage();
    *value++ = 0;
    int found = 0;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
      if (!strcmp(argv[i], names[k].name)) *names[k].value = atoll(value), found = 1;
    if (!strcmp(argv[i], "cgroup")) group = value, found = 1;
    if (!strcmp(argv[i], "from")) found = inet_aton(value, &source);
    if (!found) return usage();
  }
  random_state ^= (uint64_t)option.seed * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid() << 32;
  if (!option.seed) random_state += (uint64_t)(now() * 1e3);
  /* what is measured is the agent, not how it shares processors with attackers */
  setpriority(PRIO_PROCESS, 0, 10);
  become(group, (uid_t)option.uid);
  puts("begun");
  fflush(stdout);
  return crowd();
}
