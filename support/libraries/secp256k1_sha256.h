/* libsecp256k1's SHA-256 by that of Mbed TLS: its own is unrolled, 11 kB. Included in front of the library's source, from which
   support/build-deps.sh takes the function out. */
#include <mbedtls/sha256.h>
#include <string.h>

#ifndef MBEDTLS_PRIVATE /* 2.28 */
#define MBEDTLS_PRIVATE(member) member
#endif

static void secp256k1_sha256_transform(uint32_t *state, const unsigned char *block) {
  mbedtls_sha256_context context;
  memcpy(context.MBEDTLS_PRIVATE(state), state, 32);
  mbedtls_internal_sha256_process(&context, block);
  memcpy(state, context.MBEDTLS_PRIVATE(state), 32);
  explicit_bzero(&context, sizeof context); /* it may have been a secret key's */
}
