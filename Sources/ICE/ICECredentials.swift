/// The user name fragment and password of one ICE agent (RFC 8839 section 5.4).
package struct ICECredentials: Hashable, Sendable {
    package var usernameFragment: String
    package var password: String

    package init(usernameFragment: String, password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }
}
