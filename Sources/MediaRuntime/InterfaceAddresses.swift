import CDatagram
import Primitives

/// The IPv4 address from which this machine sends to others by its default route; `nil` without such a route. Nothing is
/// sent to find it.
package func defaultRouteAddress() -> TransportAddress? {
    var text = [CChar](repeating: 0, count: 64)
    // Unsafe: the C function writes at most as much as the array holds, with a zero at the end.
    guard unsafe fs_source_address(&text, text.count) == 1 else { return nil }
    return TransportAddress(
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), port: 0)
}

/// The addresses that are announced when the operator names none: every interface's, IPv4 before IPv6, and 127.0.0.1
/// at the end.
///
/// Link-local IPv6 addresses mean nothing to others without a scope, so they are left out.
package func interfaceAddresses() -> [TransportAddress] {
    final class Found {
        var addresses: [TransportAddress] = []
    }
    let found = Found()
    // The callback runs inside this call only, while `found` is alive.
    unsafe fs_each_interface_address(Unmanaged.passUnretained(found).toOpaque()) { context, _, text, isLoopback in
        guard isLoopback == 0, let context = unsafe context, let text = unsafe text else { return }
        guard let address = unsafe TransportAddress(String(cString: text), port: 0), !address.isLinkLocal else {
            return
        }
        unsafe Unmanaged<Found>.fromOpaque(context).takeUnretainedValue().addresses.append(address)
    }
    let v4 = found.addresses.filter { $0.family == .v4 }
    let v6 = found.addresses.filter { $0.family == .v6 }
    return v4 + v6 + [TransportAddress(v4: 127, 0, 0, 1, port: 0)]
}
