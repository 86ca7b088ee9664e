import Forwarding

extension EncodingID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self.init(value) }
}
