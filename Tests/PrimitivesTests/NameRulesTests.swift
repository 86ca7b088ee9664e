import Primitives
import Testing

struct NameRulesTests {
    @Test func roomsHaveNamesThatURLsKeep() {
        for name in ["a", "friday-night", "A_1.b", String(repeating: "x", count: 64), "...", ".a"] {
            #expect(RoomName.isValid(name), "\(name)")
        }
        for name in ["", ".", "..", "a/b", "a b", "ä", "a\n", String(repeating: "x", count: 65)] {
            #expect(!RoomName.isValid(name), "\(name)")
        }
    }

    @Test func peopleHaveNamesThatCanBeShown() {
        for name in [
            "Ada", "Ærøskøbing", "שלום", "한국어", "👩‍👩‍👧", " a ", "a\u{200F}b", "O'Neil <b>",
            String(repeating: "x", count: 128),
        ] {
            #expect(PersonName.problem(name) == nil, "\(name)")
        }
        for name in [
            "", " ", "\u{3000}\u{A0}", "a\nb", "a\u{0}", "\u{7F}a", "a\u{85}", "a\u{2028}b", "\u{202E}nimda",
            "a\u{2066}b",
            String(repeating: "x", count: 129), String(repeating: "ä", count: 65),
        ] {
            #expect(PersonName.problem(name) != nil, "\(name)")
        }
        #expect(
            PersonName.problem("a\u{202E}") == "must not hold control characters or direction overrides, such as U+202E"
        )
        #expect(PersonName.problem("a\tb")?.hasSuffix("U+0009") == true)
    }

    @Test func anIdentityMayBeAsLongAsAnAddress() {
        #expect(PersonName.problem(identity: String(repeating: "x", count: 256)) == nil)
        #expect(PersonName.problem(identity: String(repeating: "x", count: 257)) != nil)
        #expect(PersonName.standing(for: "ada") == "ada")
        #expect(PersonName.standing(for: String(repeating: "ä", count: 100)) == String(repeating: "ä", count: 64))
        #expect(PersonName.problem(identity: "a\r") != nil && PersonName.problem(identity: "") != nil)
    }
}
