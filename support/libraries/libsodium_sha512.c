/* libsodium's SHA-512 by that of Mbed TLS: its own is another 4 kB. */
#include <crypto_hash_sha512.h>
#include <mbedtls/sha512.h>
#include <string.h>

/* The library's state has room for all of the context but the choice of SHA-384, which is off where it is zero. */
_Static_assert(sizeof(crypto_hash_sha512_state) + 8 == sizeof(mbedtls_sha512_context), "contexts differ in one word");

static void load(mbedtls_sha512_context *context, const crypto_hash_sha512_state *state) {
  memset(context, 0, sizeof *context);
  memcpy(context, state, sizeof *state);
}

static void store(crypto_hash_sha512_state *state, mbedtls_sha512_context *context) {
  memcpy(state, context, sizeof *state);
  explicit_bzero(context, sizeof *context);
}

int crypto_hash_sha512_init(crypto_hash_sha512_state *state) {
  mbedtls_sha512_context context;
  mbedtls_sha512_init(&context);
  mbedtls_sha512_starts(&context, 0);
  store(state, &context);
  return 0;
}

int crypto_hash_sha512_update(crypto_hash_sha512_state *state, const unsigned char *in, unsigned long long size) {
  mbedtls_sha512_context context;
  load(&context, state);
  mbedtls_sha512_update(&context, in, size);
  store(state, &context);
  return 0;
}

int crypto_hash_sha512_final(crypto_hash_sha512_state *state, unsigned char *out) {
  mbedtls_sha512_context context;
  load(&context, state);
  mbedtls_sha512_finish(&context, out);
  store(state, &context);
  explicit_bzero(state, sizeof *state);
  return 0;
}

int crypto_hash_sha512(unsigned char *out, const unsigned char *in, unsigned long long size) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, in, size);
  return crypto_hash_sha512_final(&state, out);
}
