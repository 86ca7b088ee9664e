"""The link in user space (harness/link.py): what passes in what time, in virtual time and through sockets."""

import socket

from harness.link import HEADERS, Direction, Link

OCTETS = 1_250  # 10 ms at 1 Mbit/s


def arrivals(way: Direction, until: float) -> list[tuple[float, int]]:
    """What arrives up to then, each at the instant that the link names."""
    found: list[tuple[float, int]] = []
    while (at := way.next_time) is not None and at <= until:
        found += [(round(at, 6), item) for item in way.pop(at)]
    return found


def test_datagrams_pass_at_the_rate_and_arrive_after_the_delay() -> None:
    way = Direction(rate=1_000_000, delay=0.03)
    for number in range(3):
        assert way.push(1.0, OCTETS, number)
    assert arrivals(way, 2) == [(1.04, 0), (1.05, 1), (1.06, 2)]
    assert [round(wait, 6) for wait in way.take_waits()] == [0.01, 0.02, 0.03]
    assert way.passed_octets == 3 * OCTETS


def test_more_than_the_queue_holds_is_dropped_and_the_rest_fills_the_rate() -> None:
    way = Direction(rate=1_000_000, queue_seconds=0.3)
    for number in range(400):  # 4 Mbit/s for a second
        way.push(number * 0.0025, OCTETS, number)
    passed = len(arrivals(way, 10))
    assert passed == 100 + 29, "what one second carries, and the queue"
    assert passed + way.dropped == 400
    assert 0.29 < max(way.take_waits()) <= 0.3 + 1e-6


def test_who_looks_late_finds_all_that_left_meanwhile() -> None:
    way = Direction(rate=1_000_000)
    for number in range(20):
        way.push(0, OCTETS, number)
    assert way.pop(0.1049) == list(range(10))
    assert way.pop(5) == list(range(10, 20))


def test_a_new_rate_counts_from_the_datagram_that_is_being_sent() -> None:
    way = Direction(rate=1_000_000)
    for number in range(3):
        way.push(0, OCTETS, number)
    way.set_rate(0.005, 500_000)  # half of the first has gone
    assert arrivals(way, 1) == [(0.015, 0), (0.035, 1), (0.055, 2)]
    way.push(2, OCTETS, 3)
    way.set_rate(2, None)
    assert way.pop(2) == [3]


def test_a_client_and_a_server_talk_through_it() -> None:
    server, client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    with server, client:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        for end in (server, client):
            end.settimeout(30)
        with Link([port], down=Direction(8_000_000, 0.001), up=Direction()) as link:
            client.sendto(b"question", ("127.0.0.1", link.ports[port]))
            octets, relayed = server.recvfrom(100)
            assert octets == b"question"
            server.sendto(b"answer", relayed)
            octets, sender = client.recvfrom(100)
            assert (octets, sender[1]) == (b"answer", link.ports[port])
            assert link.down.passed_octets == len(b"answer") + HEADERS
            assert len(link.take_waits()) == 1
