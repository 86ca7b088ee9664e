#define _GNU_SOURCE
#include "Batch.h"

#include <netinet/udp.h>
#include <poll.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { PLAIN_CONTROL = CMSG_SPACE(sizeof(struct in6_pktinfo)), JOINED_CONTROL = PLAIN_CONTROL + CMSG_SPACE(sizeof(uint16_t)) };

static int socket_fd;
static int joins;
static uint8_t *slab;
static uint32_t used;
static unsigned count;
static uint32_t segments;
static int is_open;
static uint64_t sent_messages, failures;
static struct mmsghdr headers[BATCH_MESSAGES];
static struct iovec vectors[BATCH_MESSAGES];
static uint32_t segment_sizes[BATCH_MESSAGES];
static _Alignas(struct cmsghdr) uint8_t controls[BATCH_MESSAGES][JOINED_CONTROL];

int batch_start(int fd, int joins_runs, struct in6_addr from) {
    socket_fd = fd;
    joins = joins_runs;
    slab = aligned_alloc(64, SLAB_OCTETS);
    if (!slab) return -1;
    // What is the same in every message is written once.
    for (int i = 0; i < BATCH_MESSAGES; i++) {
        struct msghdr *header = &headers[i].msg_hdr;
        header->msg_namelen = sizeof(struct sockaddr_in6);
        header->msg_iov = &vectors[i];
        header->msg_iovlen = 1;
        header->msg_control = controls[i];
        header->msg_controllen = JOINED_CONTROL;
        struct cmsghdr *control = CMSG_FIRSTHDR(header);
        control->cmsg_level = IPPROTO_IPV6;
        control->cmsg_type = IPV6_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
        const struct in6_pktinfo info = {.ipi6_addr = from};
        memcpy(CMSG_DATA(control), &info, sizeof info);
        control = (struct cmsghdr *)(controls[i] + PLAIN_CONTROL);
        control->cmsg_level = SOL_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    }
    return 0;
}

uint8_t *batch_reserve(void) {
    if (used + DATAGRAM_OCTETS > SLAB_OCTETS || count == BATCH_MESSAGES) batch_flush();
    return slab + used;
}

void batch_commit(uint32_t octets, struct sockaddr_in6 *to) {
    if (is_open && headers[count - 1].msg_hdr.msg_name == to && octets <= segment_sizes[count - 1]
        && segments < MESSAGE_SEGMENTS && vectors[count - 1].iov_len + octets <= MESSAGE_OCTETS) {
        vectors[count - 1].iov_len += octets;
        segments++;
        is_open = octets == segment_sizes[count - 1];
    } else {
        headers[count].msg_hdr.msg_name = to;
        vectors[count] = (struct iovec){slab + used, octets};
        segment_sizes[count] = octets;
        segments = 1;
        is_open = joins;
        count++;
    }
    used += octets;
}

void batch_flush(void) {
    for (unsigned i = 0; i < count; i++) {
        const int is_joined = vectors[i].iov_len > segment_sizes[i];
        headers[i].msg_hdr.msg_controllen = is_joined ? JOINED_CONTROL : PLAIN_CONTROL;
        const uint16_t size = (uint16_t)segment_sizes[i];
        memcpy(CMSG_DATA((struct cmsghdr *)(controls[i] + PLAIN_CONTROL)), &size, sizeof size);
    }
    for (unsigned next = 0; next < count && socket_fd >= 0;) {
        const int sent = sendmmsg(socket_fd, headers + next, count - next, MSG_DONTWAIT);
        if (sent > 0) {
            next += (unsigned)sent;
        } else if (errno == EAGAIN) {
            struct pollfd watch = {.fd = socket_fd, .events = POLLOUT};
            poll(&watch, 1, 5);
        } else {
            failures++;
            next++;
        }
    }
    sent_messages += count;
    count = 0;
    used = 0;
    is_open = 0;
}

uint64_t batch_messages(void) { return sent_messages; }
uint64_t batch_failures(void) { return failures; }
