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
        fixture.advance(.milliseconds(2_999))
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
        fixture.agent.noteMedia(now: fixture.now)
        fixture.advance(.seconds(1))
        #expect(fixture.check(on: Fixture.second) == .answer)
        #expect(fixture.agent.selectedPath == Fixture.first)
    }

    @Test func validatedPathsAreBoundedAndTheOldestGoesButNeverTheSelectedOne() {
        var fixture = Fixture.connected()
        let limit = fixture.agent.limits.validatedPaths
        #expect(limit == 16)
        for port in 0..<UInt16(limit) {
            fixture.advance(.milliseconds(1))
            fixture.agent.noteMedia(now: fixture.now)
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
        fixture.agent.noteMedia(now: fixture.now)
        var bad = Check(to: Fixture.server, from: Fixture.client)
        bad.password = "x"
        _ = fixture.receive(bad.octets, on: Fixture.first)
        var conflicting = Check(to: Fixture.server, from: Fixture.client)
        conflicting.role = .controlled(tieBreaker: 3)
        _ = fixture.receive(conflicting.octets, on: Fixture.first)
        _ = fixture.check(on: Fixture.second)
        fixture.advance(.seconds(1))
        #expect(fixture.timeout() == .consentExpired)
    }

    @Test func aRestartKeepsTheSelectedPathUntilTheNewCredentialsSelect() throws {
        var fixture = Fixture.connected()
        fixture.advance(.seconds(1))
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
        #expect(fixture.timeout() == .none)
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
}
