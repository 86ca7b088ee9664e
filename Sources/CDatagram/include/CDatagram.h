// The kernel calls of the media plane: batched UDP with packet information and segmentation offload, epoll and eventfd.
// Addresses are 16 octets in network order; IPv4 is written as an IPv4-mapped IPv6 address.
#ifndef FORESTAGE_CDATAGRAM_H
#define FORESTAGE_CDATAGRAM_H

#include <stddef.h>
#include <stdint.h>

// Datagrams per kernel call. The kernel structures of a batch are on the stack.
enum { FS_BATCH = 64 };

typedef struct {
    uint64_t address_high;  // network order, as loaded from memory
    uint64_t address_low;
    uint32_t scope;  // interface index of a link-local address, else 0
    uint16_t port;   // host order
    uint16_t connection;  // of a remote end: the place of the TCP connection that leads there, from 1; 0 for UDP
} fs_endpoint;

// What `fs_epoll_wait_ready` found: the name under which a descriptor is watched, and whether it can be read or written.
// A descriptor that has failed can be read: reading tells how.
typedef struct {
    uint32_t name;
    uint32_t is_readable;
    uint32_t is_writable;
} fs_ready;

// One received message. With receive offload (UDP_GRO) it holds several datagrams of `segment` octets, of which the
// last may be shorter.
typedef struct {
    uint8_t *data;
    uint32_t capacity;
    uint32_t length;
    uint32_t segment;
    fs_endpoint remote;
    fs_endpoint local;
    int64_t arrival;  // arrival in nanoseconds of CLOCK_REALTIME, after `fs_note_arrivals`; else 0
} fs_received;

// One message to send. If `segment` is not 0 and less than `length`, the kernel splits it into datagrams of that size
// (UDP_SEGMENT).
typedef struct {
    uint8_t *data;
    uint32_t length;
    uint32_t segment;
    fs_endpoint remote;
    fs_endpoint local;
} fs_outgoing;

// Opens a non-blocking UDP socket bound to `port` on all addresses: dual-stack, or IPv4 only (`*is_v4_only`) on a host
// without IPv6. Returns the descriptor or -errno.
int fs_udp_open(uint16_t port, int receive_buffer, int send_buffer, int *is_v4_only, int *has_receive_offload);

// Receives up to `count` (at most FS_BATCH) messages. Returns their number, 0 when there are none, or -errno.
int fs_receive(int fd, int is_v4_only, fs_received *messages, int count);

// Sends `count` (at most FS_BATCH) messages. Returns the number that the kernel accepted, or -errno of the first.
int fs_send(int fd, int is_v4_only, fs_outgoing *messages, int count);

// Opens a non-blocking TCP listener on `port` of all addresses: dual-stack, or IPv4 only where `is_v4_only`. Returns the
// descriptor or -errno.
int fs_tcp_listen(uint16_t port, int is_v4_only, int backlog);

// Accepts a connection, non-blocking and without Nagle's algorithm, and writes both its addresses. `send_buffer` is what
// the kernel keeps of what was not acknowledged, `unsent` what of that was not sent yet, both in octets. Returns the
// descriptor or -errno.
int fs_tcp_accept(int listener, int send_buffer, int unsent, fs_endpoint *remote, fs_endpoint *local);

// Connects, waiting at most `timeout_ms` milliseconds, and writes the local address. For clients. `receive_buffer` is what
// the kernel keeps for the reader in octets, 0 for its default. Returns the descriptor or -errno.
int fs_tcp_connect(const fs_endpoint *remote, int receive_buffer, int timeout_ms, fs_endpoint *local);

// Reads up to `capacity` octets. Returns their number, 0 at the end of the stream, or -errno.
int64_t fs_tcp_read(int fd, void *data, uint64_t capacity);

// Writes without waiting and without SIGPIPE. Returns the number of octets that the kernel took, or -errno.
int64_t fs_tcp_write(int fd, const void *data, uint64_t count);

// An epoll instance watching two descriptors for input. Returns the descriptor or -errno.
int fs_epoll_open(int socket, int event);

// Waits up to `timeout_us` microseconds (-1: without limit). Returns a mask: 1 socket readable, 2 event readable, and the
// names of what `fs_epoll_add` added; or -errno.
int fs_epoll_wait(int epoll, int64_t timeout_us);

// An epoll instance watching nothing yet. Returns the descriptor or -errno.
int fs_epoll_create(void);

// Watches one more descriptor for input, under a name, until the descriptor is closed. Returns 0 or -errno.
int fs_epoll_add(int epoll, int fd, uint32_t name);

// As `fs_epoll_wait`, for any number of descriptors: writes the names of up to `count` (at most FS_BATCH) that are readable.
// Returns their number or -errno.
int fs_epoll_wait_names(int epoll, uint32_t *names, int count, int64_t timeout_us);

// Changes what a watched descriptor is watched for: input or not, output or not. Returns 0 or -errno.
int fs_epoll_watch(int epoll, int fd, uint32_t name, int reads, int writes);

// As `fs_epoll_wait_names`, and tells what each is ready for.
int fs_epoll_wait_ready(int epoll, fs_ready *found, int count, int64_t timeout_us);

// Enables kernel arrival times of datagrams (`fs_received.arrival`). Returns 0 or -errno.
int fs_note_arrivals(int fd);

// Waits until the socket is writable, up to `timeout_ms` milliseconds. Returns 1 if it is, 0 after the timeout, or
// -errno.
int fs_wait_writable(int fd, int timeout_ms);

void fs_close(int fd);

int fs_eventfd_open(void);
void fs_eventfd_signal(int fd);
void fs_eventfd_drain(int fd);

// Prefetches the cache line of `address` for reading and writing. Any address is allowed.
static inline void fs_prefetch(const void *address) { __builtin_prefetch(address, 1); }

// Nanoseconds of CLOCK_MONOTONIC and of CLOCK_REALTIME.
int64_t fs_monotonic_now(void);
int64_t fs_realtime_now(void);

// Sleeps until this time of CLOCK_MONOTONIC, in nanoseconds; returns at once if it has passed.
void fs_sleep_until(int64_t nanoseconds);

/// Writes the IPv4 address from which the default route sends, as text with a zero at its end. Sends nothing. Returns 0
/// without such a route.
int fs_source_address(char *text, size_t size);

// Calls `each` for every address of every interface that is up; `address` is text without a scope.
void fs_each_interface_address(void *context,
                               void (*each)(void *context, const char *interface, const char *address,
                                            int is_loopback));

#endif
