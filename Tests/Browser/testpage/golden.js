// Feeds the golden messages through the SDK's own modules; the WebSocket here repeats what the test tells it.
import { ForestageError } from "../../../Signaling/Client/forestage.js";
import { Link } from "../../../Signaling/Client/link.js";
import { Peer, sources } from "../../../Signaling/Client/peer.js";
import { Section, layersFor, offeredEncodings } from "../../../Signaling/Client/section.js";
import { Session } from "../../../Signaling/Client/session.js";

/** Stands in for a server: what the client sends is kept, and answered with `ok` unless told otherwise (`none`: not at all). */
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
    if (reply.type !== "none") queueMicrotask(() => this.receive({ ...reply, id: message.id }));
  }

  receive(message) {
    this.onmessage({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** The connection is gone. */
  lose() { this.onclose({ code: 1006, reason: "" }); }
  close() {}
}

/** Takes tracks one after the other, as a browser's sender does, and each only in a later turn. */
class ScriptedSender {
  track = null;
  #last = Promise.resolve();

  replaceTrack(track) {
    this.#last = this.#last.then(() => new Promise((resolve) => setTimeout(resolve))).then(() => { this.track = track; });
    return this.#last;
  }
}

/** A peer with the sections that the golden messages talk of: seat 0 has mids 1 and 2, the screen 4 and 5. */
function peerOfGoldenMessages() {
  const connection = new RTCPeerConnection();
  const transceiver = (kind, mid) => ({ mid, receiver: connection.addTransceiver(kind).receiver });
  const senders = Object.fromEntries(sources.map((source) => [source, new ScriptedSender()]));
  const peer = Object.create(Peer.prototype, {
    published: { value: [...sources] },
    sender: { value: (source) => senders[source] },
    put: { value: (source, track) => senders[source].replaceTrack(track) },
    want: { value: async (source, encodings) => { senders[source].wanted = encodings; } },
    putSecond: { value: async (source, track) => { senders[source].second = track; } },
    tune: { value: async () => {} },
    close: { value: () => connection.close() },
  });
  peer.connection = connection;
  peer.senders = senders;
  /** As the browser tells it. */
  peer.become = (connectionState) => {
    Object.defineProperty(connection, "connectionState", { value: connectionState, configurable: true });
    connection.dispatchEvent(new Event("connectionstatechange"));
  };
  peer.places = [
    { use: "seat", seat: 0, video: transceiver("video", "2"), audio: transceiver("audio", "3") },
    { use: "screen", seat: 0, video: transceiver("video", "4"), audio: transceiver("audio", "5") },
  ];
  return peer;
}

/** What a join that was answered with `joined` gives a session: {link, peer, joined, socket}. */
function entered(joined) {
  globalThis.WebSocket = ScriptedSocket;
  const link = new Link("https://example.org");
  return { link, peer: peerOfGoldenMessages(), joined: structuredClone(joined), socket: ScriptedSocket.last };
}

/**
 * Joins with a golden `joined`; returns {session, socket, peer, events}. `enter` joins again when the connection is lost; `options` are connect()'s.
 * `isJoined`: the join goes over the connection, so that it knows the resume token.
 */
async function join(joined, enter = null, options = {}, { isJoined = false } = {}) {
  ScriptedSocket.replies = new Map();
  const { link, peer, joined: copy, socket } = entered(joined);
  if (isJoined) {
    ScriptedSocket.replies.set("join", joined);
    await link.request({ type: "join" });
    socket.sent.length = 0;
  }
  const session = new Session(link, peer, copy, { start: 0 }, enter);
  const events = [];
  for (const type of ["joined", "slots", "stage", "stagestate", "permissions", "audience", "room", "muterequest",
    "undecodable", "encodings", "secondcodec", "quality", "speakers", "draining", "reconnecting", "reconnected", "error", "closed"]) {
    session.addEventListener(type, ({ detail }) => events.push({ type, detail }));
  }
  session.begin(options);
  await new Promise((resolve) => session.addEventListener("joined", resolve, { once: true }));
  await new Promise((resolve) => setTimeout(resolve));
  return { session, socket, peer, events };
}

/** Calls the method and returns the message that it sent. */
async function request(joined, method, ...parameters) {
  const { session, socket } = await join(joined);
  socket.sent.length = 0;
  await session[method](...parameters);
  return socket.sent[0];
}

globalThis.golden = { ForestageError, Link, Peer, ScriptedSocket, Section, entered, join, layersFor, offeredEncodings, request };
