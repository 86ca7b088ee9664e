import HTTPServer
import HTTPTypes
import Hummingbird
import Rooms

/// `GET /v1/rooms/{room}/debug`: what the room and its worker know, as JSON, for operators alone.
///
/// The answer holds identities and network addresses. So it needs the token of `/metrics`, or an address that only
/// operators reach; without either it is served in development mode alone.
struct DebugPage: HTTPFront {
    let access: OperatorGuard
    /// Whether requests need no token: development mode, or an address of the operators' own.
    let isOpen: Bool
    /// `nil` where there is no such room.
    let report: @Sendable (_ room: String, _ participant: String?, _ offset: Int) async -> RoomReport?

    /// The methods of a path, as `Allow` lists them; `nil` for paths of others.
    func methods(at path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 5 && parts[1] == "v1" && parts[2] == "rooms" && !parts[3].isEmpty && parts[4] == "debug"
            ? "GET, HEAD, OPTIONS" : nil
    }

    func addRoutes(to router: Router<ServerRequestContext>) {
        router.get("/v1/rooms/:room/debug") { request, context in
            guard access.token != nil || isOpen else {
                throw HTTPFailure(
                    .forbidden, "operatorsOnly",
                    "set metrics.token and send it as Authorization: Bearer, or set metrics.address and ask there")
            }
            guard access.allows(authorization: request.headers[.authorization]) else {
                throw HTTPFailure(
                    .unauthorized, "badToken",
                    "the header Authorization: Bearer with the server's metrics token (metrics.token) is expected")
            }
            let room = try context.parameters.require("room")
            let query = request.uri.queryParameters
            let offset = query["from"].map { Int($0) } ?? 0
            guard let offset, offset >= 0 else {
                throw HTTPFailure(.badRequest, "badRequest", "from must be a whole number of 0 or more")
            }
            guard let report = await report(room, query["participant"].map(String.init), offset) else {
                throw HTTPFailure(.notFound, "noSuchRoom", "there is no room \(room.prefix(200)) now")
            }
            return jsonResponse(RoomDebugDocument(report))
        }
    }
}
