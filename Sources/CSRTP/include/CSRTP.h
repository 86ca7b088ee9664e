// libsrtp2's header for Swift, and HMAC-SHA1 with its key pads hashed once.
#ifndef FORESTAGE_CSRTP_H
#define FORESTAGE_CSRTP_H

#include <srtp2/srtp.h>
#include <stddef.h>
#include <stdint.h>

/// HMAC-SHA1 states after the block of the key XOR ipad, and of the key XOR opad (RFC 2104).
typedef struct {
    uint32_t inner[5];
    uint32_t outer[5];
} forestage_hmac_sha1_pads;

/// Hashes the pads of `key`, which is at most 64 octets long.
void forestage_hmac_sha1_prepare(forestage_hmac_sha1_pads *pads, const uint8_t *key, size_t count);

/// HMAC-SHA1 of `count` octets followed by `word` in network order; writes the leading 10 octets to `tag`.
void forestage_hmac_sha1_80(
    const forestage_hmac_sha1_pads *pads, const uint8_t *data, size_t count, uint32_t word, uint8_t *tag);

#endif
