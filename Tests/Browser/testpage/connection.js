// Connections that a test can look into: what a page offers, how it is connected, how smoothly it plays.
(() => {
  const connections = [];

  /**
   * What a page without repair offers: no NACK (PLI stays) and no RTX. The server answers accordingly, so it neither
   * asks for what is lost nor sends anything again.
   */
  function withoutRepair(sdp) {
    const rtx = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) rtx\//gm)].map((match) => match[1]));
    return sdp.split("\r\n")
      .filter((line) => !/^a=rtcp-fb:\S+ nack\s*$/.test(line) && !line.startsWith("a=ssrc-group:FID")
        && !rtx.has(line.match(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)/)?.[1]))
      .map((line) => (line.startsWith("m=video") ? line.split(" ").filter((word) => !rtx.has(word)).join(" ") : line))
      .join("\r\n");
  }

  /** From now on the page's connections are kept, and offer what `edit` makes of the browser's offer. */
  function keepConnections(edit = (sdp) => sdp) {
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...parameters) {
        super(...parameters);
        connections.push(this);
      }
      async createOffer(...parameters) {
        this.made = await super.createOffer(...parameters);
        return { type: "offer", sdp: edit(this.made.sdp) };
      }
      setLocalDescription() {
        return super.setLocalDescription(this.made);
      }
    };
  }

  /** From now on the page's connections send to other ports in place of the server's: `ports` maps one to the other. */
  function reroute(ports) {
    const set = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function setRemoteDescription({ type, sdp }) {
      const candidate = /^(a=candidate:(?:\S+ ){5})(\d+)/gm;
      return set.call(this, { type, sdp: sdp.replace(candidate, (_, before, port) => before + (ports[port] ?? port)) });
    };
  }

  /**
   * From now on notes what each seat shows, for `noted`: a freeze is a gap between two frames as in `watch`, while the slot
   * plays. Frames are noted when they are presented, whether or not the page is painted.
   */
  function note({ fps = 15 } = {}) {
    const { session, videos } = window.me;
    const interval = 1000 / fps, longest = Math.max(3 * interval, interval + 150);
    const began = performance.now();
    window.notes = [...videos].filter(([seat]) => seat.use === "seat").map(([seat, video]) => {
      const entry = { index: seat.index, gaps: [], states: [], widths: [] };
      let last = null;
      const look = () => {
        const { state, reason = null } = seat.video;
        const told = [state, reason].filter(Boolean).join(" ");
        if (entry.states.at(-1)?.[1] !== told) entry.states.push([performance.now() - began, told]);
        if (state !== "playing") last = null;
      };
      const shown = (now) => {
        look();
        if (last !== null && now - last > longest) entry.gaps.push([now - began, now - last]);
        last = now;
        if (entry.widths.at(-1)?.[1] !== video.videoWidth) entry.widths.push([now - began, video.videoWidth]);
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
      look();
      session.addEventListener("slots", look);
      return entry;
    });
  }

  /** All inbound streams, by mid and kind, straight from getStats. */
  async function inbound() {
    const report = await connections.at(-1).getStats();
    const names = ["mid", "kind", "packetsReceived", "packetsLost", "packetsDiscarded", "bytesReceived", "framesDecoded", "freezeCount",
      "concealedSamples", "totalSamplesReceived", "silentConcealedSamples", "nackCount", "pliCount", "retransmittedPacketsReceived",
      "frameWidth", "headerBytesReceived", "fecPacketsReceived", "retransmittedBytesReceived", "jitterBufferDelay", "jitterBufferEmittedCount"];
    return [...report.values()].filter(({ type }) => type === "inbound-rtp")
      .map((entry) => Object.fromEntries(names.map((name) => [name, entry[name] ?? null])));
  }

  /** The ports that media goes between: {local, remote}, or null before there is a connection. */
  async function ports() {
    const report = await connections.at(-1).getStats();
    for (const pair of report.values()) {
      if (pair.type !== "candidate-pair" || !pair.nominated || pair.state !== "succeeded") continue;
      return { local: report.get(pair.localCandidateId).port, remote: report.get(pair.remoteCandidateId).port };
    }
    return null;
  }

  /** What kind the own end of the path is, and what carries it to a TURN server: {type, relayProtocol, port}; null before. */
  async function ownCandidate() {
    const report = await connections.at(-1).getStats();
    for (const pair of report.values()) {
      if (pair.type !== "candidate-pair" || !pair.nominated || pair.state !== "succeeded") continue;
      const { candidateType, relayProtocol, port } = report.get(pair.localCandidateId);
      return { type: candidateType, relayProtocol: relayProtocol ?? null, port };
    }
    return null;
  }

  /** The addresses that media goes between: {local, remote, type} with the type of the own end; null before. */
  async function path() {
    const report = await connections.at(-1).getStats();
    for (const pair of report.values()) {
      if (pair.type !== "candidate-pair" || !pair.nominated || pair.state !== "succeeded") continue;
      const local = report.get(pair.localCandidateId), remote = report.get(pair.remoteCandidateId);
      return { local: local.address ?? null, remote: remote.address ?? null, type: local.candidateType };
    }
    return null;
  }

  /**
   * Of what is sent ("outbound-rtp") or received ("inbound-rtp") the most, straight from getStats, with the codec of the
   * statistics and the first negotiated one: of redundant audio Chromium's statistics name what is inside.
   */
  async function mostOf(type, kind) {
    const report = await connections.at(-1).getStats();
    const entries = [...report.values()].filter((entry) => entry.type === type && entry.kind === kind);
    const packets = ({ packetsReceived, packetsSent }) => packetsReceived ?? packetsSent ?? 0;
    const most = entries.sort((one, other) => packets(other) - packets(one))[0];
    if (!most) return null;
    const { sender, receiver } = connections.at(-1).getTransceivers().find(({ mid }) => mid === most.mid);
    const [negotiated] = (type === "outbound-rtp" ? sender : receiver).getParameters().codecs;
    return { ...most, mimeType: report.get(most.codecId)?.mimeType ?? null, negotiated: negotiated?.mimeType ?? null };
  }

  /**
   * Watches the first seated picture: {frames, freezes, frozenMs, longestMs, pliCount, nackCount}.
   *
   * Frames are those that were decoded. A freeze is what the statistics' standard calls one, a gap of more than three
   * times the mean interval and of more than 150 ms beyond it, but seen on the screen and against the interval of the
   * source: Firefox counts none itself, and where most frames are missing their mean says nothing.
   */
  async function watch({ seconds, fps = 30 }) {
    const video = window.me.videos.get([...window.me.videos.keys()].find((seat) => seat.participant));
    const interval = 1000 / fps, longest = Math.max(3 * interval, interval + 150);
    const start = performance.now(), gaps = [];
    let last = start, handle;
    const shown = (now) => {
      gaps.push(now - last);
      last = now;
      handle = video.requestVideoFrameCallback(shown);
    };
    handle = video.requestVideoFrameCallback(shown);
    const before = await mostOf("inbound-rtp", "video");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const after = await mostOf("inbound-rtp", "video");
    video.cancelVideoFrameCallback(handle);
    const end = performance.now();
    gaps.push(end - last);
    const freezes = gaps.filter((gap) => gap > longest);
    const grown = (name) => (after[name] ?? 0) - (before[name] ?? 0);
    return {
      seconds: (end - start) / 1000, framesPerSecond: (grown("framesDecoded") * 1000) / (after.timestamp - before.timestamp),
      shownPerSecond: ((gaps.length - 1) * 1000) / (end - start), freezes: freezes.length,
      frozenMs: freezes.reduce((sum, gap) => sum + gap, 0), longestMs: Math.max(...gaps),
      ownFreezes: after.freezeCount === undefined ? null : grown("freezeCount"), pli: grown("pliCount"), nack: grown("nackCount"),
    };
  }

  globalThis.testpage = { ...globalThis.testpage, withoutRepair, keepConnections, reroute, ports, ownCandidate, path, mostOf, inbound, watch, note };
})();
