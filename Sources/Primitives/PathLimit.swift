/// What holds the estimate of a path down. The raw value is its name in metrics, traces and the debug report.
package enum PathLimit: String, Sendable, CaseIterable {
    /// Nothing has been measured.
    case start
    /// Queueing delay on the path.
    case delay
    /// Loss on the path.
    case loss
    /// The peer's REMB (draft-alvestrand-rmcat-remb).
    case remb
    /// The loss in the peer's receiver reports, where it sends no transport-wide feedback.
    case reports
    /// Feedback is missing.
    case silence
    /// All that the slots could use fits.
    case demand
    /// The peer's feedback is not believed.
    case trust
}
