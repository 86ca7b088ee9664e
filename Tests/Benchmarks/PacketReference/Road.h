// The road of a packet in plain C: opened, kept, and sealed for every viewer.
#ifndef FORESTAGE_REFERENCE_ROAD_H
#define FORESTAGE_REFERENCE_ROAD_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PUBLISHER_SSRC = 42,
    PUBLISHER_SEED = 1,
    // RTP's header, a block of header extensions with one element, and for viewers one CSRC.
    PUBLISHED_HEADER = 20,
    FORWARDED_HEADER = 24,
    TRANSPORT_SEQUENCE = 3
};

// Prepares `viewers` records, their addresses from `to` (host order) on. Returns 0 or -1.
int road_start(int viewers, uint32_t to, uint16_t port);

// Takes one datagram of the publisher in; it is changed in place. What is not genuine is dropped and counted.
void road_receive(uint8_t *packet, size_t octets);

// Sends what came since the last call to every viewer, viewer by viewer.
void road_forward(void);

uint64_t road_forwarded(void);
uint64_t road_dropped(void);

// An IPv4 address in host order as an IPv4-mapped one.
struct in6_addr mapped_address(uint32_t address);

#endif
