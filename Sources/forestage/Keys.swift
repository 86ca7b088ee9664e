import AccessTokens
import ArgumentParser

/// Makes an API key and its secret.
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an API key and its secret, as lines for the configuration file.")

    func run() {
        var generator = SystemRandomNumberGenerator()
        let key = APIKey.generate(using: &generator)
        print(
            """
            {
              "apiKey": "\(key.key)",
              "apiSecret": "\(key.secret)"
            }
            """)
    }
}
