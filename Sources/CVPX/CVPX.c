#include "CVPX.h"

#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

struct fs_vpx_encoder {
    vpx_codec_ctx_t codec;
    vpx_codec_enc_cfg_t configuration;
    int64_t next;
};

struct fs_vpx_decoder {
    vpx_codec_ctx_t codec;
    const vpx_image_t *picture;
};

fs_vpx_encoder *fs_vpx_encoder_open(fs_vpx_codec codec, int width, int height, int frames_per_second,
                                    int kilobits_per_second, int speed) {
    vpx_codec_iface_t *interface = codec == FS_VPX_VP9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
    fs_vpx_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return NULL;
    vpx_codec_enc_cfg_t *configuration = &encoder->configuration;
    if (vpx_codec_enc_config_default(interface, configuration, 0) != VPX_CODEC_OK) goto failed;
    configuration->g_w = (unsigned)width;
    configuration->g_h = (unsigned)height;
    configuration->g_timebase.num = 1;
    configuration->g_timebase.den = frames_per_second;
    configuration->g_threads = 1;
    configuration->g_lag_in_frames = 0;
    // Without error resilience each VP9 frame depends on all before it, as between browsers.
    configuration->g_error_resilient = codec == FS_VPX_VP9 ? 0 : VPX_ERROR_RESILIENT_DEFAULT;
    configuration->rc_end_usage = VPX_CBR;
    configuration->rc_target_bitrate = (unsigned)kilobits_per_second;
    configuration->rc_min_quantizer = 2;
    configuration->rc_max_quantizer = 56;
    configuration->rc_undershoot_pct = 95;
    configuration->rc_overshoot_pct = 25;
    configuration->rc_buf_sz = 1000;
    configuration->rc_buf_initial_sz = 500;
    configuration->rc_buf_optimal_sz = 600;
    configuration->kf_mode = VPX_KF_DISABLED;
    if (vpx_codec_enc_init(&encoder->codec, interface, configuration, 0) != VPX_CODEC_OK) goto failed;
    // Negative values fix the speed instead of adapting it to the machine.
    vpx_codec_control(&encoder->codec, VP8E_SET_CPUUSED, -speed);
    vpx_codec_control(&encoder->codec, VP8E_SET_STATIC_THRESHOLD, 1);
    vpx_codec_control(&encoder->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, 600);
    return encoder;
failed:
    free(encoder);
    return NULL;
}

void fs_vpx_encoder_close(fs_vpx_encoder *encoder) {
    if (!encoder) return;
    vpx_codec_destroy(&encoder->codec);
    free(encoder);
}

int fs_vpx_encode(fs_vpx_encoder *encoder, const uint8_t *i420, int is_keyframe_wanted, const uint8_t **frame,
                  size_t *length, int *is_keyframe) {
    vpx_image_t picture;
    const vpx_codec_enc_cfg_t *configuration = &encoder->configuration;
    // libvpx does not write to the picture, though its type says so.
    if (!vpx_img_wrap(&picture, VPX_IMG_FMT_I420, configuration->g_w, configuration->g_h, 1, (uint8_t *)i420)) return -1;
    const vpx_enc_frame_flags_t flags = is_keyframe_wanted ? VPX_EFLAG_FORCE_KF : 0;
    if (vpx_codec_encode(&encoder->codec, &picture, encoder->next++, 1, flags, VPX_DL_REALTIME) != VPX_CODEC_OK)
        return -2;
    vpx_codec_iter_t iterator = NULL;
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(&encoder->codec, &iterator))) {
        if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
        *frame = packet->data.frame.buf;
        *length = packet->data.frame.sz;
        *is_keyframe = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
        return 1;
    }
    return 0;
}

int fs_vpx_encoder_set_bitrate(fs_vpx_encoder *encoder, int kilobits_per_second) {
    encoder->configuration.rc_target_bitrate = (unsigned)kilobits_per_second;
    return vpx_codec_enc_config_set(&encoder->codec, &encoder->configuration) == VPX_CODEC_OK ? 0 : -1;
}

fs_vpx_decoder *fs_vpx_decoder_open(fs_vpx_codec codec) {
    fs_vpx_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    vpx_codec_iface_t *interface = codec == FS_VPX_VP9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx();
    if (vpx_codec_dec_init(&decoder->codec, interface, NULL, 0) != VPX_CODEC_OK) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

void fs_vpx_decoder_close(fs_vpx_decoder *decoder) {
    if (!decoder) return;
    vpx_codec_destroy(&decoder->codec);
    free(decoder);
}

int fs_vpx_decode(fs_vpx_decoder *decoder, const uint8_t *frame, size_t length, int *width, int *height) {
    decoder->picture = NULL;
    if (vpx_codec_decode(&decoder->codec, frame, (unsigned)length, NULL, 0) != VPX_CODEC_OK) return -1;
    int is_corrupt = 0;
    if (vpx_codec_control(&decoder->codec, VP8D_GET_FRAME_CORRUPTED, &is_corrupt) == VPX_CODEC_OK && is_corrupt)
        return -2;
    vpx_codec_iter_t iterator = NULL;
    decoder->picture = vpx_codec_get_frame(&decoder->codec, &iterator);
    if (!decoder->picture) return 0;
    *width = (int)decoder->picture->d_w;
    *height = (int)decoder->picture->d_h;
    return 1;
}

void fs_vpx_copy_picture(const fs_vpx_decoder *decoder, uint8_t *i420) {
    const vpx_image_t *picture = decoder->picture;
    if (!picture) return;
    for (int plane = 0; plane < 3; plane++) {
        const unsigned width = plane ? (picture->d_w + 1) / 2 : picture->d_w;
        const unsigned height = plane ? (picture->d_h + 1) / 2 : picture->d_h;
        for (unsigned row = 0; row < height; row++) {
            memcpy(i420, picture->planes[plane] + (size_t)row * (size_t)picture->stride[plane], width);
            i420 += width;
        }
    }
}
