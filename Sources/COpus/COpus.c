#include "COpus.h"

#include <opus/opus.h>
#include <stddef.h>

fs_opus_encoder *fs_opus_encoder_open(int bits_per_second) {
    int error = OPUS_OK;
    OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_AUDIO, &error);
    if (error != OPUS_OK) return NULL;
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits_per_second));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(3));
    return encoder;
}

void fs_opus_encoder_close(fs_opus_encoder *encoder) {
    if (encoder) opus_encoder_destroy(encoder);
}

int fs_opus_encode(fs_opus_encoder *encoder, const float *samples, int count, uint8_t *packet, int capacity) {
    return opus_encode_float(encoder, samples, count, packet, capacity);
}

int fs_opus_pad(uint8_t *packet, int length, int padded_length) {
    return opus_packet_pad(packet, length, padded_length);
}

fs_opus_decoder *fs_opus_decoder_open(void) {
    int error = OPUS_OK;
    OpusDecoder *decoder = opus_decoder_create(48000, 1, &error);
    return error == OPUS_OK ? decoder : NULL;
}

void fs_opus_decoder_close(fs_opus_decoder *decoder) {
    if (decoder) opus_decoder_destroy(decoder);
}

int fs_opus_decode(fs_opus_decoder *decoder, const uint8_t *packet, int length, float *samples, int capacity) {
    return opus_decode_float(decoder, packet, length, samples, capacity, 0);
}
