import { ForestageError } from "./errors.js";
import { Section, offeredEncodings } from "./section.js";

/** The sources that a participant can publish, in the order of their sections. */
export const sources = Object.freeze(["microphone", "camera", "screen", "screenAudio"]);

/** The RTP header extensions worth their octets; the offer leaves out all others where the browser lets it. */
const headerExtensions = new Set([
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "urn:3gpp:video-orientation",
]);

/** What tells the layers of AV1; Chromium cuts down what VP8 itself says of its layers where this is negotiated. */
const dependencyDescriptor = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/** What is sent besides to those who cannot decode the first codec. */
const secondCodec = "VP8";

/** How long media may take to come back after an ICE restart. */
const restartMs = 8_000;

const kindOf = (source) => (source === "camera" || source === "screen" ? "video" : "audio");

/**
 * The one RTCPeerConnection: its sections are laid out once, for everything the participant may ever need, so that
 * neither a promotion here nor one elsewhere negotiates again.
 */
export class Peer {
  /** Sections to publish in, by source: `Section`s. */
  #publish = new Map();
  /** Sections kept for the same source in VP8, which every browser decodes. */
  #seconds = new Map();
  #configuration;
  /** What `accept` makes the local description. */
  #offer = null;
  /** Sections to receive in: {use, seat, video, audio} of transceivers. */
  places = [];
  /** Whether media have ever flowed. */
  wasConnected = false;

  constructor({ seats, screens, extraAudio, publish, codecs, simulcast, svc = false, rtcConfiguration, onConnection }) {
    if (!globalThis.RTCPeerConnection) {
      throw new ForestageError("unsupportedBrowser", "This browser has no WebRTC");
    }
    // The pool: candidates of the own addresses are there by the time that the answer comes.
    this.#configuration = { bundlePolicy: "max-bundle", rtcpMuxPolicy: "require", iceCandidatePoolSize: 1, ...rtcConfiguration };
    this.connection = new RTCPeerConnection(this.#configuration);
    for (const source of sources.filter((source) => publish.includes(source))) {
      const kind = kindOf(source), use = kind === "audio" ? kind : source !== "camera" ? "single" : svc ? "svc" : simulcast ? "simulcast" : "single";
      const sendEncodings = offeredEncodings(use, codecs.video[0]);
      this.#publish.set(source, new Section(this.connection.addTransceiver(kind, { direction: "sendonly", sendEncodings }), use));
    }
    // Who cannot decode the first codec gets another one in a section of its own: nothing is sent there until the server asks.
    const firstCodecs = codecs.video.slice(0, codecs.video.indexOf(secondCodec)).filter(isSendable);
    if (this.#publish.has("camera") && codecs.video.includes(secondCodec) && firstCodecs.length) {
      const transceiver = this.connection.addTransceiver("video", { direction: "sendonly", sendEncodings: offeredEncodings("single") });
      trim(transceiver, { video: [secondCodec] });
      this.#seconds.set("camera", new Section(transceiver, "single"));
    }
    for (let seat = 0; seat < seats; seat += 1) this.#addPlace("seat", seat, ["video", "audio"]);
    for (let seat = 0; seat < screens; seat += 1) this.#addPlace("screen", seat, ["video", "audio"]);
    for (let seat = 0; seat < extraAudio; seat += 1) this.#addPlace("audio", seat, ["audio"]);
    const seconds = [...this.#seconds.values()].map(({ sender }) => sender);
    for (const transceiver of this.connection.getTransceivers()) {
      if (seconds.includes(transceiver.sender)) continue;
      // The room may prefer the second codec: the first section leaves it out.
      const hasSecond = this.#seconds.has("camera") && transceiver.sender === this.#publish.get("camera").sender;
      trim(transceiver, hasSecond ? { ...codecs, video: firstCodecs } : codecs);
    }
    onConnection?.(this.connection);
  }

  /** The sources that have a section. */
  get published() { return [...this.#publish.keys()]; }

  /** The sender that the source's track goes to. */
  sender(source) {
    return this.#section(source).sender;
  }

  /** Sends the source's track, or nothing. */
  put(source, track) {
    return this.#section(source).put(track);
  }

  /** Sends the source's track, or nothing, in the second codec too, where there is a section for it. */
  async putSecond(source, track) {
    await this.#seconds.get(source)?.put(track);
  }

  /** Sends the encodings of the source that anybody wants: [{rid, active, maxBitrate}]. */
  want(source, encodings) {
    return this.#publish.get(source)?.want(encodings);
  }

  /** The source that a section publishes, by mid. */
  sourceOf(mid) {
    for (const [source, section] of [...this.#publish, ...this.#seconds]) if (section.mid === mid) return source;
    return null;
  }

  /**
   * Makes the offer: the fields that `join` carries. `accept` makes it the local description: with that a browser begins to
   * gather candidates, by the servers that it knows then, and the server's reply names them. The offer needs no candidates:
   * an ICE-lite server answers checks from wherever they come.
   */
  async offer(options = {}) {
    this.#offer = await this.connection.createOffer(options);
    const mids = [...this.#offer.sdp.matchAll(/^a=mid:(.*?)\r?$/gm)].map(([, mid]) => mid);
    // The first offer has its sections in the order of the transceivers (RFC 9429 section 5.2.1).
    const transceivers = this.connection.getTransceivers();
    const midOf = (has) => mids[transceivers.findIndex(has)];
    const slots = this.places.flatMap(({ use, seat, video, audio }) =>
      [video, audio].filter(Boolean).map((transceiver) => ({ mid: midOf((one) => one === transceiver), use, seat })));
    const publish = [
      ...[...this.#publish].map(([source, { sender }]) => ({ mid: midOf((one) => one.sender === sender), source })),
      ...[...this.#seconds].map(([source, { sender }]) => ({ mid: midOf((one) => one.sender === sender), source, second: true })),
    ];
    return { offer: this.#offer.sdp, slots, publish };
  }

  /** Sets the offer and its answer; `iceServers` are the server's, beside those of `rtcConfiguration`. */
  async accept(answer, iceServers = []) {
    if (iceServers.length) {
      try {
        this.connection.setConfiguration({ ...this.#configuration, iceServers: [...(this.#configuration.iceServers ?? []), ...iceServers] });
      } catch (error) {
        console.warn(`forestage: the browser does not take the server's ICE servers: ${error.message}`);  // most need none
      }
    }
    await this.connection.setLocalDescription(this.#offer);
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** Whether the media can be given a new way. */
  get canRestart() { return this.connection.signalingState === "stable"; }

  /**
   * Restarts ICE: media find a new way between the same ends. `exchange(sections)` brings the offer to the server and resolves with
   * its reply. Resolves with whether the media are back, after `restartMs` at the latest.
   */
  async restart(exchange) {
    const { connection } = this;
    const { answer } = await exchange(await this.offer({ iceRestart: true }));
    const isBack = new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), restartMs);
      connection.addEventListener("connectionstatechange", function look() {
        const { connectionState } = connection;
        if (connectionState !== "connected" && connectionState !== "failed" && connectionState !== "closed") return;
        clearTimeout(timer);
        connection.removeEventListener("connectionstatechange", look);
        resolve(connectionState === "connected");
      });
    });
    await this.accept(answer);
    return isBack;
  }

  /** Octets that have come over the transport. */
  async octetsReceived() {
    let octets = 0;
    for (const report of (await this.connection.getStats()).values()) if (report.type === "transport") octets += report.bytesReceived ?? 0;
    return octets;
  }

  /** The answer is there: pictures are sent as the codec needs it that was negotiated. */
  async tune() {
    await Promise.all([...this.#publish.values(), ...this.#seconds.values()].map((section) => section.tune()));
  }

  close() {
    this.connection.close();
  }

  #section(source) {
    const section = this.#publish.get(source);
    if (!section) throw new ForestageError("noSuchSource", `connect() was told not to publish "${source}"`);
    return section;
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
    const describesLayers = kind === "video" && transceiver.direction === "sendonly" && codecs.video[0] === "AV1";
    transceiver.setHeaderExtensionsToNegotiate(transceiver.getHeaderExtensionsToNegotiate().map((extension) =>
      headerExtensions.has(extension.uri) || (describesLayers && extension.uri === dependencyDescriptor)
        ? extension : { ...extension, direction: "stopped" }));
  }
}

/** Whether the browser can send the video codec. */
function isSendable(codec) {
  return (RTCRtpSender.getCapabilities("video")?.codecs ?? []).some(({ mimeType }) => mimeType.toLowerCase() === `video/${codec}`.toLowerCase());
}

/** Of H264's many profiles the one that every encoder sends and every browser with H264 plays: constrained baseline. */
function isUsual({ mimeType, sdpFmtpLine = "" }) {
  return mimeType.toLowerCase() !== "video/h264"
    || (/profile-level-id=42e0/i.test(sdpFmtpLine) && /packetization-mode=1/.test(sdpFmtpLine));
}
