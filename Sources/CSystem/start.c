/* The first code of the musl program. The linker packs its 700 relative relocations into DT_RELR (a bit for each instead of 24 bytes),
   which musl reads since 1.2.4 only: they are applied here, before musl's own start-up code, and taken off the list. */
#if defined AGENT_STATIC && defined AGENT_MUSL
#include <link.h>
#include <stdint.h>

/* generic ABI, not in elf.h of musl 1.2.3 */
#define RELR_SIZE 35
#define RELR_TABLE 36

extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));
extern char __ehdr_start[] __attribute__((visibility("hidden"))); /* the load address */

/* There is no thread yet, and so no canary. */
__attribute__((no_stack_protector, used, visibility("hidden"))) void apply_packed_relocations(void) {
  uintptr_t base = (uintptr_t)__ehdr_start, size = 0;
  const uintptr_t *entry = 0;
  for (ElfW(Dyn) *tag = _DYNAMIC; tag->d_tag; tag++) {
    if (tag->d_tag == RELR_TABLE) entry = (const uintptr_t *)(base + tag->d_un.d_ptr);
    if (tag->d_tag == RELR_SIZE) {
      size = tag->d_un.d_val;
      tag->d_un.d_val = 0;
    }
  }
  uintptr_t *where = 0;
  for (; size; size -= sizeof *entry, entry++) {
    if (*entry & 1) { /* which of the next 63 words */
      for (uintptr_t bits = *entry >> 1, *word = where; bits; bits >>= 1, word++) {
        if (bits & 1) *word += base;
      }
      where += 63;
    } else { /* an address */
      where = (uintptr_t *)(base + *entry);
      *where++ += base;
    }
  }
}

/* %rsp and %rdx are for musl's start-up code. */
__asm__(".pushsection .text.agent_start,\"ax\",@progbits\n"
        ".globl agent_start\n.hidden agent_start\n.type agent_start,@function\n"
        "agent_start:\n push %rdx\n call apply_packed_relocations\n pop %rdx\n jmp _start\n"
        ".size agent_start, . - agent_start\n.popsection\n");
#endif
