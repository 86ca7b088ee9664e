/**
 * getStats in a form that fits on a page: {atMs, roundTripMs, availableOutgoingBitrate, sending: [..], receiving: [..]}.
 * Bitrates are bits per second since `previous` (an earlier result), or null without one.
 */
export async function summarise(connection, { sourceOf, seatOf }, previous) {
  const report = await connection.getStats();
  const before = new Map([...(previous?.sending ?? []), ...(previous?.receiving ?? [])].map((entry) => [entry.id, entry]));
  const bitrate = (id, octets, atMs) => {
    const earlier = before.get(id);
    return earlier && atMs > earlier.atMs ? ((octets - earlier.octets) * 8000) / (atMs - earlier.atMs) : null;
  };
  const summary = { atMs: 0, roundTripMs: null, availableOutgoingBitrate: null, sending: [], receiving: [] };
  for (const entry of report.values()) {
    summary.atMs = Math.max(summary.atMs, entry.timestamp);
    const { id, kind, mid, timestamp: atMs } = entry;
    if (entry.type === "candidate-pair" && entry.nominated) {
      summary.roundTripMs = entry.currentRoundTripTime === undefined ? null : entry.currentRoundTripTime * 1000;
      summary.availableOutgoingBitrate = entry.availableOutgoingBitrate ?? null;
    } else if (entry.type === "outbound-rtp") {
      summary.sending.push({
        id, atMs, kind, source: sourceOf(mid), rid: entry.rid ?? null, codec: codecOf(report, entry),
        octets: entry.bytesSent, bitrate: bitrate(id, entry.bytesSent, atMs), packets: entry.packetsSent,
        frames: entry.framesEncoded ?? null, keyFrames: entry.keyFramesEncoded ?? null,
        width: entry.frameWidth ?? null, height: entry.frameHeight ?? null,
      });
    } else if (entry.type === "inbound-rtp") {
      summary.receiving.push({
        id, atMs, kind, mid, ...seatOf(mid), codec: codecOf(report, entry),
        octets: entry.bytesReceived, bitrate: bitrate(id, entry.bytesReceived, atMs), packets: entry.packetsReceived,
        lost: entry.packetsLost, jitterMs: (entry.jitter ?? 0) * 1000,
        frames: entry.framesDecoded ?? null, dropped: entry.framesDropped ?? null, freezes: entry.freezeCount ?? null,
        width: entry.frameWidth ?? null, height: entry.frameHeight ?? null,
        audioEnergy: entry.totalAudioEnergy ?? null, keyframeRequests: entry.pliCount ?? null,
      });
    }
  }
  return summary;
}

function codecOf(report, { codecId }) {
  return report.get(codecId)?.mimeType?.split("/")[1] ?? null;
}
