/* Reference counting of the release build without atomic operations: the agent has one thread. The compiler emits calls of these
   functions under -assume-single-threaded, and Embedded Swift's runtime does not bring them. Smaller than the runtime's own, which
   it inlines at every use, and quicker. The layout of an object is that of swiftlang's EmbeddedRuntime.swift. */
#ifdef AGENT_STATIC
#include <stdint.h>

typedef void (*destroyer)(void *self __attribute__((swift_context))) __attribute__((swiftcall));
struct class_metadata {
  const void *superclass;
  destroyer destroy;
};
struct object {
  const struct class_metadata *metadata;
  uint64_t references; /* the highest bit says that the memory is not to be freed */
};

/* A count of objects that are never destroyed: static ones, and one that is being destroyed. */
#define IMMORTAL (UINT64_MAX >> 1)

/* Words that are no pointers are negative or null. */
static int is_counted(const struct object *object) {
  return (intptr_t)object > 0 && (object->references & IMMORTAL) != IMMORTAL;
}

void *swift_nonatomic_retain_n(struct object *object, uint32_t n) {
  if (is_counted(object)) object->references += n;
  return object;
}

void *swift_nonatomic_retain(struct object *object) { return swift_nonatomic_retain_n(object, 1); }

void swift_nonatomic_release_n(struct object *object, uint32_t n) {
  if (!is_counted(object)) return;
  if ((object->references & IMMORTAL) < n) __builtin_trap();
  object->references -= n;
  if ((object->references & IMMORTAL) != 0) return;
  object->references |= IMMORTAL;
  object->metadata->destroy(object);
}

void swift_nonatomic_release(struct object *object) { swift_nonatomic_release_n(object, 1); }
#endif
