#include <stddef.h>
#include <stdint.h>

/* libFuzzer's (FuzzerInterface.h); no header of the toolchain has it. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t size));
