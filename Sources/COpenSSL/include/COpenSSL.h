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
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Certificates

/// EVP_EC_gen: a new key pair on a curve such as "P-256", or NULL. The caller frees it with EVP_PKEY_free.
EVP_PKEY *COpenSSL_generate_on_curve(const char *curve);

/// EVP_RSA_gen: a new RSA key pair, or NULL. The caller frees it with EVP_PKEY_free.
EVP_PKEY *COpenSSL_generate_rsa(unsigned int bits);

/// Appends one attribute (short name, UTF-8 text) to a distinguished name. Returns 1 on success.
int COpenSSL_name_add(X509_NAME *name, const char *attribute, const char *text);

/// Appends one extension to a certificate, written as in a configuration file of OpenSSL, such as NID_subject_alt_name
/// with "DNS:localhost". Returns 1 on success.
int COpenSSL_add_extension(X509 *certificate, int nid, const char *value);

/// The time in seconds since 1970 began (UTC), or INT64_MIN if it cannot be expressed.
int64_t COpenSSL_unix_seconds(const ASN1_TIME *time);

/// PEM_read_bio_PrivateKey that never asks for a passphrase: `*is_encrypted` is 1 afterwards if the key needs one. NULL
/// without a key that can be read. The caller frees it with EVP_PKEY_free.
EVP_PKEY *COpenSSL_read_pem_key(BIO *bio, int *is_encrypted);

/// 1 if `error` (from ERR_peek_last_error) says that no further PEM block begins.
int COpenSSL_is_end_of_pem(unsigned long error);

// Context options

/// Restricts a context to DTLS 1.2. Returns 1 on success.
int COpenSSL_ctx_only_dtls12(SSL_CTX *ctx);

/// Sets the options of a DTLS-SRTP endpoint: no renegotiation, no tickets, no compression, the server's order of
/// ciphers, and an MTU set by the caller instead of the BIO; adds the options `more`.
void COpenSSL_ctx_set_dtls_options(SSL_CTX *ctx, uint64_t more);

/// SSL_OP_NO_EXTENDED_MASTER_SECRET, with which tests act as an old peer.
uint64_t COpenSSL_op_no_extended_master_secret(void);

/// SSL_CTX_set_session_cache_mode(SSL_SESS_CACHE_OFF).
void COpenSSL_ctx_disable_session_cache(SSL_CTX *ctx);

/// SSL_CTX_set_max_cert_list: the largest size of a peer's certificates in octets; DTLS applies it to every handshake
/// message.
void COpenSSL_ctx_set_max_cert_list(SSL_CTX *ctx, long octets);

/// SSL_CTX_set1_groups_list. Returns 1 on success.
int COpenSSL_ctx_set_groups(SSL_CTX *ctx, const char *groups);

// Sessions

/// SSL_set_mtu: the largest datagram in octets, without its IP and UDP headers.
void COpenSSL_set_mtu(SSL *ssl, long octets);

/// The number of additional copies of a client's last flight: see COpenSSL_replace_flight_timer. OpenSSL ends a
/// handshake after 12 expiries.
#define COPENSSL_SPARE_FLIGHTS 8

/// Disables OpenSSL's own flight timer, which uses the system clock: its callback returns an hour, and a handshake is
/// given up long before. In a client's last flight the timer expires COPENSSL_SPARE_FLIGHTS times at once, so that
/// OpenSSL writes that flight as many more times, each time with a Finished under another record number.
void COpenSSL_replace_flight_timer(SSL *ssl);

/// SSL_get_extms_support: 1 if the session has the extended master secret (RFC 7627).
int COpenSSL_has_extended_master_secret(SSL *ssl);

/// The part of the peer's last flight that a handshake waits for.
typedef enum COpenSSL_awaited {
    /// A plaintext message, or nothing.
    COpenSSL_awaited_other,
    /// The ChangeCipherSpec; all messages before it are complete.
    COpenSSL_awaited_change_cipher_spec,
    /// The Finished; after the ChangeCipherSpec, encrypted records can be read.
    COpenSSL_awaited_finished,
} COpenSSL_awaited;

/// The message that the handshake waits for.
COpenSSL_awaited COpenSSL_awaits(const SSL *ssl);

/// Octets that the negotiated cipher adds to a record's content: explicit nonce and tag (RFC 5288 section 3, RFC 7905
/// section 2). -1 before a cipher was negotiated, or if it is none of the offered AEADs.
int COpenSSL_record_overhead(const SSL *ssl);

// Datagram BIO

/// The question to a BIO's control callback.
typedef enum COpenSSL_bio_question {
    /// Any other question: the answer is 0.
    COpenSSL_bio_question_other,
    /// BIO_flush: the answer is 1.
    COpenSSL_bio_question_flush,
    /// The octets that wait to be read.
    COpenSSL_bio_question_pending,
    /// The largest datagram in octets (BIO_CTRL_DGRAM_QUERY_MTU, _GET_MTU and _GET_FALLBACK_MTU).
    COpenSSL_bio_question_mtu,
    /// The octets of the IP and UDP headers (BIO_CTRL_DGRAM_GET_MTU_OVERHEAD).
    COpenSSL_bio_question_mtu_overhead,
} COpenSSL_bio_question;

/// Translates a BIO_CTRL_ number.
COpenSSL_bio_question COpenSSL_bio_question_of(int command);

/// BIO_set_retry_read, after clearing the retry flags.
void COpenSSL_bio_wants_read(BIO *bio);

/// BIO_clear_retry_flags.
void COpenSSL_bio_clear_retry(BIO *bio);

// Errors

/// The peer's alert, if `error` (from ERR_get_error) is about a received fatal alert; -1 otherwise.
int COpenSSL_alert_of_error(unsigned long error);

#endif
