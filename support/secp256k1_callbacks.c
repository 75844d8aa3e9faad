/* Part of libsecp256k1.a for musl: what the library calls when it is misused or its memory is corrupt. Its own functions print before
   they end the program, and printf is 10 kB. */
void secp256k1_default_illegal_callback_fn(const char *message, void *data);
void secp256k1_default_error_callback_fn(const char *message, void *data);

void secp256k1_default_illegal_callback_fn(const char *message, void *data) {
  (void)message, (void)data;
  __builtin_trap();
}

void secp256k1_default_error_callback_fn(const char *message, void *data) {
  (void)message, (void)data;
  __builtin_trap();
}
