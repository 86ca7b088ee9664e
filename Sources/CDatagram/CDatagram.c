#define _GNU_SOURCE
#include "CDatagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

// Control messages: packet information, segment size and arrival time.
enum { CONTROL_OCTETS = CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec)) };

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static int set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : -errno;
}

int fs_udp_open(uint16_t port, int receive_buffer, int send_buffer, int *is_v4_only, int *has_receive_offload) {
    *is_v4_only = 0;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0) {
            int error = errno;
            close(fd);
            if (error != EADDRNOTAVAIL && error != EAFNOSUPPORT) return -error;
            fd = -1;
        }
    }
    if (fd < 0) {  // A host without IPv6.
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) return -errno;
        *is_v4_only = 1;
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {INADDR_ANY}};
        set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
        if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0) {
            int error = errno;
            close(fd);
            return -error;
        }
    }
    // The forced variants need CAP_NET_ADMIN and may exceed net.core.[rw]mem_max; the plain ones are limited to it.
    if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer) != 0)
        set_option(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    if (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, send_buffer) != 0)
        set_option(fd, SOL_SOCKET, SO_SNDBUF, send_buffer);
    *has_receive_offload = set_option(fd, SOL_UDP, UDP_GRO, 1) == 0;
    return fd;
}

static void read_address(fs_endpoint *endpoint, const uint8_t *octets) {
    memcpy(&endpoint->address_high, octets, 8);
    memcpy(&endpoint->address_low, octets + 8, 8);
}

static void read_v4(fs_endpoint *endpoint, struct in_addr address) {
    uint8_t octets[16];
    memcpy(octets, mapped_prefix, 12);
    memcpy(octets + 12, &address, 4);
    read_address(endpoint, octets);
}

int fs_receive(int fd, int is_v4_only, fs_received *messages, int count) {
    struct mmsghdr headers[FS_BATCH];
    struct iovec vectors[FS_BATCH];
    struct sockaddr_in6 names[FS_BATCH];
    _Alignas(struct cmsghdr) uint8_t controls[FS_BATCH][CONTROL_OCTETS];
    if (count > FS_BATCH) count = FS_BATCH;
    for (int i = 0; i < count; i++) {
        vectors[i] = (struct iovec){messages[i].data, messages[i].capacity};
        headers[i].msg_hdr = (struct msghdr){.msg_name = &names[i],
                                             .msg_namelen = sizeof names[i],
                                             .msg_iov = &vectors[i],
                                             .msg_iovlen = 1,
                                             .msg_control = controls[i],
                                             .msg_controllen = CONTROL_OCTETS};
    }
    int received = recvmmsg(fd, headers, (unsigned)count, MSG_DONTWAIT, NULL);
    if (received < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (int i = 0; i < received; i++) {
        fs_received *message = &messages[i];
        struct msghdr *header = &headers[i].msg_hdr;
        message->length = headers[i].msg_len;
        message->segment = 0;
        message->arrival = 0;
        memset(&message->local, 0, sizeof message->local);
        memset(&message->remote, 0, sizeof message->remote);
        if (is_v4_only) {
            struct sockaddr_in *name = (struct sockaddr_in *)&names[i];
            read_v4(&message->remote, name->sin_addr);
            message->remote.port = ntohs(name->sin_port);
        } else {
            read_address(&message->remote, names[i].sin6_addr.s6_addr);
            message->remote.port = ntohs(names[i].sin6_port);
            message->remote.scope = names[i].sin6_scope_id;
        }
        for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
            if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
                struct in6_pktinfo info;
                memcpy(&info, CMSG_DATA(control), sizeof info);
                read_address(&message->local, info.ipi6_addr.s6_addr);
                if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) message->local.scope = info.ipi6_ifindex;
            } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
                struct in_pktinfo info;
                memcpy(&info, CMSG_DATA(control), sizeof info);
                read_v4(&message->local, info.ipi_addr);
            } else if (control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
                int segment;
                memcpy(&segment, CMSG_DATA(control), sizeof segment);
                message->segment = segment > 0 ? (uint32_t)segment : 0;
            } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_TIMESTAMPNS) {
                struct timespec arrival;
                memcpy(&arrival, CMSG_DATA(control), sizeof arrival);
                message->arrival = (int64_t)arrival.tv_sec * 1000000000 + arrival.tv_nsec;
            }
        }
        if (message->segment == 0 || message->segment > message->length) message->segment = message->length;
    }
    return received;
}

static void put_control(struct msghdr *header, int level, int type, const void *data, size_t length) {
    struct cmsghdr *control = (struct cmsghdr *)((uint8_t *)header->msg_control + header->msg_controllen);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(control), data, length);
    header->msg_controllen += CMSG_SPACE(length);
}

int fs_send(int fd, int is_v4_only, fs_outgoing *messages, int count) {
    struct mmsghdr headers[FS_BATCH];
    struct iovec vectors[FS_BATCH];
    struct sockaddr_in6 names[FS_BATCH];
    _Alignas(struct cmsghdr) uint8_t controls[FS_BATCH][CONTROL_OCTETS];
    if (count > FS_BATCH) count = FS_BATCH;
    for (int i = 0; i < count; i++) {
        const fs_outgoing *message = &messages[i];
        vectors[i] = (struct iovec){message->data, message->length};
        struct msghdr *header = &headers[i].msg_hdr;
        *header = (struct msghdr){.msg_name = &names[i],
                                  .msg_iov = &vectors[i],
                                  .msg_iovlen = 1,
                                  .msg_control = controls[i],
                                  .msg_controllen = 0};
        const uint8_t *low = (const uint8_t *)&message->remote.address_low;
        const int has_local = message->local.address_high != 0 || message->local.address_low != 0;
        if (is_v4_only) {
            struct sockaddr_in *name = (struct sockaddr_in *)&names[i];
            memset(name, 0, sizeof *name);
            name->sin_family = AF_INET;
            name->sin_port = htons(message->remote.port);
            memcpy(&name->sin_addr, low + 4, 4);
            header->msg_namelen = sizeof *name;
            if (has_local) {
                struct in_pktinfo info = {0};
                memcpy(&info.ipi_spec_dst, (const uint8_t *)&message->local.address_low + 4, 4);
                put_control(header, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
            }
        } else {
            names[i] = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                             .sin6_port = htons(message->remote.port),
                                             .sin6_scope_id = message->remote.scope};
            memcpy(names[i].sin6_addr.s6_addr, &message->remote.address_high, 8);
            memcpy(names[i].sin6_addr.s6_addr + 8, low, 8);
            header->msg_namelen = sizeof names[i];
            if (has_local) {
                struct in6_pktinfo info = {.ipi6_ifindex = message->local.scope};
                memcpy(info.ipi6_addr.s6_addr, &message->local.address_high, 8);
                memcpy(info.ipi6_addr.s6_addr + 8, &message->local.address_low, 8);
                put_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
            }
        }
        if (message->segment != 0 && message->segment < message->length) {
            uint16_t segment = (uint16_t)message->segment;
            put_control(header, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
        }
        if (header->msg_controllen == 0) header->msg_control = NULL;
    }
    int sent = sendmmsg(fd, headers, (unsigned)count, MSG_DONTWAIT);
    return sent >= 0 ? sent : -errno;
}

int fs_epoll_open(int socket, int event) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) return -errno;
    struct epoll_event watch = {.events = EPOLLIN, .data.u32 = 1};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &watch) != 0) goto failed;
    watch.data.u32 = 2;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, event, &watch) != 0) goto failed;
    return epoll;
failed:;
    int error = errno;
    close(epoll);
    return -error;
}

static int wait_for(int epoll, struct epoll_event *ready, int limit, int64_t timeout_us) {
    struct timespec timeout = {.tv_sec = timeout_us / 1000000, .tv_nsec = (timeout_us % 1000000) * 1000};
    int count = epoll_pwait2(epoll, ready, limit, timeout_us < 0 ? NULL : &timeout, NULL);
    if (count < 0 && errno == ENOSYS)  // Kernels before 5.11 know milliseconds only.
        count = epoll_wait(epoll, ready, limit, timeout_us < 0 ? -1 : (int)((timeout_us + 999) / 1000));
    if (count < 0) return errno == EINTR ? 0 : -errno;
    return count;
}

int fs_epoll_wait(int epoll, int64_t timeout_us) {
    struct epoll_event ready[3];
    int count = wait_for(epoll, ready, 3, timeout_us);
    if (count < 0) return count;
    int mask = 0;
    for (int i = 0; i < count; i++) mask |= (int)ready[i].data.u32;
    return mask;
}

int fs_epoll_create(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll >= 0 ? epoll : -errno;
}

int fs_epoll_add(int epoll, int fd, uint32_t name) {
    struct epoll_event watch = {.events = EPOLLIN, .data.u32 = name};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &watch) == 0 ? 0 : -errno;
}

int fs_epoll_wait_names(int epoll, uint32_t *names, int count, int64_t timeout_us) {
    struct epoll_event ready[FS_BATCH];
    if (count > FS_BATCH) count = FS_BATCH;
    int found = wait_for(epoll, ready, count, timeout_us);
    for (int i = 0; i < found; i++) names[i] = ready[i].data.u32;
    return found;
}

int fs_epoll_watch(int epoll, int fd, uint32_t name, int reads, int writes) {
    struct epoll_event watch = {.events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0), .data.u32 = name};
    return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &watch) == 0 ? 0 : -errno;
}

int fs_epoll_wait_ready(int epoll, fs_ready *found, int count, int64_t timeout_us) {
    struct epoll_event ready[FS_BATCH];
    if (count > FS_BATCH) count = FS_BATCH;
    int total = wait_for(epoll, ready, count, timeout_us);
    for (int i = 0; i < total; i++)
        found[i] = (fs_ready){.name = ready[i].data.u32,
                              .is_readable = (ready[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
                              .is_writable = (ready[i].events & EPOLLOUT) != 0};
    return total;
}

static void read_name(fs_endpoint *endpoint, const struct sockaddr_storage *name) {
    memset(endpoint, 0, sizeof *endpoint);
    if (name->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)name;
        read_v4(endpoint, v4->sin_addr);
        endpoint->port = ntohs(v4->sin_port);
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)name;
        read_address(endpoint, v6->sin6_addr.s6_addr);
        endpoint->port = ntohs(v6->sin6_port);
        endpoint->scope = v6->sin6_scope_id;
    }
}

int fs_tcp_listen(uint16_t port, int is_v4_only, int backlog) {
    int fd = socket(is_v4_only ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // A server that is started again must not wait for the connections of the one before.
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    int failed;
    if (is_v4_only) {
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {INADDR_ANY}};
        failed = bind(fd, (struct sockaddr *)&any, sizeof any);
    } else {
        struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        failed = bind(fd, (struct sockaddr *)&any, sizeof any);
    }
    if (failed || listen(fd, backlog) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int fs_tcp_accept(int listener, int send_buffer, int unsent, fs_endpoint *remote, fs_endpoint *local) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    int fd = accept4(listener, (struct sockaddr *)&name, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    read_name(remote, &name);
    length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    read_name(local, &name);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, send_buffer);
    set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent);
    return fd;
}

int fs_tcp_connect(const fs_endpoint *remote, int receive_buffer, int timeout_ms, fs_endpoint *local) {
    const uint8_t *low = (const uint8_t *)&remote->address_low;
    const int is_v4 = remote->address_high == 0 && memcmp(low, mapped_prefix + 8, 4) == 0;
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (receive_buffer > 0) set_option(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(remote->port)};
    memcpy(&v4.sin_addr, low + 4, 4);
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(remote->port), .sin6_scope_id = remote->scope};
    memcpy(v6.sin6_addr.s6_addr, &remote->address_high, 8);
    memcpy(v6.sin6_addr.s6_addr + 8, low, 8);
    int error = 0;
    if (connect(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, is_v4 ? sizeof v4 : sizeof v6) != 0) error = errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        if (fs_wait_writable(fd, timeout_ms) <= 0) error = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    }
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (error == 0 && getsockname(fd, (struct sockaddr *)&name, &length) != 0) error = errno;
    if (error != 0) {
        close(fd);
        return -error;
    }
    read_name(local, &name);
    return fd;
}

int64_t fs_tcp_read(int fd, void *data, uint64_t capacity) {
    ssize_t count = recv(fd, data, capacity, MSG_DONTWAIT);
    return count >= 0 ? count : -errno;
}

int64_t fs_tcp_write(int fd, const void *data, uint64_t count) {
    ssize_t written = send(fd, data, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return written >= 0 ? written : -errno;
}

int fs_note_arrivals(int fd) { return set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1); }

int fs_wait_writable(int fd, int timeout_ms) {
    struct pollfd watch = {.fd = fd, .events = POLLOUT};
    int count = poll(&watch, 1, timeout_ms);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    return count;
}

void fs_close(int fd) { close(fd); }

int fs_eventfd_open(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

void fs_eventfd_signal(int fd) {
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;  // A full counter wakes the reader just as well.
}

void fs_eventfd_drain(int fd) {
    uint64_t count;
    ssize_t taken = read(fd, &count, sizeof count);
    (void)taken;  // Nothing to drain is fine.
}

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t fs_monotonic_now(void) { return nanoseconds(CLOCK_MONOTONIC); }
int64_t fs_realtime_now(void) { return nanoseconds(CLOCK_REALTIME); }

void fs_sleep_until(int64_t nanoseconds) {
    struct timespec until = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

int fs_source_address(char *text, size_t size) {
    // TEST-NET-1 (RFC 5737): an address that nobody has, so that the default route decides.
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xC0000201)};
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return 0;
    int found = connect(descriptor, (struct sockaddr *)&other, sizeof other) == 0
             && getsockname(descriptor, (struct sockaddr *)&own, &length) == 0
             && inet_ntop(AF_INET, &own.sin_addr, text, (socklen_t)size) != NULL;
    close(descriptor);
    return found;
}

void fs_each_interface_address(void *context,
                               void (*each)(void *context, const char *interface, const char *address,
                                            int is_loopback)) {
    struct ifaddrs *first = NULL;
    if (getifaddrs(&first) != 0) return;
    for (struct ifaddrs *entry = first; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP)) continue;
        char text[INET6_ADDRSTRLEN];
        const void *octets = NULL;
        if (entry->ifa_addr->sa_family == AF_INET)
            octets = &((struct sockaddr_in *)entry->ifa_addr)->sin_addr;
        else if (entry->ifa_addr->sa_family == AF_INET6)
            octets = &((struct sockaddr_in6 *)entry->ifa_addr)->sin6_addr;
        if (!octets || !inet_ntop(entry->ifa_addr->sa_family, octets, text, sizeof text)) continue;
        each(context, entry->ifa_name, text, (entry->ifa_flags & IFF_LOOPBACK) != 0);
    }
    freeifaddrs(first);
}
