/* memcpy(3) and memmove(3) of the musl build. musl's own for x86-64 are string instructions, which take 40 to 60 ns to start, however
   short the copy, and most of the agent's copies are short. One function serves for both: it reads both ends before it writes either. */
#ifdef AGENT_MUSL
#include <stddef.h>
#include <stdint.h>

typedef uint16_t two __attribute__((aligned(1), may_alias));
typedef uint32_t four __attribute__((aligned(1), may_alias));
typedef uint64_t eight __attribute__((aligned(1), may_alias));
typedef char sixteen __attribute__((vector_size(16), aligned(1), may_alias));

/* for sizes from that of the type to twice that */
#define ENDS(type) \
  do { \
    type *first = (type *)to, *last = (type *)(to + size - sizeof(type)); \
    const type head = *(const type *)from, tail = *(const type *)(from + size - sizeof(type)); \
    *first = head; \
    *last = tail; \
    return out; \
  } while (0)

__attribute__((used)) void *memmove(void *out, const void *in, size_t size) {
  char *to = out;
  const char *from = in;
  if (size <= 32) {
    if (size >= 16) ENDS(sixteen);
    if (size >= 8) ENDS(eight);
    if (size >= 4) ENDS(four);
    if (size >= 2) ENDS(two);
    if (size) *to = *from;
  } else if ((size_t)(to - from) >= size) {
    const sixteen tail = *(const sixteen *)(from + size - 16);
    for (size_t at = 0; at < size - 16; at += 16) *(sixteen *)(to + at) = *(const sixteen *)(from + at);
    *(sixteen *)(to + size - 16) = tail;
  } else {
    /* `to` is within the source */
    const sixteen head = *(const sixteen *)from;
    for (size_t at = size; at > 16; at -= 16) *(sixteen *)(to + at - 16) = *(const sixteen *)(from + at - 16);
    *(sixteen *)to = head;
  }
  return out;
}

__attribute__((used, alias("memmove"))) void *memcpy(void *restrict out, const void *restrict in, size_t size);
#endif
