import { ForestageError } from "./errors.js";

/** The sources that a participant can publish, in the order of their sections. */
export const sources = Object.freeze(["microphone", "camera", "screen", "screenAudio"]);

/** The camera's encodings: a quarter, a half and all of its width and height. */
const simulcast = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

/** The RTP header extensions worth their octets; the offer leaves out all others where the browser lets it. */
const headerExtensions = new Set([
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "urn:3gpp:video-orientation",
]);

const kindOf = (source) => (source === "camera" || source === "screen" ? "video" : "audio");

/**
 * The one RTCPeerConnection: its sections are laid out once, for everything the participant may ever need, so that
 * neither a promotion here nor one elsewhere negotiates again.
 */
export class Peer {
  /** Sections to publish in, by source. */
  #publish = new Map();
  /** Sections to receive in: {use, seat, video, audio} of transceivers. */
  places = [];

  constructor({ seats, screens, extraAudio, publish, codecs, simulcast: withSimulcast, rtcConfiguration, onConnection }) {
    if (!globalThis.RTCPeerConnection) {
      throw new ForestageError("unsupportedBrowser", "This browser has no WebRTC");
    }
    this.connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require", ...rtcConfiguration });
    for (const source of sources.filter((source) => publish.includes(source))) {
      const sendEncodings = source === "camera" && withSimulcast ? simulcast : [{}];
      this.#publish.set(source, this.connection.addTransceiver(kindOf(source), { direction: "sendonly", sendEncodings }));
    }
    for (let seat = 0; seat < seats; seat += 1) this.#addPlace("seat", seat, ["video", "audio"]);
    for (let seat = 0; seat < screens; seat += 1) this.#addPlace("screen", seat, ["video", "audio"]);
    for (let seat = 0; seat < extraAudio; seat += 1) this.#addPlace("audio", seat, ["audio"]);
    for (const transceiver of this.connection.getTransceivers()) trim(transceiver, codecs);
    onConnection?.(this.connection);
  }

  /** The sources that have a section. */
  get published() { return [...this.#publish.keys()]; }

  /** The sender that the source's track goes to. */
  sender(source) {
    const transceiver = this.#publish.get(source);
    if (!transceiver) throw new ForestageError("noSuchSource", `connect() was told not to publish "${source}"`);
    return transceiver.sender;
  }

  /** The source that a section publishes, by mid. */
  sourceOf(mid) {
    for (const [source, transceiver] of this.#publish) if (transceiver.mid === mid) return source;
    return null;
  }

  /** Makes the offer: the fields that `join` carries. */
  async offer() {
    await this.connection.setLocalDescription();
    const slots = this.places.flatMap(({ use, seat, video, audio }) =>
      [video, audio].filter(Boolean).map(({ mid }) => ({ mid, use, seat })));
    const publish = [...this.#publish].map(([source, { mid }]) => ({ mid, source }));
    return { offer: this.connection.localDescription.sdp, slots, publish };
  }

  async accept(answer) {
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** Keeps the size of pictures when bandwidth is short: what a viewer sees must not shrink for seconds. */
  async keepResolution() {
    for (const [source, { sender }] of this.#publish) {
      if (kindOf(source) !== "video") continue;
      const parameters = sender.getParameters();
      parameters.degradationPreference = "maintain-resolution";
      await sender.setParameters(parameters).catch(() => {});  // a wish; Firefox may not know it
    }
  }

  close() {
    this.connection.close();
  }

  #addPlace(use, seat, kinds) {
    const place = { use, seat, video: null, audio: null };
    for (const kind of kinds) place[kind] = this.connection.addTransceiver(kind, { direction: "recvonly" });
    this.places.push(place);
  }
}

/** Leaves out of the offer what the room does not use: 56 KB of SDP become 16. */
function trim(transceiver, codecs) {
  const { kind } = transceiver.receiver.track;
  const wanted = codecs[kind].map((name) => `${kind}/${name}`.toLowerCase());
  const known = (RTCRtpReceiver.getCapabilities(kind)?.codecs ?? []).filter(isUsual);
  const order = wanted.flatMap((type) => known.filter(({ mimeType }) => mimeType.toLowerCase() === type));
  if (order.length && transceiver.setCodecPreferences) {
    const repair = known.filter(({ mimeType }) => mimeType.toLowerCase() === "video/rtx");
    transceiver.setCodecPreferences([...order, ...repair]);
  }
  if (transceiver.setHeaderExtensionsToNegotiate) {
    transceiver.setHeaderExtensionsToNegotiate(transceiver.getHeaderExtensionsToNegotiate().map((extension) =>
      headerExtensions.has(extension.uri) ? extension : { ...extension, direction: "stopped" }));
  }
}

/** Of H264's many profiles the one that every encoder sends and every browser with H264 plays: constrained baseline. */
function isUsual({ mimeType, sdpFmtpLine = "" }) {
  return mimeType.toLowerCase() !== "video/h264"
    || (/profile-level-id=42e0/i.test(sdpFmtpLine) && /packetization-mode=1/.test(sdpFmtpLine));
}
