#define _GNU_SOURCE
#include "PacketFeeder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

struct pf_feeder {
    int fd;
    uint16_t port;
    pthread_t thread;
    const uint8_t *bursts;
    int count;
    int octets;
    // In cache lines of their own: one thread writes each.
    _Alignas(64) atomic_int forwarded;
    _Alignas(64) atomic_int has_given_up;
};

static int number(const char *text, int least, int most, int *value) {
    char *end;
    long parsed = strtol(text, &end, 10);
    if (*end != 0 || end == text || parsed < least || parsed > most) return -1;
    *value = (int)parsed;
    return 0;
}

static int address(const char *text, uint32_t *value) {
    struct in_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) != 1) return -1;
    *value = ntohl(parsed.s_addr);
    return 0;
}

static int parse_one(const char *name, const char *value, pf_options *options) {
    if (strcmp(name, "--viewers") == 0) return number(value, 1, PF_MAXIMUM_VIEWERS, &options->viewers);
    if (strcmp(name, "--encodings") == 0) return number(value, 1, PF_MAXIMUM_ENCODINGS, &options->encodings);
    if (strcmp(name, "--watched") == 0) return number(value, 1, PF_MAXIMUM_ENCODINGS, &options->watched);
    if (strcmp(name, "--congestion-control") == 0) return number(value, 0, 1, &options->congestion_control);
    if (strcmp(name, "--feedback") == 0) return number(value, 0, 1, &options->feedback);
    if (strcmp(name, "--link") == 0) return number(value, 0, 1000000, &options->link);
    if (strcmp(name, "--frames") == 0) return number(value, 1, 1000000, &options->frames);
    if (strcmp(name, "--warm-up") == 0) return number(value, 1, 1000000, &options->warm_up);
    if (strcmp(name, "--from") == 0) return address(value, &options->from);
    if (strcmp(name, "--to") == 0) return address(value, &options->to);
    if (strcmp(name, "--mode") != 0) return -1;
    static const char *const modes[] = {"none", "sendmmsg", "gso"};
    for (int mode = 0; mode < 3; mode++)
        if (strcmp(value, modes[mode]) == 0) {
            options->mode = mode;
            return 0;
        }
    return -1;
}

static const char pf_usage[] =
    "--viewers N --encodings N --watched N --congestion-control 0|1 --feedback 0|1 --link KBITS --frames F --warm-up W "
    "--mode none|sendmmsg|gso --from ADDRESS --to ADDRESS";

int pf_parse(int count, char **arguments, pf_options *options) {
    *options = (pf_options){.viewers = 100, .encodings = 1, .watched = 1, .congestion_control = 1, .warm_up = 50,
                            .frames = 1000, .from = 0x7F000001, .to = 0x7F010001};
    for (int i = 1; i < count; i += 2)
        if (i + 1 >= count || parse_one(arguments[i], arguments[i + 1], options) != 0) {
            fprintf(stderr, "%s: '%s' is no option or has no such value; %s\n", arguments[0], arguments[i], pf_usage);
            return -1;
        }
    return 0;
}

pf_feeder *pf_open(void) {
    pf_feeder *feeder = aligned_alloc(64, (sizeof *feeder + 63) & ~(size_t)63);
    if (!feeder) return NULL;
    memset(feeder, 0, sizeof *feeder);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof name;
    feeder->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (feeder->fd >= 0 && bind(feeder->fd, (struct sockaddr *)&name, sizeof name) == 0
        && getsockname(feeder->fd, (struct sockaddr *)&name, &length) == 0) {
        feeder->port = ntohs(name.sin_port);
        return feeder;
    }
    pf_close(feeder);
    return NULL;
}

uint16_t pf_port(const pf_feeder *feeder) { return feeder->port; }

static void *feed(void *context) {
    pf_feeder *feeder = context;
    for (int i = 0; i < feeder->count; i++) {
        if (send(feeder->fd, feeder->bursts + (size_t)i * (size_t)feeder->octets, (size_t)feeder->octets, 0) < 0) break;
        int waited = 0;
        do {
            const struct timespec pause = {.tv_nsec = PF_INTERVAL * 1000};
            nanosleep(&pause, NULL);
            waited += PF_INTERVAL;
        } while (atomic_load_explicit(&feeder->forwarded, memory_order_relaxed) <= i && waited < PF_PATIENCE * 1000);
        if (waited >= PF_PATIENCE * 1000) break;
    }
    if (atomic_load_explicit(&feeder->forwarded, memory_order_relaxed) < feeder->count)
        atomic_store_explicit(&feeder->has_given_up, 1, memory_order_relaxed);
    return NULL;
}

int pf_start(pf_feeder *feeder, uint16_t port, const uint8_t *bursts, int count, int octets, int segment) {
    feeder->bursts = bursts;
    feeder->count = count;
    feeder->octets = octets;
    atomic_store(&feeder->forwarded, 0);
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(feeder->fd, (struct sockaddr *)&name, sizeof name) != 0) return -errno;
    if (setsockopt(feeder->fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) return -errno;
    return -pthread_create(&feeder->thread, NULL, feed, feeder);
}

void pf_note(pf_feeder *feeder, int forwarded) {
    atomic_store_explicit(&feeder->forwarded, forwarded, memory_order_relaxed);
}

int pf_has_given_up(const pf_feeder *feeder) {
    return atomic_load_explicit(&feeder->has_given_up, memory_order_relaxed);
}

void pf_join(pf_feeder *feeder) { pthread_join(feeder->thread, NULL); }

void pf_close(pf_feeder *feeder) {
    if (feeder->fd >= 0) close(feeder->fd);
    free(feeder);
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static pf_time time_of_thread(void) {
    struct rusage usage;
    struct timespec total;
    getrusage(RUSAGE_THREAD, &usage);
    // The kernel splits by ticks; the sum is exact.
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &total);
    return (pf_time){.user = seconds(usage.ru_utime),
                     .system = seconds(usage.ru_stime),
                     .total = (double)total.tv_sec + (double)total.tv_nsec / 1e9};
}

__attribute__((noinline)) pf_time pf_measure(void (*body)(void *context), void *context) {
    const pf_time before = time_of_thread();
    body(context);
    const pf_time after = time_of_thread();
    return (pf_time){.user = after.user - before.user,
                     .system = after.system - before.system,
                     .total = after.total - before.total};
}

pf_time pf_warm_up(void (*body)(void *context), void *context) {
    body(context);
    return (pf_time){0};
}

void pf_report(const char *program, const pf_options *options, pf_time spent, uint64_t packets, uint64_t messages,
               uint64_t failures, const char *more) {
    static const char *const modes[] = {"none", "sendmmsg", "gso"};
    const double each = packets ? 1e6 / (double)packets : 0;
    printf("{\"program\": \"%s\", \"mode\": \"%s\", \"viewers\": %d, \"frames\": %d, \"packets\": %llu, "
           "\"messages\": %llu, \"failures\": %llu, \"user\": %.4f, \"system\": %.4f, \"total\": %.4f%s}\n",
           program, modes[options->mode], options->viewers, options->frames, (unsigned long long)packets,
           (unsigned long long)messages, (unsigned long long)failures, spent.user * each, spent.system * each,
           spent.total * each, more);
}
