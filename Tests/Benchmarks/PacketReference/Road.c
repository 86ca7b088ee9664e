#include "Road.h"

#include <stdlib.h>
#include <string.h>

#include "Batch.h"
#include "Protection.h"

enum { KEPT_OCTETS = 1 << 21, KEPT_PACKETS = 1 << 11, MAXIMUM_PAYLOAD = 1400, MAXIMUM_PENDING = 256, WINDOW = 64 };

// What the fan-out needs of a viewer, in one run of memory.
typedef struct {
    session key;
    struct sockaddr_in6 name;
    uint32_t ssrc;
    uint32_t timestamp_offset;
    int64_t sequence_offset;
    uint16_t transport_sequence;
} viewer;

typedef struct {
    int64_t sequence;
    uint32_t timestamp;
    uint32_t count;
    uint8_t *payload;
    uint8_t is_marked;
} kept_packet;

static viewer *viewers;
static int viewer_count;
static session publisher;
static uint8_t *octets_kept;
static kept_packet packets_kept[KEPT_PACKETS];
static uint32_t written;
static kept_packet *pending[MAXIMUM_PENDING];
static int pending_count;
// The newest index, and which of those before it were seen.
static int64_t newest = -1;
static uint64_t seen;
static uint64_t forwarded, dropped;

struct in6_addr mapped_address(uint32_t address) {
    struct in6_addr mapped = {.s6_addr = {[10] = 0xFF, [11] = 0xFF}};
    const uint32_t wire = htonl(address);
    memcpy(mapped.s6_addr + 12, &wire, sizeof wire);
    return mapped;
}

int road_start(int count, uint32_t to, uint16_t port) {
    viewers = calloc((size_t)count, sizeof *viewers);
    octets_kept = malloc(KEPT_OCTETS);
    if (!viewers || !octets_kept || opening_session(&publisher, PUBLISHER_SEED) != 0) return -1;
    viewer_count = count;
    for (int i = 0; i < count; i++) {
        viewer *made = &viewers[i];
        if (sealing_session(&made->key, 100 + (uint32_t)i) != 0) return -1;
        made->name = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = mapped_address(to + (uint32_t)i)};
        made->ssrc = 1000 + 2 * (uint32_t)i;
        made->timestamp_offset = 7919 * (uint32_t)i;
        made->sequence_offset = 31 * i;
    }
    return 0;
}

static uint16_t read16(const uint8_t *octets) { return (uint16_t)(octets[0] << 8 | octets[1]); }
static uint32_t read32(const uint8_t *octets) { return (uint32_t)read16(octets) << 16 | read16(octets + 2); }

// The packet index nearest to the newest (RFC 3711 section 3.3.1); -1 for one seen before.
static int64_t index_of(uint16_t sequence) {
    if (newest < 0) return sequence;
    const int64_t index = newest + (int16_t)(sequence - (uint16_t)newest);
    if (index < 0 || newest - index >= WINDOW) return -1;
    return index <= newest && seen >> (newest - index) & 1 ? -1 : index;
}

static void note(int64_t index) {
    if (index > newest) {
        seen = newest >= 0 && index - newest < WINDOW ? seen << (index - newest) : 0;
        newest = index;
    }
    seen |= (uint64_t)1 << (newest - index);
}

void road_receive(uint8_t *packet, size_t octets) {
    size_t header = 12 + 4 * (size_t)(packet[0] & 0x0F);
    if (octets < header + 4 + TAG_OCTETS || packet[0] >> 6 != 2) goto drop;
    if (packet[0] & 0x10) header += 4 + 4 * (size_t)read16(packet + header + 2);
    if (octets < header + TAG_OCTETS || read32(packet + 8) != PUBLISHER_SSRC) goto drop;
    const size_t count = octets - TAG_OCTETS - header;
    const int64_t index = index_of(read16(packet + 2));
    if (count > MAXIMUM_PAYLOAD || pending_count == MAXIMUM_PENDING || index < 0
        || !unprotect(&publisher, (uint64_t)index, PUBLISHER_SSRC, packet, header, octets - TAG_OCTETS))
        goto drop;
    note(index);
    if (written + count > KEPT_OCTETS) written = 0;
    kept_packet *kept = &packets_kept[index & (KEPT_PACKETS - 1)];
    *kept = (kept_packet){.sequence = index,
                          .timestamp = read32(packet + 4),
                          .count = (uint32_t)count,
                          .payload = octets_kept + written,
                          .is_marked = packet[1] & 0x80};
    memcpy(kept->payload, packet + header, count);
    written += (uint32_t)count;
    pending[pending_count++] = kept;
    return;
drop:
    dropped++;
}

static void write16(uint8_t *octets, uint16_t value) {
    value = htons(value);
    memcpy(octets, &value, sizeof value);
}

static void write32(uint8_t *octets, uint32_t value) {
    value = htonl(value);
    memcpy(octets, &value, sizeof value);
}

void road_forward(void) {
    for (int i = 0; i < viewer_count; i++) {
        viewer *to = &viewers[i];
        for (int j = 0; j < pending_count; j++) {
            const kept_packet *kept = pending[j];
            const int64_t index = kept->sequence + to->sequence_offset;
            uint8_t *packet = batch_reserve();
            packet[0] = 0x91;  // Version 2, a block of extensions, one CSRC.
            packet[1] = 96 | kept->is_marked;
            write16(packet + 2, (uint16_t)index);
            write32(packet + 4, kept->timestamp + to->timestamp_offset);
            write32(packet + 8, to->ssrc);
            write32(packet + 12, 9);
            write32(packet + 16, 0xBEDE0001);
            packet[20] = TRANSPORT_SEQUENCE << 4 | 1;
            write16(packet + 21, to->transport_sequence++);
            packet[23] = 0;
            protect(&to->key, (uint64_t)index, to->ssrc, packet, FORWARDED_HEADER, kept->payload, kept->count);
            batch_commit(FORWARDED_HEADER + kept->count + TAG_OCTETS, &to->name);
        }
    }
    forwarded += (uint64_t)pending_count * (uint64_t)viewer_count;
    pending_count = 0;
    batch_flush();
}

uint64_t road_forwarded(void) { return forwarded; }
uint64_t road_dropped(void) { return dropped; }
