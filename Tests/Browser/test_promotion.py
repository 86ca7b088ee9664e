"""Viewers come on stage and go back, seen by everybody, and no peer connection negotiates again."""

import pytest

from harness.chromium import Chromium
from harness.participant import Participant
from harness.server import ForestageServer


def test_three_pages_are_promoted_and_demoted_in_turn(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "premiere", "Ada", role="host", publishes=True)
    grace = Participant(chromium, server, "premiere", "Grace", publishes=True)
    barbara = Participant(chromium, server, "premiere", "Barbara", publishes=True)
    everybody = [host, grace, barbara]

    def check(*on_stage: Participant) -> None:
        for participant in everybody:
            participant.wait_to_see(*(other for other in on_stage if other is not participant))
        for participant in everybody:
            for other in on_stage:
                if other is not participant:
                    participant.wait_for_frames(other)

    check(host)
    grace.call("raiseHand")
    host.call("approve", grace.participant)
    check(host, grace)
    barbara.call("raiseHand")
    host.call("approve", barbara.participant)
    check(host, grace, barbara)
    host.call("demote", grace.participant)
    grace.wait_for_state("audience")
    check(host, barbara)
    grace.call("raiseHand")
    host.call("approve", grace.participant)
    check(host, barbara, grace)
    barbara.call("leaveStage")
    check(host, grace)
    host.call("demote", grace.participant)
    check(host)

    for participant in everybody:
        assert participant.negotiations() == 0, participant.name
        assert participant.errors() == [], participant.name
        participant.leave()


def test_an_invitation_is_accepted_or_declined(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "invitations", "Ada", role="host")
    guest = Participant(chromium, server, "invitations", "Grace", publishes=True)
    host.call("invite", guest.participant)
    guest.wait_for_state("invited")
    guest.call("decline")
    guest.wait_for_state("audience")
    host.call("invite", guest.participant)
    guest.wait_for_state("invited")
    guest.call("accept")
    host.wait_to_see(guest)
    for participant in (host, guest):
        assert participant.negotiations() == 0
        assert participant.errors() == []
        participant.leave()


def test_a_hand_is_lowered_or_denied(chromium: Chromium, server: ForestageServer) -> None:
    host = Participant(chromium, server, "hands", "Ada", role="host")
    guest = Participant(chromium, server, "hands", "Grace", publishes=True)
    guest.call("raiseHand")
    guest.wait_for_state("requested")
    guest.call("lowerHand")
    guest.wait_for_state("audience")
    guest.call("raiseHand")
    host.call("deny", guest.participant)
    guest.wait_for_state("audience")
    with pytest.raises(Exception, match="permission"):
        guest.call("demote", host.participant)
    assert host.seen() == {}
    for participant in (host, guest):
        assert participant.errors() == []
        participant.leave()
