import Client
import DatagramIO
import Primitives
import SignalingClient
import SignalingProtocol

// What changes during a run.
extension LoadRun {
    /// Replaces viewers by others, the longest there first.
    func churn() async throws {
        let step = Duration.nanoseconds(Int64(1e9 / settings.churn))
        var number = settings.rooms * settings.viewers
        while true {
            try await Task.sleep(for: step)
            guard let index = viewers.firstIndex(where: { !$0.isCandidate }) else { continue }
            let leaving = viewers.remove(at: index)
            thread.post(.remove(leaving.id))
            let newcomer = number
            number += 1
            Task {
                await leaving.admission.leave()
                await self.enterViewer(newcomer)
            }
        }
    }

    /// Brings viewers on stage, one after the other: hand up, approve, media; later off again.
    func promote() async throws {
        guard let (_, host) = await enterHost() else { return }
        defer { Task { await host.leave() } }
        let step = Duration.nanoseconds(Int64(1e9 / settings.promotions))
        while true {
            try await Task.sleep(for: step)
            let room = roomName(0)
            guard
                let index = viewers.firstIndex(where: { $0.isCandidate && !$0.isOnStage && $0.room == room }),
                viewers.filter(\.isOnStage).count < settings.promotedAtOnce
            else { continue }
            viewers[index].isOnStage = true
            let viewer = viewers[index]
            // Its place may be another meanwhile.
            viewers.append(viewers.remove(at: index))
            Task { await self.promote(viewer, by: host) }
        }
    }

    private func enterHost() async -> (String, LoadAdmission)? {
        let wish = Wish(room: roomName(0), name: "host", role: "host", publishes: false, seats: 1)
        guard let admission = try? await door.enter(wish), let participant = admission.participant else { return nil }
        return (participant, admission)
    }

    private func promote(_ viewer: Viewer, by host: LoadAdmission) async {
        guard let session = viewer.admission.session, let name = viewer.admission.participant else { return }
        do {
            // A participant who left the stage has no published tracks.
            try await session.request(.publish(.microphone))
            try await session.request(.publish(.camera))
            try await session.request(.stage(.request))
            let approvedAt = ClientSockets.now
            async let approval = host.session?.request(.stageOf(participant: name, .approve, version: nil))
            for await event in session.events {
                if case .stageState(.onStage, _, _) = event { break }
            }
            thread.post(.publish(viewer.id, approvedAt: approvedAt))
            _ = try await approval
            try await Task.sleep(for: settings.stageTime)
            try await session.request(.stage(.leave))
        } catch {
            notePromotionFailure(error)
        }
        thread.post(.stopPublishing(viewer.id))
        if let index = viewers.firstIndex(where: { $0.id == viewer.id }) { viewers[index].isOnStage = false }
    }
}
