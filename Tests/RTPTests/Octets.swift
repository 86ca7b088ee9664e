import Primitives
import Testing

/// The octets that hexadecimal digits name; blanks between them are for the reader.
func octets(_ hexadecimal: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [UInt8] {
    try #require([UInt8](hexadecimal: hexadecimal.filter { !$0.isWhitespace }), sourceLocation: sourceLocation)
}
