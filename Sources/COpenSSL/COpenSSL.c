#include "COpenSSL.h"

EVP_PKEY *COpenSSL_generate_p256(void) { return EVP_EC_gen("P-256"); }

int COpenSSL_name_add(X509_NAME *name, const char *attribute, const char *text) {
    return X509_NAME_add_entry_by_txt(name, attribute, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
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

static unsigned int an_hour_in_microseconds(SSL *ssl, unsigned int previous) {
    (void)ssl;
    (void)previous;
    return 3600u * 1000u * 1000u;
}

void COpenSSL_disable_flight_timer(SSL *ssl) { DTLS_set_timer_cb(ssl, an_hour_in_microseconds); }

int COpenSSL_has_extended_master_secret(SSL *ssl) { return SSL_get_extms_support(ssl) == 1; }

int COpenSSL_awaits_finished(const SSL *ssl) {
    OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
    return state == TLS_ST_SR_CHANGE || state == TLS_ST_CR_CHANGE;
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
