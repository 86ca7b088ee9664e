// The functions of libvpx for test video (VP8 and VP9). libvpx's own entry points are macros and variadic functions,
// which Swift cannot call.
#ifndef FORESTAGE_CVPX_H
#define FORESTAGE_CVPX_H

#include <stddef.h>
#include <stdint.h>

typedef struct fs_vpx_encoder fs_vpx_encoder;
typedef struct fs_vpx_decoder fs_vpx_decoder;

typedef enum { FS_VPX_VP8, FS_VPX_VP9 } fs_vpx_codec;

// An encoder for realtime use at constant bitrate without keyframes of its own choice. NULL if libvpx refuses. `speed`
// is 0 (best) to 16 (fastest).
fs_vpx_encoder *fs_vpx_encoder_open(fs_vpx_codec codec, int width, int height, int frames_per_second,
                                    int kilobits_per_second, int speed);
void fs_vpx_encoder_close(fs_vpx_encoder *encoder);

// Encodes one picture: planes Y, U, V, concatenated without padding. The encoded frame stays valid until the next call.
// Returns 1 with a frame, 0 if the encoder dropped it, or a negative error.
int fs_vpx_encode(fs_vpx_encoder *encoder, const uint8_t *i420, int is_keyframe_wanted, const uint8_t **frame,
                  size_t *length, int *is_keyframe);

// Changes the bitrate from the next picture on. Returns 0, or a negative error.
int fs_vpx_encoder_set_bitrate(fs_vpx_encoder *encoder, int kilobits_per_second);

fs_vpx_decoder *fs_vpx_decoder_open(fs_vpx_codec codec);
void fs_vpx_decoder_close(fs_vpx_decoder *decoder);

// Decodes one frame. Returns 1 with a picture and its size, 0 without, or a negative error.
int fs_vpx_decode(fs_vpx_decoder *decoder, const uint8_t *frame, size_t length, int *width, int *height);

// Copies the last decoded picture: planes Y, U, V without padding, into width * height * 3 / 2 octets (each half
// rounded up).
void fs_vpx_copy_picture(const fs_vpx_decoder *decoder, uint8_t *i420);

#endif
