/* The libraries' work with secrets, each secret marked as undefined to Valgrind, which then reports every branch and every address
   that depends on one. What is public by its meaning is marked as defined again. run.sh builds it as the release is linked.
   P-256 is not here: Mbed TLS blinds it, and Valgrind cannot see through that.
     ctime NAME           does the work of that name; `branch` and `address` are what Valgrind must report
     ctime NAME DIGITS    the same for a secret that is text of these two digits. Reading checks each digit, and a check is a
                          branch, which must go the same way for every digit: run.sh compares what is executed for two texts.
                          For the work `digit` this must differ */
#include <stdio.h>
#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/gcm.h>
#include <mbedtls/hkdf.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sodium/crypto_scalarmult_curve25519.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>
#include <valgrind/memcheck.h>

#define HIDE(x) VALGRIND_MAKE_MEM_UNDEFINED(&(x), sizeof(x))
#define SHOW(x) VALGRIND_MAKE_MEM_DEFINED(&(x), sizeof(x))

static unsigned char secret[32] = {1, 2, 3}, digest[32] = {4, 5, 6}, out[64];
static char text[65];
static volatile unsigned char sink;

static int branch(void) {
  HIDE(secret);
  if (secret[0] & 1) sink = 1;
  return 0;
}

static int address(void) {
  static const unsigned char table[256] = {7};
  HIDE(secret);
  sink = table[secret[0]];
  return 0;
}

static int secp256k1(void) {
  secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_NONE | SECP256K1_CONTEXT_DECLASSIFY);
  secp256k1_pubkey key;
  secp256k1_ecdsa_signature signature;
  secp256k1_ecdsa_recoverable_signature recoverable;
  unsigned char seed[32] = {8};
  HIDE(seed);
  HIDE(secret);
  int done = secp256k1_context_randomize(context, seed);
  SHOW(done);
  if (!done) return 1;
  done = secp256k1_ec_pubkey_create(context, &key, secret);
  SHOW(done);
  if (!done) return 1;
  done = secp256k1_ecdsa_sign(context, &signature, digest, secret, NULL, NULL);
  SHOW(done);
  if (!done) return 1;
  done = secp256k1_ecdsa_sign_recoverable(context, &recoverable, digest, secret, NULL, NULL);
  SHOW(done);
  return !done;
}

static int ed25519(void) {
  unsigned char public[32], key[64];
  HIDE(secret);
  int failed = crypto_sign_ed25519_seed_keypair(public, key, secret);
  SHOW(public);
  memcpy(key + 32, public, 32);
  return failed || crypto_sign_ed25519_detached(out, NULL, digest, sizeof digest, key);
}

static int x25519(void) {
  unsigned char point[32] = {9};
  HIDE(secret);
  int failed = crypto_scalarmult_curve25519(out, secret, point);
  SHOW(failed);
  return failed;
}

static int hex(void) {
  HIDE(secret);
  sodium_bin2hex(text, sizeof text, secret, sizeof secret);
  return 0;
}

/* a line of PEM, and one that ends within a group of digits */
static int base64(void) {
  unsigned char line[48] = {1};
  HIDE(line);
  sodium_bin2base64(text, sizeof text, line, 48, sodium_base64_VARIANT_ORIGINAL);
  sodium_bin2base64(text, sizeof text, line, 47, sodium_base64_VARIANT_ORIGINAL);
  return 0;
}

static int hex_reading(void) { return sodium_hex2bin(out, 32, text, 64, NULL, NULL, NULL); }

static int base64_reading(void) {
  size_t count;
  return mbedtls_base64_decode(NULL, 0, &count, (unsigned char *)text, 64) != MBEDTLS_ERR_BASE64_BUFFER_TOO_SMALL ||
         mbedtls_base64_decode(out, count, &count, (unsigned char *)text, 64);
}

static int digit(void) {
  if (text[0] & 1) sink = 1;
  return 0;
}

static int hkdf(void) {
  HIDE(secret);
  return mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), digest, sizeof digest, secret, sizeof secret, digest, 8, out, 32);
}

static int aes_gcm(void) {
  mbedtls_gcm_context context;
  unsigned char text[64] = {1}, sealed[64], tag[16];
  mbedtls_gcm_init(&context);
  HIDE(secret);
  HIDE(text);
  if (mbedtls_gcm_setkey(&context, MBEDTLS_CIPHER_ID_AES, secret, 256)) return 1;
  if (mbedtls_gcm_crypt_and_tag(&context, MBEDTLS_GCM_ENCRYPT, sizeof text, digest, 12, NULL, 0, text, sealed, 16, tag)) return 1;
  SHOW(sealed);
  /* without the comparison of the tags, whose outcome everyone learns */
  int failed = mbedtls_gcm_crypt_and_tag(&context, MBEDTLS_GCM_DECRYPT, sizeof text, digest, 12, NULL, 0, sealed, text, 16, tag);
  mbedtls_gcm_free(&context);
  return failed;
}

int main(int count, char **arguments) {
  static const struct {
    const char *name;
    int (*work)(void);
  } works[] = {{"secp256k1", secp256k1}, {"ed25519", ed25519}, {"x25519", x25519},   {"hkdf", hkdf},
               {"aes-gcm", aes_gcm},     {"hex", hex},         {"base64", base64},   {"hex-reading", hex_reading},
               {"base64-reading", base64_reading}, {"branch", branch}, {"address", address}, {"digit", digit}};
  for (size_t i = 0; count == 3 && i < 64; i++) text[i] = arguments[2][i % 2];
  for (size_t i = 0; count >= 2 && i < sizeof works / sizeof *works; i++)
    if (!strcmp(arguments[1], works[i].name)) return works[i].work();
  fputs("ctime: unknown name\n", stderr);
  return 2;
}
