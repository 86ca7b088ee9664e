extension PayloadInspection {
    /// The picture size that this payload states; `nil` for most packets, which state none. `payload` is the inspected
    /// one.
    ///
    /// - Parameter isOpaque: whether the payload is encrypted end to end; then only clear fields are read.
    package func pictureSize(in payload: Span<UInt8>, isOpaque: Bool) -> PictureSize? {
        guard isKeyframeStart else { return nil }
        switch descriptor {
        case .none: return nil
        case .vp8(let descriptor): return descriptor.size
        case .vp9(let descriptor):
            if let size = PictureSize(descriptor, in: payload) { return size }
            return isOpaque ? nil : PictureSize(vp9Keyframe: payload, at: descriptor.count)
        case .h264: return isOpaque ? nil : PictureSize(h264: payload)
        case .av1: return isOpaque ? nil : PictureSize(av1: payload)
        }
    }
}
