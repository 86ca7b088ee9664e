// Feeds the golden messages through the SDK's own modules; the WebSocket here repeats what the test tells it.
import { ForestageError } from "../../../Signaling/Client/forestage.js";
import { Link } from "../../../Signaling/Client/link.js";
import { Peer, sources } from "../../../Signaling/Client/peer.js";
import { Session } from "../../../Signaling/Client/session.js";

/** Stands in for a server: what the client sends is kept, and answered with `ok` unless told otherwise. */
class ScriptedSocket {
  static replies = new Map();
  sent = [];

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    ScriptedSocket.last = this;
    queueMicrotask(() => this.onopen());
  }

  send(text) {
    const message = JSON.parse(text);
    this.sent.push(message);
    const reply = ScriptedSocket.replies.get(message.type) ?? { type: "ok" };
    queueMicrotask(() => this.receive({ ...reply, id: message.id }));
  }

  receive(message) {
    this.onmessage({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  close() {}
}

/** A peer with the sections that the golden messages talk of: seat 0 has mids 1 and 2, the screen 4 and 5. */
function peerOfGoldenMessages() {
  const connection = new RTCPeerConnection();
  const transceiver = (kind, mid) => ({ mid, receiver: connection.addTransceiver(kind).receiver });
  const peer = Object.create(Peer.prototype, {
    published: { value: [...sources] },
    sender: { value: () => ({ replaceTrack: async () => {} }) },
    keepResolution: { value: async () => {} },
    close: { value: () => connection.close() },
  });
  peer.connection = connection;
  peer.places = [
    { use: "seat", seat: 0, video: transceiver("video", "2"), audio: transceiver("audio", "3") },
    { use: "screen", seat: 0, video: transceiver("video", "4"), audio: transceiver("audio", "5") },
  ];
  return peer;
}

/** Joins with a golden `joined`; returns {session, socket, events}. */
async function join(joined) {
  globalThis.WebSocket = ScriptedSocket;
  ScriptedSocket.replies = new Map();
  const session = new Session(new Link("https://example.org"), peerOfGoldenMessages(), structuredClone(joined), { start: 0 });
  const events = [];
  for (const type of ["joined", "slots", "stage", "stagestate", "permissions", "audience", "room", "muterequest",
    "undecodable", "speakers", "draining", "error", "closed"]) {
    session.addEventListener(type, ({ detail }) => events.push({ type, detail }));
  }
  session.begin({});
  await new Promise((resolve) => session.addEventListener("joined", resolve, { once: true }));
  await new Promise((resolve) => setTimeout(resolve));
  return { session, socket: ScriptedSocket.last, events };
}

/** Calls the method and returns the message that it sent. */
async function request(joined, method, ...parameters) {
  const { session, socket } = await join(joined);
  socket.sent.length = 0;
  await session[method](...parameters);
  return socket.sent[0];
}

globalThis.golden = { ForestageError, Link, Peer, ScriptedSocket, join, request };
