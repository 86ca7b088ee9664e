// The signaling protocol in plain JavaScript, nothing of the SDK: one publisher whose later offers add sections.
(() => {
  /** Joins as host: `offers` is "sending" (a microphone and a camera section that carry nothing), "receiving" (two slots) or
   * "nothing" (a join without an offer). */
  async function join(url, { room, offers }) {
    const socket = new WebSocket(url, "forestage.v1");
    const replies = new Map();
    let lastID = 0;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.id === undefined) return;
      const { resolve, reject } = replies.get(message.id);
      if (message.type === "error") reject(new Error(`${message.code}: ${message.message}`));
      else resolve(message);
    };
    const request = (type, fields) => new Promise((resolve, reject) => {
      const id = ++lastID;
      replies.set(id, { resolve, reject });
      socket.send(JSON.stringify({ type, id, ...fields }));
    });
    await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
    const session = window.session = { connection: new RTCPeerConnection(), request, sections: {} };
    const first = { room, role: "host", name: "Host" };
    if (offers === "nothing") {
      await request("join", first);
    } else {
      const direction = offers === "sending" ? "sendonly" : "recvonly";
      const [microphone, camera] = ["audio", "video"].map((kind) => session.connection.addTransceiver(kind, { direction }));
      if (offers === "sending") session.sections = { microphone, camera };
      const { answer } = await request("join", { ...first, ...(await offer()) });
      await session.connection.setRemoteDescription({ type: "answer", sdp: answer });
    }
  }

  async function offer() {
    const { connection, sections } = window.session;
    await connection.setLocalDescription();
    return {
      offer: connection.localDescription.sdp,
      slots: connection.getTransceivers().filter(({ direction }) => direction === "recvonly").map(({ mid }) => (
        { mid, use: "seat", seat: 0 })),
      publish: Object.entries(sections).map(([source, { mid }]) => ({ mid, source })),
    };
  }

  /** Takes the camera back, where it is published, and publishes it in a new section with these encodings. */
  async function publishInNewSection(id, encodings, scale = 1) {
    const { connection, sections, request } = window.session;
    const old = sections.camera;
    if (old?.sender.track) {
      await request("unpublish", { source: "camera" });
      await old.sender.replaceTrack(null);
      old.direction = "inactive";
    }
    const picture = testpage.paint(id, 15, scale);
    sections.camera = connection.addTransceiver(picture.track, { direction: "sendonly", sendEncodings: encodings });
    const { answer } = await request("offer", await offer());
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    await request("publish", { source: "camera" });
  }

  /** The RIDs that send pictures now. */
  async function sending() {
    const report = [...(await window.session.connection.getStats()).values()];
    return report.filter(({ type, kind, framesPerSecond }) =>
      type === "outbound-rtp" && kind === "video" && framesPerSecond > 0).map(({ rid }) => rid ?? "");
  }

  globalThis.testpage = { ...globalThis.testpage, signaling: { join, publishInNewSection, sending } };
})();
