import ICE
import Primitives
import Testing

/// Which paths a lite agent validates and selects, and when it ends.
struct ICELiteAgentPathTests {
    private typealias Fixture = LiteAgentFixture

    @Test func aCheckWithoutNominationValidatesButDoesNotSelect() {
        var fixture = Fixture()
        #expect(fixture.check(on: Fixture.first) == .answer)
        #expect(fixture.agent.isValidated(Fixture.first))
        #expect(!fixture.agent.isValidated(Fixture.second))
        #expect(fixture.agent.selectedPath == nil)
    }

    @Test func aNominationSelectsItsPath() {
        var fixture = Fixture()
        #expect(fixture.check(on: Fixture.first, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.first)
        #expect(fixture.check(on: Fixture.first, nominating: true) == .answerSelecting(changed: false))
    }

    @Test func aNominationFromANewAddressMovesThePath() {
        var fixture = Fixture.connected()
        fixture.advance(.milliseconds(10))
        #expect(fixture.check(on: Fixture.second, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.second)
        #expect(fixture.agent.isValidated(Fixture.first))
    }

    @Test func aCheckFromANewAddressMovesThePathOnlyAfterTheOldOneWasSilent() {
        var fixture = Fixture.connected()
        fixture.advance(.milliseconds(999))
        #expect(fixture.check(on: Fixture.second) == .answer)
        #expect(fixture.agent.selectedPath == Fixture.first)
        fixture.advance(.milliseconds(1))
        #expect(fixture.check(on: Fixture.second) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.second)
    }

    @Test func aCheckOnTheSilentPathItselfIsNoMove() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(10))
        #expect(fixture.check(on: Fixture.first) == .answer)
        #expect(fixture.check(on: Fixture.second) == .answer)
        #expect(fixture.agent.selectedPath == Fixture.first)
    }

    @Test func mediaOnTheSelectedPathKeepsItFromMoving() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(4))
        fixture.media(on: Fixture.first)
        fixture.advance(.milliseconds(999))
        #expect(fixture.check(on: Fixture.second) == .answer)
        #expect(fixture.agent.selectedPath == Fixture.first)
    }

    @Test func validatedPathsAreBoundedAndTheOldestGoesButNeverTheSelectedOne() {
        var fixture = Fixture.connected()
        let limit = fixture.agent.limits.validatedPaths
        #expect(limit == 16)
        for port in 0..<UInt16(limit) {
            fixture.advance(.milliseconds(1))
            fixture.media(on: Fixture.first)
            _ = fixture.check(on: Fixture.path(9, port: 1_000 + port))
        }
        #expect(fixture.agent.isValidated(Fixture.first))
        #expect(!fixture.agent.isValidated(Fixture.path(9, port: 1_000)))
        for port in 1..<UInt16(limit) { #expect(fixture.agent.isValidated(Fixture.path(9, port: 1_000 + port))) }
    }

    @Test func anAgentThatIsNeverNominatedEndsAfterTheConnectTimeout() {
        var fixture = Fixture()
        #expect(fixture.agent.nextTimeout == .zero + .seconds(30))
        fixture.advance(.milliseconds(29_999))
        _ = fixture.check(on: Fixture.first)
        #expect(fixture.timeout() == .none)
        fixture.advance(.milliseconds(1))
        #expect(fixture.timeout() == .connectTimeout)
        #expect(fixture.agent.nextTimeout == nil)
        #expect(fixture.check(on: Fixture.first, nominating: true) == .drop(.ended))
        #expect(fixture.timeout() == .none)
    }

    @Test func consentExpiresThirtySecondsAfterTheLastCheckOnTheSelectedPath() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(20))
        #expect(fixture.check(on: Fixture.first) == .answer)
        #expect(fixture.agent.nextTimeout == .zero + .seconds(50))
        fixture.advance(.milliseconds(29_999))
        #expect(fixture.timeout() == .none)
        #expect(fixture.agent.selectedPath == Fixture.first)
        fixture.advance(.milliseconds(1))
        #expect(fixture.timeout() == .consentExpired)
        #expect(fixture.agent.selectedPath == nil)
        #expect(fixture.agent.nextTimeout == nil)
    }

    @Test func neitherMediaNorABadCheckNorAnIndicationRenewsConsent() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(29))
        fixture.media(on: Fixture.first)
        var bad = Check(to: Fixture.server, from: Fixture.client)
        bad.password = "x"
        _ = fixture.receive(bad.octets, on: Fixture.first)
        var conflicting = Check(to: Fixture.server, from: Fixture.client)
        conflicting.role = .controlled(tieBreaker: 3)
        _ = fixture.receive(conflicting.octets, on: Fixture.first)
        _ = fixture.receive(Array(repeating: 0, count: 20), on: Fixture.first)
        fixture.advance(.seconds(1))
        #expect(fixture.timeout() == .consentEnded)
        #expect(fixture.agent.selectedPath == nil)
    }

    @Test func mediaKeepsAPeerWithoutConsentToWhichNothingIsSent() {
        var fixture = Fixture.connected()
        for second in 1...100 {
            fixture.advance(.seconds(1))
            fixture.media(on: Fixture.first)
            #expect(fixture.timeout() == (second == 30 ? .consentEnded : .none))
            #expect((fixture.agent.selectedPath != nil) == (second < 30))
            #expect(fixture.agent.isValidated(Fixture.first))
        }
        fixture.advance(.milliseconds(29_999))
        #expect(fixture.timeout() == .none)
        fixture.advance(.milliseconds(1))
        #expect(fixture.timeout() == .consentExpired)
        #expect(fixture.agent.nextTimeout == nil)
    }

    @Test func aCheckGivesConsentAgain() {
        for isNomination in [false, true] {
            var fixture = Fixture.connected()
            for _ in 1...40 {
                fixture.advance(.seconds(1))
                fixture.media(on: Fixture.first)
                _ = fixture.timeout()
            }
            #expect(fixture.agent.selectedPath == nil)
            #expect(fixture.check(on: Fixture.second) == .answer, "media still comes on the first")
            #expect(fixture.check(on: Fixture.first, nominating: isNomination) == .answerSelecting(changed: true))
            #expect(fixture.agent.selectedPath == Fixture.first)
            #expect(fixture.agent.nextTimeout == fixture.now + .seconds(30))
        }
    }

    @Test func aRestartWithoutConsentGoesOn() {
        var fixture = Fixture.connected()
        for _ in 1...40 {
            fixture.advance(.seconds(1))
            fixture.media(on: Fixture.first)
            _ = fixture.timeout()
        }
        fixture.restart()
        #expect(fixture.agent.isValidated(Fixture.first))
        #expect(fixture.checkAfterRestart(on: Fixture.first, nominating: true) == .answerSelecting(changed: true))
    }

    /// Connected for ten seconds, and the first packet of media from another address.
    private func followed() -> Fixture {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(10))
        fixture.agent.noteFreshMedia(on: Fixture.second, now: fixture.now)
        fixture.media(on: Fixture.second)
        return fixture
    }

    @Test func mediaFromElsewhereMovesThePathWhenTheOldOneStaysSilent() {
        var fixture = followed()
        #expect(fixture.agent.isValidated(Fixture.second))
        #expect(fixture.agent.nextTimeout == .zero + .milliseconds(10_100))
        fixture.advance(.milliseconds(99))
        fixture.media(on: Fixture.second)
        #expect(fixture.timeout() == .none)
        #expect(fixture.agent.selectedPath == Fixture.first)
        fixture.advance(.milliseconds(1))
        #expect(fixture.timeout() == .pathMoved)
        #expect(fixture.agent.selectedPath == Fixture.second)
        // What was still under way over the old path moves nothing back.
        fixture.advance(.milliseconds(50))
        fixture.media(on: Fixture.first)
        fixture.advance(.seconds(1))
        #expect(fixture.timeout() == .none)
        #expect(fixture.agent.selectedPath == Fixture.second)
    }

    @Test func aSignOnTheSelectedPathKeepsIt() {
        for isReplay in [false, true] {
            var fixture = followed()
            fixture.advance(.milliseconds(90))
            if isReplay {
                fixture.agent.noteReplay(on: Fixture.first, now: fixture.now)
            } else {
                fixture.media(on: Fixture.first)
            }
            fixture.advance(.seconds(1))
            #expect(fixture.timeout() == .none)
            #expect(fixture.agent.selectedPath == Fixture.first)
            // The next packet from there is looked at anew.
            fixture.media(on: Fixture.second)
            fixture.advance(.milliseconds(100))
            #expect(fixture.timeout() == .pathMoved)
        }
    }

    @Test func whatWasUnderWayWhenAPathWasNominatedMovesNothingBack() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(5))
        fixture.media(on: Fixture.first)
        #expect(fixture.check(on: Fixture.second, nominating: true) == .answerSelecting(changed: true))
        fixture.advance(.milliseconds(50))
        fixture.media(on: Fixture.first)
        fixture.advance(.seconds(5))
        #expect(fixture.timeout() == .none)
        #expect(fixture.agent.selectedPath == Fixture.second)
    }

    @Test func consentToAPathThatMediaSelectedEndsEarlyWithoutACheck() {
        var fixture = followed()
        fixture.advance(.milliseconds(100))
        #expect(fixture.timeout() == .pathMoved)
        #expect(fixture.agent.nextTimeout == fixture.now + .seconds(10))
        fixture.advance(.seconds(2))
        #expect(fixture.check(on: Fixture.second) == .answer)
        #expect(fixture.agent.nextTimeout == fixture.now + .seconds(30))
    }

    @Test func mediaExtendsNoConsent() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(25))
        fixture.agent.noteFreshMedia(on: Fixture.second, now: fixture.now)
        fixture.media(on: Fixture.second)
        fixture.advance(.milliseconds(100))
        #expect(fixture.timeout() == .pathMoved)
        #expect(fixture.agent.nextTimeout == .zero + .seconds(30))
    }

    @Test func aReplayIsNoLifeForABareCheckToRespect() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(5))
        fixture.agent.noteReplay(on: Fixture.first, now: fixture.now)
        #expect(fixture.check(on: Fixture.second) == .answerSelecting(changed: true))
    }

    @Test func duringARestartMediaMovesNothing() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(5))
        fixture.media(on: Fixture.first)
        fixture.restart()
        fixture.advance(.milliseconds(500))
        _ = fixture.checkAfterRestart(on: Fixture.second)
        fixture.media(on: Fixture.second)
        fixture.advance(.milliseconds(500))
        #expect(fixture.timeout() == .none)
        #expect(fixture.agent.selectedPath == Fixture.first)
    }

    @Test func aRestartKeepsTheSelectedPathUntilTheNewCredentialsSelect() throws {
        var fixture = Fixture.connected()
        fixture.advance(.milliseconds(500))
        fixture.restart()
        #expect(fixture.agent.local == Fixture.restartedServer)
        #expect(fixture.agent.selectedPath == Fixture.first)
        #expect(fixture.agent.isValidated(Fixture.first))
        #expect(fixture.checkAfterRestart(on: Fixture.second) == .answer)
        #expect(fixture.agent.selectedPath == Fixture.first)
        #expect(fixture.checkAfterRestart(on: Fixture.second, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.second)
        #expect(try fixture.parsedResponse(password: Fixture.restartedServer.password).messageClass == .success)
        // From here the old credentials are nobody's.
        #expect(fixture.check(on: Fixture.first, nominating: true) == .drop(.unknownUsername))
    }

    @Test func duringARestartTheOldCredentialsKeepConsentButSelectNothing() throws {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(10))
        fixture.restart()
        fixture.advance(.seconds(10))
        #expect(fixture.check(on: Fixture.second, nominating: true) == .answer)
        #expect(!fixture.agent.isValidated(Fixture.second))
        #expect(fixture.agent.selectedPath == Fixture.first)
        #expect(fixture.check(on: Fixture.first, nominating: true) == .answer)
        #expect(try fixture.parsedResponse().messageClass == .success)
        fixture.advance(.seconds(19))
        #expect(fixture.timeout() == .none)
        #expect(fixture.agent.selectedPath == Fixture.first)
    }

    @Test func aRestartOutlivesTheOldPathsConsentByItsOwnTime() {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(25))
        fixture.restart()
        fixture.advance(.seconds(5))
        #expect(fixture.timeout() == .consentEnded)
        #expect(fixture.agent.selectedPath == nil)
        #expect(fixture.agent.nextTimeout == .zero + .seconds(55))
        #expect(fixture.checkAfterRestart(on: Fixture.second, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.second)
    }

    @Test func aRestartThatIsNeverTakenUpEndsAfterTheConnectTimeout() {
        var fixture = Fixture.connected()
        fixture.restart()
        for _ in 0..<5 {
            fixture.advance(.seconds(5))
            _ = fixture.check(on: Fixture.first)
            #expect(fixture.timeout() == .none)
        }
        fixture.advance(.seconds(5))
        #expect(fixture.timeout() == .connectTimeout)
        #expect(fixture.agent.selectedPath == nil)
    }

    @Test func aSecondRestartBeforeTheFirstIsTakenUpKeepsTheSelectedPath() {
        var fixture = Fixture.connected()
        fixture.agent.restart(local: Fixture.client, remote: Fixture.server, now: fixture.now)
        fixture.advance(.seconds(1))
        fixture.restart()
        #expect(fixture.agent.selectedPath == Fixture.first)
        #expect(fixture.check(on: Fixture.first) == .answer)
        #expect(fixture.checkAfterRestart(on: Fixture.first, nominating: true) == .answerSelecting(changed: false))
        #expect(fixture.agent.nextTimeout == .zero + .seconds(31))
    }

    @Test func whereTheSelectedConnectionClosesNothingIsSentUntilTheNextCheck() {
        var fixture = Fixture.connected()
        fixture.agent.noteClosed(Fixture.first)
        #expect(fixture.agent.selectedPath == nil && fixture.agent.validatedPaths.isEmpty)
        fixture.advance(.milliseconds(100))
        #expect(fixture.check(on: Fixture.second, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.second)
    }

    @Test func whereNoCheckFollowsTheAgentEnds() {
        var fixture = Fixture.connected()
        fixture.agent.noteClosed(Fixture.first)
        fixture.advance(.seconds(30))
        #expect(fixture.timeout() == .consentExpired)
    }

    @Test func aConnectionThatIsNotSelectedMayClose() {
        var fixture = Fixture.connected()
        #expect(fixture.check(on: Fixture.second) == .answer)
        fixture.agent.noteClosed(Fixture.second)
        #expect(fixture.agent.selectedPath == Fixture.first && fixture.agent.validatedPaths == [Fixture.first])
    }

    @Test func aRestartWhoseOldConnectionClosesWaitsForItsNomination() {
        var fixture = Fixture.connected()
        fixture.restart()
        fixture.agent.noteClosed(Fixture.first)
        #expect(fixture.agent.selectedPath == nil)
        #expect(fixture.checkAfterRestart(on: Fixture.second, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == Fixture.second)
    }

    @Test func twoConnectionsBetweenTheSameEndsAreTwoPaths() {
        var fixture = Fixture.connected()
        var other = Fixture.first
        other.connection = 1
        #expect(!fixture.agent.isValidated(other))
        #expect(fixture.check(on: other, nominating: true) == .answerSelecting(changed: true))
        #expect(fixture.agent.selectedPath == other && other.isTCP)
    }
}
