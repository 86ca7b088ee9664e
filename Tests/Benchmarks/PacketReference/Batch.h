// Datagrams on their way out: a slab, equal-sized runs joined into messages that the kernel cuts, sendmmsg.
#ifndef FORESTAGE_REFERENCE_BATCH_H
#define FORESTAGE_REFERENCE_BATCH_H

#include <netinet/in.h>
#include <stdint.h>

// As the server's.
enum { SLAB_OCTETS = 192 * 1024, DATAGRAM_OCTETS = 1536, BATCH_MESSAGES = 32, MESSAGE_SEGMENTS = 64, MESSAGE_OCTETS = 65000 };

// Makes the slab. `fd` is -1 where the kernel is not to be called; `from` is the source of all that is sent.
int batch_start(int fd, int joins_runs, struct in6_addr from);

// Room for one datagram; sends what is there where there is no room.
uint8_t *batch_reserve(void);

// Takes the datagram in the room. `to` stays until the batch is sent.
void batch_commit(uint32_t octets, struct sockaddr_in6 *to);
void batch_flush(void);

// Messages handed to the kernel, and those that it refused.
uint64_t batch_messages(void);
uint64_t batch_failures(void);

#endif
