// OpenSSL's headers for Swift, and functions for the macros that Swift cannot see.
#ifndef FORESTAGE_COPENSSL_H
#define FORESTAGE_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// Certificates

/// EVP_EC_gen: a new key pair on P-256, or NULL. The caller frees it with EVP_PKEY_free.
EVP_PKEY *COpenSSL_generate_p256(void);

/// Appends one attribute (short name, UTF-8 text) to a distinguished name. Returns 1 on success.
int COpenSSL_name_add(X509_NAME *name, const char *attribute, const char *text);

// Context options

/// Restricts a context to DTLS 1.2. Returns 1 on success.
int COpenSSL_ctx_only_dtls12(SSL_CTX *ctx);

/// Sets the options of a DTLS-SRTP endpoint: no renegotiation, no tickets, no compression, the server's order of
/// ciphers, and an MTU that is given and never asked of the BIO; adds `more` options to them.
void COpenSSL_ctx_set_dtls_options(SSL_CTX *ctx, uint64_t more);

/// SSL_OP_NO_EXTENDED_MASTER_SECRET, which tests use to be a peer of the old kind.
uint64_t COpenSSL_op_no_extended_master_secret(void);

/// SSL_CTX_set_session_cache_mode(SSL_SESS_CACHE_OFF).
void COpenSSL_ctx_disable_session_cache(SSL_CTX *ctx);

/// SSL_CTX_set_max_cert_list: the most octets of certificates that a peer may send; DTLS takes it for the most octets
/// of any handshake message, too.
void COpenSSL_ctx_set_max_cert_list(SSL_CTX *ctx, long octets);

/// SSL_CTX_set1_groups_list. Returns 1 on success.
int COpenSSL_ctx_set_groups(SSL_CTX *ctx, const char *groups);

// Sessions

/// SSL_set_mtu: the most octets of a datagram without its IP and UDP headers.
void COpenSSL_set_mtu(SSL *ssl, long octets);

/// Makes OpenSSL's own flight timer, which runs on the real clock, too slow to matter: it is asked for its length by a
/// callback that answers an hour. A handshake is given up long before.
void COpenSSL_disable_flight_timer(SSL *ssl);

/// SSL_get_extms_support: 1 where the session has the extended master secret (RFC 7627).
int COpenSSL_has_extended_master_secret(SSL *ssl);

/// Whether the peer's ChangeCipherSpec has been taken and its Finished is what comes next: 1 or 0.
int COpenSSL_awaits_finished(const SSL *ssl);

// Datagram BIO

/// What a BIO's control callback was asked.
typedef enum COpenSSL_bio_question {
    /// Anything that a datagram BIO has nothing to say to: answer 0.
    COpenSSL_bio_question_other,
    /// BIO_flush: answer 1.
    COpenSSL_bio_question_flush,
    /// Octets that wait to be read.
    COpenSSL_bio_question_pending,
    /// The most octets of a datagram (BIO_CTRL_DGRAM_QUERY_MTU, _GET_MTU and _GET_FALLBACK_MTU).
    COpenSSL_bio_question_mtu,
    /// The octets of the IP and UDP headers (BIO_CTRL_DGRAM_GET_MTU_OVERHEAD).
    COpenSSL_bio_question_mtu_overhead,
} COpenSSL_bio_question;

/// Translates a BIO_CTRL_ number.
COpenSSL_bio_question COpenSSL_bio_question_of(int command);

/// BIO_set_retry_read, the retry flags having been cleared before.
void COpenSSL_bio_wants_read(BIO *bio);

/// BIO_clear_retry_flags.
void COpenSSL_bio_clear_retry(BIO *bio);

// Errors

/// The alert that the peer sent, where `error` (from ERR_get_error) is about a received fatal alert; -1 otherwise.
int COpenSSL_alert_of_error(unsigned long error);

#endif
