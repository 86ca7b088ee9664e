import Foundation

/// The browser's side as it is shipped beside the program: the SDK and the web app.
package enum BrowserFiles {
    /// The folder that holds `Client` and `Web`.
    package static var folder: URL { Bundle.module.bundleURL }
}
