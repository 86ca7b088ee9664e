// The functions of libopus for test audio. libopus sets its options with a variadic function, which Swift cannot call.
#ifndef FORESTAGE_COPUS_H
#define FORESTAGE_COPUS_H

#include <stdint.h>

typedef struct OpusEncoder fs_opus_encoder;
typedef struct OpusDecoder fs_opus_decoder;

// An encoder of 48 kHz with one channel. NULL if libopus refuses.
fs_opus_encoder *fs_opus_encoder_open(int bits_per_second);
void fs_opus_encoder_close(fs_opus_encoder *encoder);

// Encodes `count` samples (120 to 2880, a frame's length). Returns the packet's octets, or a negative error.
int fs_opus_encode(fs_opus_encoder *encoder, const float *samples, int count, uint8_t *packet, int capacity);

// Lengthens a packet in place by padding that decoders skip (RFC 6716 section 3.2.5). Returns 0, or a negative error.
int fs_opus_pad(uint8_t *packet, int length, int padded_length);

fs_opus_decoder *fs_opus_decoder_open(void);
void fs_opus_decoder_close(fs_opus_decoder *decoder);

// Decodes one packet to samples of one channel. Returns how many, or a negative error.
int fs_opus_decode(fs_opus_decoder *decoder, const uint8_t *packet, int length, float *samples, int capacity);

#endif
