// Janus' videoroom in plain JavaScript, so that it can be measured in the same browser behind the same link.
(() => {
  /** A session with one handle of the videoroom plugin: sends a request to the plugin and returns its answer. */
  async function attach(url) {
    const socket = new WebSocket(url, "janus-protocol"), waiting = new Map();
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`no Janus at ${url}`));
    });
    const known = {};
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      // The plugin's answer comes behind an acknowledgement.
      if (message.janus !== "ack") waiting.get(message.transaction)?.(message);
    };
    const send = (janus, fields = {}) => new Promise((resolve, reject) => {
      const transaction = String(waiting.size + 1);
      waiting.set(transaction, (message) => {
        const problem = message.error?.reason ?? message.plugindata?.data?.error;
        if (problem) reject(new Error(problem)); else resolve(message);
      });
      socket.send(JSON.stringify({ janus, transaction, ...known, ...fields }));
    });
    known.session_id = (await send("create")).data.id;
    known.handle_id = (await send("attach", { plugin: "janus.plugin.videoroom" })).data.id;
    return (body, jsep) => send("message", { body, ...(jsep && { jsep }) });
  }

  const gathered = (connection) => new Promise((resolve) => {
    const look = () => connection.iceGatheringState === "complete" && resolve();
    connection.addEventListener("icegatheringstatechange", look);
    look();
  });

  /** Publishes the picture of an id in these encodings, and its tone with `sound`; makes the room with `isFirst`. Returns the feed's number. */
  async function publish({ url, room, isFirst, id, sound, encodings, fps }) {
    const request = await attach(url);
    if (isFirst) await request({ request: "create", room });
    const joined = await request({ request: "join", ptype: "publisher", room });
    const connection = new RTCPeerConnection();
    connection.addTransceiver(paint(id, fps, 2, true).track, { direction: "sendonly", sendEncodings: encodings });
    if (sound) connection.addTransceiver((await tone(id)).track, { direction: "sendonly" });
    await connection.setLocalDescription();
    await gathered(connection);
    const answer = await request({ request: "publish" }, { type: "offer", sdp: connection.localDescription.sdp });
    await connection.setRemoteDescription(answer.jsep);
    window.published = connection;
    return joined.plugindata.data.id;
  }

  /** Shows the feeds, and keeps them in window.me as `testpage.join` keeps seats. */
  async function view({ url, room, feeds }) {
    const request = await attach(url);
    const attached = await request({ request: "join", ptype: "subscriber", room, streams: feeds.map((feed) => ({ feed })) });
    const connection = new RTCPeerConnection();
    const seats = [], videos = new Map();
    connection.addEventListener("track", ({ track }) => {
      const element = document.createElement(track.kind);
      element.autoplay = true;
      element.srcObject = new MediaStream([track]);
      element.width = 160;
      document.body.append(element);
      if (track.kind !== "video") return;
      const seat = { use: "seat", index: seats.length, video: { state: "playing" } };
      seats.push(seat);
      videos.set(seat, element);
    });
    window.me = { session: { seats, addEventListener() {} }, videos, errors: [] };
    await connection.setRemoteDescription(attached.jsep);
    await connection.setLocalDescription();
    await request({ request: "start" }, { type: "answer", sdp: connection.localDescription.sdp });
  }

  const { paint, tone } = globalThis.testpage;
  globalThis.testpage = { ...globalThis.testpage, janus: { publish, view } };
})();
