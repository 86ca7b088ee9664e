// The standard doors in plain JavaScript: fetch and RTCPeerConnection, nothing of the SDK. Works on pages of any origin.
(() => {
  const iceGathered = (connection) => new Promise((resolve) => {
    if (connection.iceGatheringState === "complete") return resolve();
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
  });

  /** The trickled candidates as RFC 8840 writes them. */
  function fragment(description, candidates) {
    const line = (name) => description.match(new RegExp(`^a=${name}:.*$`, "m"))[0].trim();
    return [line("group"), line("ice-ufrag"), line("ice-pwd"), description.match(/^m=.*$/m)[0].trim(), line("mid"),
      ...candidates.map((candidate) => `a=${candidate}`), "a=end-of-candidates", ""].join("\r\n");
  }

  /** Offers, and sends candidates after the offer with `trickle`; without it waits for all of them, as OBS does. */
  async function open(connection, { url, trickle = false, token, edit = (sdp) => sdp }) {
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    const candidates = [];
    connection.addEventListener("icecandidate", ({ candidate }) => candidate?.candidate && candidates.push(candidate.candidate));
    await connection.setLocalDescription();
    const first = connection.localDescription.sdp;
    if (!trickle) await iceGathered(connection);
    const sdp = edit(trickle ? first : connection.localDescription.sdp);
    const response = await fetch(url, {
      method: "POST", headers: { "content-type": "application/sdp", ...authorization }, body: sdp });
    const body = await response.text();
    if (response.status !== 201) throw new Error(`${response.status}: ${body}`);
    const session = {
      location: new URL(response.headers.get("location"), url).href, etag: response.headers.get("etag"), patched: null,
      end: () => fetch(session.location, { method: "DELETE", headers: authorization }).then(({ status }) => status),
    };
    await connection.setRemoteDescription({ type: "answer", sdp: body });
    if (trickle) {
      await iceGathered(connection);
      session.patched = (await fetch(session.location, {
        method: "PATCH", body: fragment(first, candidates),
        headers: { "content-type": "application/trickle-ice-sdpfrag", "if-match": session.etag, ...authorization },
      })).status;
    }
    return session;
  }

  /** What an encoder such as OBS offers: no header extensions, no transport-wide feedback, no RTX. */
  function plain(sdp) {
    const rtx = [...sdp.matchAll(/^a=rtpmap:(\d+) rtx\//gm)].map((match) => match[1]);
    return sdp.split("\r\n").filter((line) =>
      !/^a=(extmap|extmap-allow-mixed|ice-options|rtcp-fb:\d+ (transport-cc|goog-remb|ccm fir))/.test(line)
      && !rtx.some((type) => line.startsWith(`a=rtpmap:${type} `) || line.startsWith(`a=fmtp:${type} `))
      && !line.startsWith("a=ssrc-group:FID"),
    ).map((line) => (line.startsWith("m=video") ? line.split(" ").filter((word) => !rtx.includes(word)).join(" ") : line))
      .join("\r\n");
  }

  /** Publishes the picture and tone of an id by WHIP; `codec` puts one first, `encoder` offers as OBS does, `encodings` are
   * those of the picture (RTCRtpEncodingParameters), which is then large enough for Chromium to send three. */
  async function publish({ id, codec, encoder = false, encodings = [], ...options }) {
    const connection = new RTCPeerConnection();
    const picture = paint(id, 15, encodings.length > 0 ? 2 : 1), sound = await tone(id);
    const stream = new MediaStream();
    connection.addTransceiver(sound.track, { direction: "sendonly", streams: [stream] });
    const video = connection.addTransceiver(
      picture.track, { direction: "sendonly", streams: [stream], sendEncodings: encodings });
    if (codec) {
      const codecs = RTCRtpSender.getCapabilities("video").codecs;
      video.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === `video/${codec}`));
    }
    const session = await open(connection, { ...options, edit: encoder ? plain : undefined });
    window.published = { connection, picture, sound, ...session };
    return session;
  }

  /** Plays by WHEP into a video element; returns the session. */
  async function play(options) {
    const connection = new RTCPeerConnection();
    const video = Object.assign(document.createElement("video"), { autoplay: true, playsInline: true });
    document.body.replaceChildren(video);
    const stream = new MediaStream();
    video.srcObject = stream;
    connection.ontrack = ({ track }) => stream.addTrack(track);
    connection.addTransceiver("audio", { direction: "recvonly" });
    connection.addTransceiver("video", { direction: "recvonly" });
    const session = await open(connection, options);
    window.played = { connection, video, ...session };
    return session;
  }

  /** What plays: the picture's {id, counter}, the codec, and the energy of the sound. */
  async function playing() {
    const { connection, video } = window.played;
    if (video.paused) video.play().catch(() => {}); // settles once there is something to play
    const report = [...(await connection.getStats()).values()];
    const inbound = (kind) => report.find((entry) => entry.type === "inbound-rtp" && entry.kind === kind);
    const codec = report.find(({ id }) => id === inbound("video")?.codecId)?.mimeType ?? null;
    return { ...read(video), codec, energy: inbound("audio")?.totalAudioEnergy ?? 0 };
  }

  /** The width of the pictures that each encoding sends now, by RID. */
  async function sending() {
    const report = [...(await window.published.connection.getStats()).values()];
    return Object.fromEntries(report.filter(({ type, kind, framesPerSecond }) =>
      type === "outbound-rtp" && kind === "video" && framesPerSecond > 0).map(({ rid, frameWidth }) => [rid, frameWidth]));
  }

  const { paint, read, tone } = globalThis.testpage;
  globalThis.testpage = { ...globalThis.testpage, doors: { publish, play, playing, sending } };
})();
