// The packet loop in plain C: what the server's is measured against. The kernel is called as the server calls it and
// the packets are encrypted by the same libraries; there is one publisher, nothing is negotiated, reported or repaired.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "Batch.h"
#include "CDatagram.h"
#include "PacketFeeder.h"
#include "Protection.h"
#include "Road.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    PUBLISHED_OCTETS = PUBLISHED_HEADER + PF_PAYLOAD + TAG_OCTETS,
    BURST_OCTETS = PUBLISHED_OCTETS * PF_PACKETS_PER_FRAME,
    RECEIVE_SLOTS = 32,
    SLOT_OCTETS = 65536,
    KERNEL_BUFFER = 8 * 1024 * 1024
};

static struct {
    pf_options options;
    pf_feeder *feeder;
    int socket;
    int epoll;
    // What is measured now: bursts from `first` on.
    uint8_t *bursts;
    int first;
    int count;
} run;

static struct mmsghdr headers[RECEIVE_SLOTS];
static struct iovec vectors[RECEIVE_SLOTS];
static struct sockaddr_in6 names[RECEIVE_SLOTS];
static _Alignas(struct cmsghdr) uint8_t controls[RECEIVE_SLOTS][128];

static int make_bursts(int count) {
    session key;
    run.bursts = malloc((size_t)count * BURST_OCTETS);
    if (!run.bursts || sealing_session(&key, PUBLISHER_SEED) != 0) return -1;
    uint8_t payload[PF_PAYLOAD];
    memset(payload, 0xA5, sizeof payload);
    for (int i = 0; i < count * PF_PACKETS_PER_FRAME; i++) {
        uint8_t *packet = run.bursts + (size_t)i * PUBLISHED_OCTETS;
        const int is_last = i % PF_PACKETS_PER_FRAME == PF_PACKETS_PER_FRAME - 1;
        const uint32_t timestamp = 3000 * (uint32_t)(i / PF_PACKETS_PER_FRAME);
        const uint8_t header[PUBLISHED_HEADER] = {
            0x90, is_last ? 0x80 | 96 : 96, (uint8_t)(i >> 8), (uint8_t)i,
            (uint8_t)(timestamp >> 24), (uint8_t)(timestamp >> 16), (uint8_t)(timestamp >> 8), (uint8_t)timestamp,
            0, 0, 0, PUBLISHER_SSRC, 0xBE, 0xDE, 0, 1, TRANSPORT_SEQUENCE << 4 | 1, (uint8_t)(i >> 8), (uint8_t)i, 0};
        memcpy(packet, header, sizeof header);
        protect(&key, (uint64_t)i, PUBLISHER_SSRC, packet, sizeof header, payload, sizeof payload);
    }
    return 0;
}

static int open_socket(uint16_t *port) {
    int is_v4_only, has_offload;
    run.socket = fs_udp_open(0, KERNEL_BUFFER, KERNEL_BUFFER, &is_v4_only, &has_offload);
    struct sockaddr_in6 name;
    socklen_t length = sizeof name;
    if (run.socket < 0 || is_v4_only || getsockname(run.socket, (struct sockaddr *)&name, &length) != 0) return -1;
    *port = ntohs(name.sin6_port);
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event watch = {.events = EPOLLIN};
    if (run.epoll < 0 || epoll_ctl(run.epoll, EPOLL_CTL_ADD, run.socket, &watch) != 0) return -1;
    for (int i = 0; i < RECEIVE_SLOTS; i++) {
        vectors[i] = (struct iovec){malloc(SLOT_OCTETS), SLOT_OCTETS};
        if (!vectors[i].iov_base) return -1;
    }
    return 0;
}

static void receive_from_socket(void) {
    for (int i = 0; i < RECEIVE_SLOTS; i++)
        headers[i].msg_hdr = (struct msghdr){.msg_name = &names[i],
                                             .msg_namelen = sizeof names[i],
                                             .msg_iov = &vectors[i],
                                             .msg_iovlen = 1,
                                             .msg_control = controls[i],
                                             .msg_controllen = sizeof controls[i]};
    const int received = recvmmsg(run.socket, headers, RECEIVE_SLOTS, MSG_DONTWAIT, NULL);
    for (int i = 0; i < received; i++) {
        struct msghdr *header = &headers[i].msg_hdr;
        size_t segment = headers[i].msg_len;
        for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control))
            if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
                int size;
                memcpy(&size, CMSG_DATA(control), sizeof size);
                if (size > 0) segment = (size_t)size;
            }
        for (size_t offset = 0; offset < headers[i].msg_len; offset += segment) {
            const size_t left = headers[i].msg_len - offset;
            road_receive((uint8_t *)vectors[i].iov_base + offset, left < segment ? left : segment);
        }
    }
}

static void loop(void *context) {
    (void)context;
    const uint64_t start = road_forwarded();
    const uint64_t burst = (uint64_t)run.options.viewers * PF_PACKETS_PER_FRAME;
    while (road_forwarded() - start < burst * (uint64_t)run.count && !pf_has_given_up(run.feeder)) {
        struct epoll_event ready;
        const struct timespec timeout = {.tv_nsec = 100000000};
        const int count = epoll_pwait2(run.epoll, &ready, 1, &timeout, NULL);
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (count > 0) receive_from_socket();
        road_forward();
        pf_note(run.feeder, (int)((road_forwarded() - start) / burst));
    }
}

static void loop_without_kernel(void *context) {
    (void)context;
    static uint8_t slot[PUBLISHED_OCTETS];
    for (int i = 0; i < run.count; i++) {
        for (int j = 0; j < PF_PACKETS_PER_FRAME; j++) {
            const size_t place = (size_t)(run.first + i) * BURST_OCTETS + (size_t)j * PUBLISHED_OCTETS;
            memcpy(slot, run.bursts + place, sizeof slot);
            road_receive(slot, sizeof slot);
        }
        road_forward();
    }
}

// `call` is pf_warm_up or pf_measure.
static int forward(
    int first, int count, uint16_t port, pf_time (*call)(void (*)(void *), void *), pf_time *spent) {
    run.first = first;
    run.count = count;
    if (run.options.mode == PF_NO_KERNEL) {
        *spent = call(loop_without_kernel, NULL);
        return 0;
    }
    const uint8_t *bursts = run.bursts + (size_t)first * BURST_OCTETS;
    const int error = pf_start(run.feeder, port, bursts, count, BURST_OCTETS, PUBLISHED_OCTETS);
    if (error != 0) return error;
    *spent = call(loop, NULL);
    pf_join(run.feeder);
    return pf_has_given_up(run.feeder) ? -ETIMEDOUT : 0;
}

int main(int count, char **arguments) {
    if (pf_parse(count, arguments, &run.options) != 0) return 2;
    const pf_options *options = &run.options;
    const int calls_kernel = options->mode != PF_NO_KERNEL;
    uint16_t port = 0;
    run.feeder = pf_open();
    if (!run.feeder || protection_start() != 0 || road_start(options->viewers, options->to, PF_VIEWER_PORT) != 0
        || make_bursts(options->warm_up + options->frames) != 0 || (calls_kernel && open_socket(&port) != 0)
        || batch_start(calls_kernel ? run.socket : -1, options->mode != PF_SENDMMSG, mapped_address(options->from)) != 0) {
        fprintf(stderr, "%s: the reference cannot run here\n", arguments[0]);
        return 1;
    }
    pf_time spent;
    int error = forward(0, options->warm_up, port, pf_warm_up, &spent);
    const uint64_t packets = road_forwarded(), messages = batch_messages();
    if (error == 0) error = forward(options->warm_up, options->frames, port, pf_measure, &spent);
    if (error != 0 || road_dropped() != 0) {
        fprintf(stderr, "%s: %s; %llu packets were dropped\n", arguments[0], strerror(-error),
                (unsigned long long)road_dropped());
        return 1;
    }
    pf_report("C", options, spent, road_forwarded() - packets, batch_messages() - messages, batch_failures(), "");
    pf_close(run.feeder);
    return 0;
}
