// SRTP's two transforms on Intel's multi-buffer library, one call per packet.
#ifndef FORESTAGE_CIPSECMB_H
#define FORESTAGE_CIPSECMB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A multi-buffer manager with the state of the packets in flight; for one thread.
typedef struct forestage_ipsecmb forestage_ipsecmb;

/// A new manager for the best instructions of this processor; NULL without memory, without AES instructions, or if the
/// library's self-test fails.
forestage_ipsecmb *forestage_ipsecmb_create(void);
void forestage_ipsecmb_destroy(forestage_ipsecmb *engine);

/// The instruction set in use, such as "AVX2".
const char *forestage_ipsecmb_architecture(const forestage_ipsecmb *engine);

/// Octets of an expanded key, and the alignment that it needs.
size_t forestage_ipsecmb_gcm_key_size(void);
size_t forestage_ipsecmb_cm_key_size(void);
size_t forestage_ipsecmb_key_alignment(void);

/// Expands a session key of 16 octets into `schedule`.
void forestage_ipsecmb_gcm_expand(forestage_ipsecmb *engine, const uint8_t *key, void *schedule);
/// Expands a session key of 16 octets and an authentication key of `auth_count` (at most 64) octets into `schedule`.
void forestage_ipsecmb_cm_expand(
    forestage_ipsecmb *engine, const uint8_t *key, const uint8_t *auth_key, size_t auth_count, void *schedule);

/// AEAD_AES_128_GCM: encrypts `count` octets from `payload` to `packet + header_count` and appends the tag of 16
/// octets. Complete on return. The nonce is the first 12 octets of `iv0` and `iv1` in memory order.
void forestage_ipsecmb_gcm_seal(
    forestage_ipsecmb *engine, const void *schedule, uint64_t iv0, uint64_t iv1, uint8_t *packet, size_t header_count,
    const uint8_t *payload, size_t count);

/// The function that forestage_ipsecmb_gcm_seal calls, for callers that seal many packets. Arguments: key, context,
/// destination, source and its length, nonce of 12 octets, associated data and its length, tag and its length.
struct gcm_key_data;
struct gcm_context_data;
typedef void (*forestage_gcm_encrypt)(
    const struct gcm_key_data *, struct gcm_context_data *, uint8_t *, const uint8_t *, uint64_t, const uint8_t *,
    const uint8_t *, uint64_t, uint8_t *, uint64_t);
forestage_gcm_encrypt forestage_ipsecmb_gcm_encrypt(const forestage_ipsecmb *engine);
struct gcm_context_data *forestage_ipsecmb_gcm_context(forestage_ipsecmb *engine);

/// The library's AEAD_AES_128_GCM functions for this processor; callable from any thread.
typedef struct {
    void (*expand)(const void *key, struct gcm_key_data *schedule);
    forestage_gcm_encrypt encrypt;
    forestage_gcm_encrypt decrypt;
} forestage_gcm;

/// Fills `found`; `false` if forestage_ipsecmb_create would return NULL.
bool forestage_gcm_find(forestage_gcm *found);
/// Expands a session key of 16 octets into `schedule`, of forestage_ipsecmb_gcm_key_size octets.
void forestage_gcm_expand(const forestage_gcm *gcm, const uint8_t *key, void *schedule);
/// Encrypts `count` octets from `source` to `text` and writes the tag of 16 octets.
void forestage_gcm_seal(
    const forestage_gcm *gcm, const void *schedule, uint64_t iv0, uint64_t iv1, const uint8_t *associated,
    size_t associated_count, uint8_t *text, const uint8_t *source, size_t count, uint8_t *tag);
/// Decrypts `count` octets of `text` in place; `false` if the tag is wrong, compared in constant time.
bool forestage_gcm_open(
    const forestage_gcm *gcm, const void *schedule, uint64_t iv0, uint64_t iv1, const uint8_t *associated,
    size_t associated_count, uint8_t *text, size_t count, const uint8_t *tag);

/// AES-CM and HMAC-SHA1-80: encrypts `count` octets from `payload` to `packet + header_count` and appends the tag of 10
/// octets. The packet, the payload and the schedule must not change until forestage_ipsecmb_flush.
void forestage_ipsecmb_cm_seal(
    forestage_ipsecmb *engine, const void *schedule, uint64_t iv0, uint64_t iv1, uint32_t roc, uint8_t *packet,
    size_t header_count, const uint8_t *payload, size_t count);

/// Completes every packet in flight.
void forestage_ipsecmb_flush(forestage_ipsecmb *engine);

/// Packets that the library refused since the manager was made; they were overwritten with zeros.
uint64_t forestage_ipsecmb_failures(const forestage_ipsecmb *engine);

#endif
