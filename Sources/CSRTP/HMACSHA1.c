// OpenSSL 3.0 deprecates the SHA-1 functions with an accessible state, but its EVP_MAC hashes the key pads again for
// every message, a third of the cost of a packet. A libcrypto without these functions fails to link; it does not
// misbehave.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CSRTP.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

static void save(uint32_t state[5], const SHA_CTX *context)
{
    state[0] = context->h0;
    state[1] = context->h1;
    state[2] = context->h2;
    state[3] = context->h3;
    state[4] = context->h4;
}

/// A context that has hashed one block of 64 octets, with `state` as the outcome.
static void resume(SHA_CTX *context, const uint32_t state[5])
{
    context->h0 = state[0];
    context->h1 = state[1];
    context->h2 = state[2];
    context->h3 = state[3];
    context->h4 = state[4];
    context->Nl = SHA_CBLOCK * 8;
    context->Nh = 0;
    context->num = 0;
}

void forestage_hmac_sha1_prepare(forestage_hmac_sha1_pads *pads, const uint8_t *key, size_t count)
{
    uint8_t inner[SHA_CBLOCK], outer[SHA_CBLOCK];
    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (size_t i = 0; i < count && i < SHA_CBLOCK; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, inner, sizeof inner);
    save(pads->inner, &context);
    SHA1_Init(&context);
    SHA1_Update(&context, outer, sizeof outer);
    save(pads->outer, &context);
    OPENSSL_cleanse(&context, sizeof context);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
}

void forestage_hmac_sha1_80(
    const forestage_hmac_sha1_pads *pads, const uint8_t *data, size_t count, uint32_t word, uint8_t *tag)
{
    const uint8_t trailer[4] = {
        (uint8_t)(word >> 24), (uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word,
    };
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX context;
    resume(&context, pads->inner);
    SHA1_Update(&context, data, count);
    SHA1_Update(&context, trailer, sizeof trailer);
    SHA1_Final(digest, &context);
    resume(&context, pads->outer);
    SHA1_Update(&context, digest, sizeof digest);
    SHA1_Final(digest, &context);
    memcpy(tag, digest, 10);
}
