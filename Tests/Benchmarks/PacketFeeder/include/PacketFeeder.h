// What both packet loops are measured with, the server's and the reference: a publisher that sends bursts on a thread of
// its own, the processor time of the loop's thread alone, and the words of the result.
#ifndef FORESTAGE_PACKET_FEEDER_H
#define FORESTAGE_PACKET_FEEDER_H

#include <stdint.h>

// What is measured, the same for both programs; see `pf_parse`.
typedef struct {
    int viewers;
    // What only the server's loop knows, the reference has one encoding and no congestion control: the encodings that the
    // publisher sends, and how many of them the viewers are spread over.
    int encodings;
    int watched;
    // Whether the paths to viewers are estimated and what leaves to them is paced.
    int congestion_control;
    // Whether viewers answer as browsers do, on a virtual clock on which a burst is a frame of 30 a second. What their
    // paths carry in kbit/s, 0 for everything.
    int feedback;
    int link;
    // Bursts that are forwarded before and while time is taken.
    int warm_up;
    int frames;
    // How packets leave: 0 the kernel is not called at all, 1 sendmmsg, 2 sendmmsg with UDP_SEGMENT.
    int mode;
    // The sender's address and the first viewer's, IPv4 in host order; viewer i has the i-th address from there.
    uint32_t from;
    uint32_t to;
} pf_options;

enum { PF_NO_KERNEL = 0, PF_SENDMMSG = 1, PF_SEGMENTS = 2 };

// The traffic of both programs.
enum {
    PF_PACKETS_PER_FRAME = 6,
    // Octets of an RTP payload.
    PF_PAYLOAD = 1160,
    // Where the viewers listen; nobody does.
    PF_VIEWER_PORT = 5000,
    // Viewers that the addresses of a /16 hold with room to spare.
    PF_MAXIMUM_VIEWERS = 10000,
    PF_MAXIMUM_ENCODINGS = 3,
    // The shortest time from one burst to the next, in microseconds: none begins before the one before was forwarded.
    PF_INTERVAL = 300,
    // How long a burst may take to be forwarded, in milliseconds, before the measurement is given up.
    PF_PATIENCE = 5000
};

// Reads what `pf_usage` lists. Returns 0, or -1 after words to the standard error.
int pf_parse(int count, char **arguments, pf_options *options);

// A publisher's socket on 127.0.0.1; NULL where it cannot be opened.
typedef struct pf_feeder pf_feeder;
pf_feeder *pf_open(void);
uint16_t pf_port(const pf_feeder *feeder);

// Sends `count` bursts to `port`: each is `octets` long, the next directly behind it, and cut into datagrams of `segment`
// octets. Each waits for `pf_note` to say that the one before is through. `bursts` stays until pf_join. Returns 0 or -errno.
int pf_start(pf_feeder *feeder, uint16_t port, const uint8_t *bursts, int count, int octets, int segment);

// Says how many bursts of this start were forwarded so far. Called on the loop's thread once a turn.
void pf_note(pf_feeder *feeder, int forwarded);

// Whether the feeder has given up waiting: packets were lost, or the loop does not run.
int pf_has_given_up(const pf_feeder *feeder);
void pf_join(pf_feeder *feeder);
void pf_close(pf_feeder *feeder);

// Processor time of one thread, in seconds.
typedef struct {
    double user;
    double system;
    double total;
} pf_time;

// Calls `body` and tells what it cost this thread. The name is where callgrind begins and ends to collect.
pf_time pf_measure(void (*body)(void *context), void *context);

// Calls `body` for what comes before the measurement, and tells nothing.
pf_time pf_warm_up(void (*body)(void *context), void *context);

// Prints one line of JSON: the options, microseconds per packet, and what is counted. `more` are further members, each behind
// a comma.
void pf_report(const char *program, const pf_options *options, pf_time spent, uint64_t packets, uint64_t messages,
               uint64_t failures, const char *more);

#endif
