// AEAD_AES_128_GCM of SRTP (RFC 7714), with the libraries that the server uses.
#ifndef FORESTAGE_REFERENCE_PROTECTION_H
#define FORESTAGE_REFERENCE_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

enum { TAG_OCTETS = 16, KEY_OCTETS = 16, SALT_OCTETS = 12 };

// One key of either direction, and the salt as two numbers in network order.
typedef struct {
    void *schedule;
    uint64_t salt_high;
    uint64_t salt_low;
} session;

// Makes what seals and opens; for one thread. Returns 0, or -1 where the libraries cannot run here.
int protection_start(void);

// Expands a key made of `seed`. Returns 0 or -1.
int sealing_session(session *made, uint32_t seed);
int opening_session(session *made, uint32_t seed);

// Encrypts `count` octets of `payload` to `packet + header_count` and appends the tag; `index` is the roll-over counter and
// the sequence number.
void protect(const session *key, uint64_t index, uint32_t ssrc, uint8_t *packet, size_t header_count,
             const uint8_t *payload, size_t count);

// Checks and decrypts in place. `count` is without the tag. Returns 1 where the tag is right.
int unprotect(const session *key, uint64_t index, uint32_t ssrc, uint8_t *packet, size_t header_count, size_t count);

#endif
