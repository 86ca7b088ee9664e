import Primitives
import SignalingClient
import SignalingProtocol
import TestMedia

// Viewers of different sizes, and publishers that send what somebody wants: runs with simulcast.
extension LoadRun {
    /// Whether viewers show pictures of different sizes. Behind poor links all show them large, so that the links decide.
    var hasTiles: Bool { settings.media.encodings > 1 && settings.door == .ws && settings.links.isEmpty }

    /// Gives all viewers tiles of other sizes again and again: each has the next encoding's size in turn.
    func changeTiles() async throws {
        var turn = 0
        while true {
            try await Task.sleep(for: settings.tileTime)
            turn += 1
            await withTaskGroup(of: Void.self) { group in
                for viewer in viewers {
                    group.addTask { [turn] in await self.showTile(of: viewer, turn: turn) }
                }
            }
        }
    }

    /// Tells the server that a viewer shows its pictures as large as one encoding is; it is timed until that comes.
    func showTile(of viewer: Viewer, turn: Int) async {
        guard let session = viewer.admission.session else { return }
        let encoding = (viewer.id + turn) % settings.media.encodings
        let format = settings.media.format(ofEncoding: encoding)
        let wishes = (0..<viewer.seats).map {
            SlotWish(mid: "v\($0)", width: UInt16(clamping: format.width), height: UInt16(clamping: format.height))
        }
        thread.post(.expect(viewer.id, encoding: encoding))
        // A viewer that leaves meanwhile shows nothing.
        _ = try? await session.request(.view(wishes))
    }

    /// Has a publisher send the encodings that the server wants, as browsers do.
    func followWishes(of admission: LoadAdmission, id: Int, rids: [String]) {
        guard let session = admission.session, !rids.isEmpty else { return }
        Task { [thread] in
            for await event in session.events {
                guard case .encodings(.camera, let encodings) = event else { continue }
                let off = Set(encodings.filter { !$0.active }.map(\.rid))
                thread.post(.send(id, encodings: rids.map { !off.contains($0) }))
            }
        }
    }
}
