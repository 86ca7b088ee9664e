#include "CIPSecMB.h"

#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

enum {
    AES_128_KEY_OCTETS = 16,
    AES_128_SCHEDULE_OCTETS = 16 * 11,
    SHA1_BLOCK_OCTETS = 64,
    CM_TAG_OCTETS = 10,
    // The library writes HMAC-SHA1 tags of 12 or 20 octets only.
    LIBRARY_TAG_OCTETS = 12,
    GCM_TAG_OCTETS = 16,
    KEY_ALIGNMENT = 64,
};

/// The memory of a job until it completes.
typedef struct {
    uint64_t iv[2];
    uint8_t tag[16];
    /// The start of the ciphertext and the destination of the tag.
    uint8_t *ciphertext;
    uint8_t *end;
} slot;

struct forestage_ipsecmb {
    // Jobs complete in the order of submission and at most IMB_MAX_JOBS are in flight, so a ring of as many entries
    // never overwrites a live one.
    slot slots[IMB_MAX_JOBS];
    unsigned next_slot;
    uint64_t failures;
    IMB_MGR *manager;
    struct gcm_context_data gcm_context;
};

typedef struct {
    uint8_t encryption[AES_128_SCHEDULE_OCTETS];
    uint8_t inner[32];
    uint8_t outer[32];
} cm_schedule;

/// A manager for the best instructions of this processor; NULL if the library cannot be used.
static IMB_MGR *open_manager(void)
{
    IMB_MGR *manager = alloc_mb_mgr(0);
    if (!manager)
        return NULL;
    IMB_ARCH architecture = IMB_ARCH_NONE;
    init_mb_mgr_auto(manager, &architecture);
    const uint64_t features = manager->features;
    const bool tested = !(features & IMB_FEATURE_SELF_TEST) || (features & IMB_FEATURE_SELF_TEST_PASS);
    // IMB_ARCH_NOAESNI emulates AES in plain code: OpenSSL is better then.
    if (architecture < IMB_ARCH_SSE || imb_get_errno(manager) != 0 || !tested) {
        free_mb_mgr(manager);
        return NULL;
    }
    return manager;
}

forestage_ipsecmb *forestage_ipsecmb_create(void)
{
    forestage_ipsecmb *engine = aligned_alloc(64, (sizeof(forestage_ipsecmb) + 63) & ~(size_t)63);
    if (!engine)
        return NULL;
    memset(engine, 0, sizeof *engine);
    engine->manager = open_manager();
    if (!engine->manager) {
        free(engine);
        return NULL;
    }
    return engine;
}

void forestage_ipsecmb_destroy(forestage_ipsecmb *engine)
{
    if (!engine)
        return;
    free_mb_mgr(engine->manager);
    imb_clear_mem(engine, sizeof *engine);
    free(engine);
}

const char *forestage_ipsecmb_architecture(const forestage_ipsecmb *engine)
{
    switch (engine->manager->used_arch) {
    case IMB_ARCH_SSE: return "SSE";
    case IMB_ARCH_AVX: return "AVX";
    case IMB_ARCH_AVX2: return "AVX2";
    case IMB_ARCH_AVX512: return "AVX-512";
    default: return "unknown";
    }
}

size_t forestage_ipsecmb_gcm_key_size(void) { return sizeof(struct gcm_key_data); }
size_t forestage_ipsecmb_cm_key_size(void) { return sizeof(cm_schedule); }
size_t forestage_ipsecmb_key_alignment(void) { return KEY_ALIGNMENT; }

void forestage_ipsecmb_gcm_expand(forestage_ipsecmb *engine, const uint8_t *key, void *schedule)
{
    IMB_AES128_GCM_PRE(engine->manager, key, (struct gcm_key_data *)schedule);
}

void forestage_ipsecmb_cm_expand(
    forestage_ipsecmb *engine, const uint8_t *key, const uint8_t *auth_key, size_t auth_count, void *schedule)
{
    cm_schedule *s = schedule;
    // Counter mode needs no decryption key, so that half of the expansion is dropped.
    uint8_t decryption[AES_128_SCHEDULE_OCTETS] __attribute__((aligned(16)));
    IMB_AES_KEYEXP_128(engine->manager, key, s->encryption, decryption);
    uint8_t pad[SHA1_BLOCK_OCTETS];
    memset(pad, 0x36, sizeof pad);
    for (size_t i = 0; i < auth_count && i < sizeof pad; i++)
        pad[i] ^= auth_key[i];
    IMB_SHA1_ONE_BLOCK(engine->manager, pad, s->inner);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    IMB_SHA1_ONE_BLOCK(engine->manager, pad, s->outer);
    imb_clear_mem(pad, sizeof pad);
    imb_clear_mem(decryption, sizeof decryption);
}

void forestage_ipsecmb_gcm_seal(
    forestage_ipsecmb *engine, const void *schedule, uint64_t iv0, uint64_t iv1, uint8_t *packet, size_t header_count,
    const uint8_t *payload, size_t count)
{
    const uint64_t iv[2] = { iv0, iv1 };
    uint8_t *ciphertext = packet + header_count;
    IMB_AES128_GCM_ENC(
        engine->manager, schedule, &engine->gcm_context, ciphertext, payload, count, (const uint8_t *)iv, packet,
        header_count, ciphertext + count, GCM_TAG_OCTETS);
}

forestage_gcm_encrypt forestage_ipsecmb_gcm_encrypt(const forestage_ipsecmb *engine)
{
    return engine->manager->gcm128_enc;
}

bool forestage_gcm_find(forestage_gcm *found)
{
    IMB_MGR *manager = open_manager();
    if (!manager)
        return false;
    // The functions do not depend on the manager that provides them.
    *found = (forestage_gcm){
        .expand = manager->gcm128_pre, .encrypt = manager->gcm128_enc, .decrypt = manager->gcm128_dec};
    free_mb_mgr(manager);
    return true;
}

void forestage_gcm_expand(const forestage_gcm *gcm, const uint8_t *key, void *schedule)
{
    gcm->expand(key, schedule);
}

void forestage_gcm_seal(
    const forestage_gcm *gcm, const void *schedule, uint64_t iv0, uint64_t iv1, const uint8_t *associated,
    size_t associated_count, uint8_t *text, const uint8_t *source, size_t count, uint8_t *tag)
{
    const uint64_t iv[2] = { iv0, iv1 };
    struct gcm_context_data context;
    gcm->encrypt(
        schedule, &context, text, source, count, (const uint8_t *)iv, associated, associated_count, tag,
        GCM_TAG_OCTETS);
}

bool forestage_gcm_open(
    const forestage_gcm *gcm, const void *schedule, uint64_t iv0, uint64_t iv1, const uint8_t *associated,
    size_t associated_count, uint8_t *text, size_t count, const uint8_t *tag)
{
    const uint64_t iv[2] = { iv0, iv1 };
    struct gcm_context_data context;
    uint64_t expected[2], found[2];
    gcm->decrypt(
        schedule, &context, text, text, count, (const uint8_t *)iv, associated, associated_count,
        (uint8_t *)expected, GCM_TAG_OCTETS);
    memcpy(found, tag, sizeof found);
    // No branch on a part of the tag, so that an attacker does not learn how many octets of a forged tag were correct.
    return ((expected[0] ^ found[0]) | (expected[1] ^ found[1])) == 0;
}

struct gcm_context_data *forestage_ipsecmb_gcm_context(forestage_ipsecmb *engine) { return &engine->gcm_context; }

static void complete(forestage_ipsecmb *engine, const IMB_JOB *job)
{
    const slot *s = job->user_data;
    if (job->status == IMB_STATUS_COMPLETED) {
        memcpy(s->end, s->tag, CM_TAG_OCTETS);
    } else {
        // No plaintext may be sent: after an in-place failure it is still in the packet.
        memset(s->ciphertext, 0, (size_t)(s->end - s->ciphertext) + CM_TAG_OCTETS);
        engine->failures++;
    }
}

void forestage_ipsecmb_cm_seal(
    forestage_ipsecmb *engine, const void *schedule, uint64_t iv0, uint64_t iv1, uint32_t roc, uint8_t *packet,
    size_t header_count, const uint8_t *payload, size_t count)
{
    const cm_schedule *key = schedule;
    slot *s = &engine->slots[engine->next_slot];
    engine->next_slot = (engine->next_slot + 1) % IMB_MAX_JOBS;
    s->iv[0] = iv0;
    s->iv[1] = iv1;
    s->ciphertext = packet + header_count;
    s->end = s->ciphertext + count;
    // The ROC is part of what is hashed and not of the packet (RFC 3711 section 4.2). It is stored at the tag's
    // destination, and the tag is written elsewhere first, so that the ROC stays readable while the job is in flight.
    s->end[0] = (uint8_t)(roc >> 24);
    s->end[1] = (uint8_t)(roc >> 16);
    s->end[2] = (uint8_t)(roc >> 8);
    s->end[3] = (uint8_t)roc;

    IMB_JOB *job = IMB_GET_NEXT_JOB(engine->manager);
    // The library refuses counter mode without a payload.
    job->cipher_mode = count ? IMB_CIPHER_CNTR : IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    job->hash_alg = IMB_AUTH_HMAC_SHA_1;
    job->enc_keys = key->encryption;
    job->dec_keys = key->encryption;
    job->key_len_in_bytes = AES_128_KEY_OCTETS;
    job->src = payload;
    job->dst = s->ciphertext;
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = count;
    // The library's hash offset is relative to the source, but the ciphertext is at the destination. The offset between
    // the two may be negative: it wraps, and so does the sum.
    job->hash_start_src_offset_in_bytes = (uint64_t)(uintptr_t)packet - (uint64_t)(uintptr_t)payload;
    job->msg_len_to_hash_in_bytes = header_count + count + sizeof roc;
    job->iv = (const uint8_t *)s->iv;
    job->iv_len_in_bytes = sizeof s->iv;
    job->auth_tag_output = s->tag;
    job->auth_tag_output_len_in_bytes = LIBRARY_TAG_OCTETS;
    job->u.HMAC._hashed_auth_key_xor_ipad = key->inner;
    job->u.HMAC._hashed_auth_key_xor_opad = key->outer;
    job->user_data = s;

    const IMB_JOB *done = IMB_SUBMIT_JOB(engine->manager);
    while (done) {
        complete(engine, done);
        done = IMB_GET_COMPLETED_JOB(engine->manager);
    }
}

void forestage_ipsecmb_flush(forestage_ipsecmb *engine)
{
    const IMB_JOB *done;
    while ((done = IMB_FLUSH_JOB(engine->manager)))
        complete(engine, done);
}

uint64_t forestage_ipsecmb_failures(const forestage_ipsecmb *engine) { return engine->failures; }
