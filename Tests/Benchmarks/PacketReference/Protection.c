#include "Protection.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include "CIPSecMB.h"
static forestage_ipsecmb *multi_buffer;
static forestage_gcm gcm;
#else
#include <openssl/evp.h>
#endif

static void make_key(uint8_t *key, session *made, uint32_t seed) {
    for (int i = 0; i < KEY_OCTETS; i++) key[i] = (uint8_t)(seed * 2654435761u >> (i % 4 * 8)) ^ (uint8_t)i;
    uint8_t salt[16] = {0};
    for (int i = 0; i < SALT_OCTETS; i++) salt[i] = key[i] ^ 0x5A;
    memcpy(&made->salt_high, salt, 8);
    memcpy(&made->salt_low, salt + 8, 8);
}

// Two zero octets, the SSRC, 48 bits of index (RFC 7714 section 8.1), combined with the salt.
static void make_vector(const session *key, uint64_t index, uint32_t ssrc, uint64_t vector[2]) {
    vector[0] = key->salt_high ^ __builtin_bswap64((uint64_t)ssrc << 16 | (index >> 32 & 0xFFFF));
    vector[1] = key->salt_low ^ __builtin_bswap64(index << 32);
}

#ifdef __x86_64__

int protection_start(void) {
    multi_buffer = forestage_ipsecmb_create();
    return multi_buffer ? 0 : -1;
}

int sealing_session(session *made, uint32_t seed) {
    uint8_t key[KEY_OCTETS];
    make_key(key, made, seed);
    const size_t alignment = forestage_ipsecmb_key_alignment();
    const size_t octets = (forestage_ipsecmb_gcm_key_size() + alignment - 1) / alignment * alignment;
    made->schedule = aligned_alloc(alignment, octets);
    if (!made->schedule) return -1;
    forestage_ipsecmb_gcm_expand(multi_buffer, key, made->schedule);
    return 0;
}

void protect(const session *key, uint64_t index, uint32_t ssrc, uint8_t *packet, size_t header_count,
             const uint8_t *payload, size_t count) {
    uint64_t vector[2];
    make_vector(key, index, ssrc, vector);
    forestage_ipsecmb_gcm_seal(
        multi_buffer, key->schedule, vector[0], vector[1], packet, header_count, payload, count);
}

// An expanded key is the same for both directions.
int opening_session(session *made, uint32_t seed) {
    return forestage_gcm_find(&gcm) ? sealing_session(made, seed) : -1;
}

int unprotect(const session *key, uint64_t index, uint32_t ssrc, uint8_t *packet, size_t header_count, size_t count) {
    uint64_t vector[2];
    make_vector(key, index, ssrc, vector);
    return forestage_gcm_open(
        &gcm, key->schedule, vector[0], vector[1], packet, header_count, packet + header_count,
        count - header_count, packet + count);
}

#else

static int evp_session(session *made, uint32_t seed, int encrypts) {
    uint8_t key[KEY_OCTETS];
    make_key(key, made, seed);
    made->schedule = EVP_CIPHER_CTX_new();
    return made->schedule && EVP_CipherInit_ex(made->schedule, EVP_aes_128_gcm(), NULL, key, NULL, encrypts) == 1 ? 0
                                                                                                                  : -1;
}

int opening_session(session *made, uint32_t seed) { return evp_session(made, seed, 0); }

int unprotect(const session *key, uint64_t index, uint32_t ssrc, uint8_t *packet, size_t header_count, size_t count) {
    uint64_t vector[2];
    make_vector(key, index, ssrc, vector);
    EVP_CIPHER_CTX *context = key->schedule;
    uint8_t *payload = packet + header_count;
    const int payload_count = (int)(count - header_count);
    int written;
    return EVP_CipherInit_ex(context, NULL, NULL, NULL, (const uint8_t *)vector, -1) == 1
        && EVP_CipherUpdate(context, NULL, &written, packet, (int)header_count) == 1
        && EVP_CipherUpdate(context, payload, &written, payload, payload_count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_OCTETS, packet + count) == 1
        && EVP_CipherFinal_ex(context, payload + payload_count, &written) == 1;
}

int protection_start(void) { return 0; }

int sealing_session(session *made, uint32_t seed) { return evp_session(made, seed, 1); }

void protect(const session *key, uint64_t index, uint32_t ssrc, uint8_t *packet, size_t header_count,
             const uint8_t *payload, size_t count) {
    uint64_t vector[2];
    make_vector(key, index, ssrc, vector);
    EVP_CIPHER_CTX *context = key->schedule;
    uint8_t *ciphertext = packet + header_count;
    int written;
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, (const uint8_t *)vector, -1) != 1
        || EVP_CipherUpdate(context, NULL, &written, packet, (int)header_count) != 1
        || EVP_CipherUpdate(context, ciphertext, &written, payload, (int)count) != 1
        || EVP_CipherFinal_ex(context, ciphertext + count, &written) != 1
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_OCTETS, ciphertext + count) != 1)
        abort();
}

#endif
