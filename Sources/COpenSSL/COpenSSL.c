#define _GNU_SOURCE
#include "COpenSSL.h"

#include <stdint.h>
#include <time.h>

EVP_PKEY *COpenSSL_generate_on_curve(const char *curve) { return EVP_EC_gen(curve); }

EVP_PKEY *COpenSSL_generate_rsa(unsigned int bits) { return EVP_RSA_gen(bits); }

int COpenSSL_name_add(X509_NAME *name, const char *attribute, const char *text) {
    return X509_NAME_add_entry_by_txt(name, attribute, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
}

int COpenSSL_add_extension(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

int64_t COpenSSL_unix_seconds(const ASN1_TIME *time) {
    struct tm fields;
    if (ASN1_TIME_to_tm(time, &fields) != 1) return INT64_MIN;
    return (int64_t)timegm(&fields);
}

// Called only for an encrypted key; no passphrase is known.
static int no_passphrase(char *buffer, int size, int is_writing, void *is_encrypted) {
    (void)buffer, (void)size, (void)is_writing;
    *(int *)is_encrypted = 1;
    return -1;
}

EVP_PKEY *COpenSSL_read_pem_key(BIO *bio, int *is_encrypted) {
    *is_encrypted = 0;
    return PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, is_encrypted);
}

int COpenSSL_is_end_of_pem(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

int COpenSSL_ctx_only_dtls12(SSL_CTX *ctx) {
    return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1
        && SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1;
}

void COpenSSL_ctx_set_dtls_options(SSL_CTX *ctx, uint64_t more) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION
                                 | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_QUERY_MTU | more);
}

uint64_t COpenSSL_op_no_extended_master_secret(void) { return SSL_OP_NO_EXTENDED_MASTER_SECRET; }

void COpenSSL_ctx_disable_session_cache(SSL_CTX *ctx) { SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); }

void COpenSSL_ctx_set_max_cert_list(SSL_CTX *ctx, long octets) { SSL_CTX_set_max_cert_list(ctx, octets); }

int COpenSSL_ctx_set_groups(SSL_CTX *ctx, const char *groups) { return (int)SSL_CTX_set1_groups_list(ctx, groups); }

void COpenSSL_set_mtu(SSL *ssl, long octets) { SSL_set_mtu(ssl, octets); }

static const unsigned int an_hour_in_microseconds = 3600u * 1000u * 1000u;

// OpenSSL calls this with 0 when a flight begins, and with the last result at each expiry. It treats values below 15 ms
// as expired, so the results 1, 2, 3 ... make it resend the flight at once and count the repetitions.
static unsigned int flight_timer(SSL *ssl, unsigned int previous) {
    if (SSL_is_server(ssl) || SSL_get_state(ssl) == TLS_ST_CW_CLNT_HELLO) return an_hour_in_microseconds;
    return previous < COPENSSL_SPARE_FLIGHTS ? previous + 1 : an_hour_in_microseconds;
}

void COpenSSL_replace_flight_timer(SSL *ssl) { DTLS_set_timer_cb(ssl, flight_timer); }

int COpenSSL_has_extended_master_secret(SSL *ssl) { return SSL_get_extms_support(ssl) == 1; }

COpenSSL_awaited COpenSSL_awaits(const SSL *ssl) {
    switch (SSL_get_state(ssl)) {
    case TLS_ST_SR_CERT_VRFY:
    case TLS_ST_CW_FINISHED:
        return COpenSSL_awaited_change_cipher_spec;
    case TLS_ST_SR_CHANGE:
    case TLS_ST_CR_CHANGE:
        return COpenSSL_awaited_finished;
    default:
        return COpenSSL_awaited_other;
    }
}

int COpenSSL_record_overhead(const SSL *ssl) {
    const SSL_CIPHER *cipher = SSL_get_pending_cipher(ssl);
    if (cipher == NULL) cipher = SSL_get_current_cipher(ssl);
    if (cipher == NULL) return -1;
    switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_aes_128_gcm:
    case NID_aes_256_gcm:
        return EVP_GCM_TLS_EXPLICIT_IV_LEN + EVP_GCM_TLS_TAG_LEN;
    case NID_chacha20_poly1305:
        return EVP_CHACHAPOLY_TLS_TAG_LEN;
    default:
        return -1;
    }
}

COpenSSL_bio_question COpenSSL_bio_question_of(int command) {
    switch (command) {
    case BIO_CTRL_FLUSH:
        return COpenSSL_bio_question_flush;
    case BIO_CTRL_PENDING:
        return COpenSSL_bio_question_pending;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return COpenSSL_bio_question_mtu;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return COpenSSL_bio_question_mtu_overhead;
    default:
        return COpenSSL_bio_question_other;
    }
}

void COpenSSL_bio_wants_read(BIO *bio) { BIO_set_retry_read(bio); }

void COpenSSL_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

int COpenSSL_alert_of_error(unsigned long error) {
    int reason = ERR_GET_REASON(error);
    if (ERR_GET_LIB(error) != ERR_LIB_SSL || reason < SSL_AD_REASON_OFFSET || reason > SSL_AD_REASON_OFFSET + 255) return -1;
    return reason - SSL_AD_REASON_OFFSET;
}
