/* The cryptography of the endpoints without an agent around it: microseconds of processor time for each, the best quarter of
   many runs.
   Compiled twice by running.py: against the release build's own libraries, and as the reference (REFERENCE defined) against
   Debian's libsecp256k1, libsodium and OpenSSL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sodium/crypto_sign_ed25519.h>

#ifdef REFERENCE
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#else
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/ecdsa.h>
#include <mbedtls/hkdf.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void check(int good) {
  if (good) return;
  fputs("crypto: a call failed\n", stderr);
  exit(1);
}

static secp256k1_context *context;
static unsigned char secret[32] = {1, 2, 3}, digest[32] = {4, 5, 6}, ed_public[32], ed_secret[64], ed_signature[64];
static secp256k1_pubkey key;
static secp256k1_ecdsa_signature signature;

#ifdef REFERENCE
static void derive(unsigned char *out) {
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, 0);
  size_t n = 32;
  check(EVP_PKEY_derive_init(c) > 0 && EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) > 0);
  check(EVP_PKEY_CTX_set1_hkdf_salt(c, (const unsigned char *)"RATLS", 5) > 0 && EVP_PKEY_CTX_set1_hkdf_key(c, secret, 32) > 0);
  check(EVP_PKEY_CTX_add1_hkdf_info(c, digest, 8) > 0 && EVP_PKEY_derive(c, out, &n) > 0);
  EVP_PKEY_CTX_free(c);
}

/* A new key, and a signature by it in place of the CA's: the work is the same. */
static void tls_key(void) {
  EVP_PKEY *k = EVP_EC_gen("P-256");
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k, 0);
  unsigned char out[80];
  size_t n = sizeof out;
  check(k && EVP_PKEY_sign_init(c) > 0 && EVP_PKEY_sign(c, out, &n, digest, 32) > 0);
  EVP_PKEY_CTX_free(c);
  EVP_PKEY_free(k);
}
#else
static int random_bytes(void *unused, unsigned char *out, size_t n) {
  (void)unused;
  return getrandom(out, n, 0) == (ssize_t)n ? 0 : -1;
}

static void derive(unsigned char *out) {
  const mbedtls_md_info_t *md = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  check(!mbedtls_hkdf(md, (const unsigned char *)"RATLS", 5, secret, 32, digest, 8, out, 32));
}

static void tls_key(void) {
  mbedtls_pk_context k;
  unsigned char out[80];
  size_t n;
  mbedtls_pk_init(&k);
  check(!mbedtls_pk_setup(&k, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
  check(!mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(k), random_bytes, 0));
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  check(!mbedtls_pk_sign(&k, MBEDTLS_MD_SHA256, digest, 32, out, sizeof out, &n, random_bytes, 0));
#else
  check(!mbedtls_pk_sign(&k, MBEDTLS_MD_SHA256, digest, 32, out, &n, random_bytes, 0));
#endif
  mbedtls_pk_free(&k);
}
#endif

static void chain(void) {
  secp256k1_ecdsa_recoverable_signature r;
  check(secp256k1_ecdsa_sign_recoverable(context, &r, digest, secret, 0, 0));
}

static void get_key_secp256k1(void) {
  unsigned char derived[32];
  secp256k1_pubkey p;
  derive(derived);
  check(secp256k1_ec_pubkey_create(context, &p, derived));
  chain();
}

static void get_key_ed25519(void) {
  unsigned char derived[32];
  derive(derived);
  crypto_sign_ed25519_seed_keypair(ed_public, ed_secret, derived);
  chain();
}

static void sign_secp256k1(void) { check(secp256k1_ecdsa_sign(context, &signature, digest, secret, 0, 0)); }
static void sign_ed25519(void) { crypto_sign_ed25519_detached(ed_signature, 0, digest, 32, ed_secret); }

static void verify_secp256k1(void) {
  static unsigned char bytes[33];
  size_t n = sizeof bytes;
  if (!bytes[0]) secp256k1_ec_pubkey_serialize(context, bytes, &n, &key, SECP256K1_EC_COMPRESSED);
  secp256k1_pubkey p;
  check(secp256k1_ec_pubkey_parse(context, &p, bytes, 33) && secp256k1_ecdsa_verify(context, &signature, digest, &p));
}

static void verify_ed25519(void) { check(!crypto_sign_ed25519_verify_detached(ed_signature, digest, 32, ed_public)); }

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure(const char *name, void (*work)(void)) {
  enum { runs = 400 };
  static double times[runs];
  for (int i = 0; i < runs; i++) {
    double from = now();
    work();
    times[i] = now() - from;
  }
  qsort(times, runs, sizeof *times, ascending);
  printf("%s %.1f\n", name, times[runs / 4]);
}

int main(void) {
  context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
  check(context && secp256k1_ec_pubkey_create(context, &key, secret));
  measure("GetKey-secp256k1", get_key_secp256k1);
  measure("GetKey-ed25519", get_key_ed25519);
  measure("Sign-secp256k1", sign_secp256k1);
  measure("Sign-ed25519", sign_ed25519);
  measure("Verify-secp256k1", verify_secp256k1);
  measure("Verify-ed25519", verify_ed25519);
  measure("GetTlsKey", tls_key);
  return 0;
}
