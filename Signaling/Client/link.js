import { ForestageError } from "./errors.js";

const subprotocol = "forestage.v1";
const openingTimeoutMs = 10_000;
const requestTimeoutMs = 10_000;

/** Why a WebSocket closed, by close code, where no `closed` message said so. */
const closeReasons = {
  1001: ["serverStopping", "The server is stopping"],
  1008: ["tooManyMessages", "The client sent more messages than the server takes"],
  1009: ["messageTooLarge", "A message was larger than the server takes"],
  1011: ["internal", "The server failed; its log says more"],
  4005: ["connectionLost", "The join came too late"],
  4006: ["connectionLost", "The server heard nothing for too long"],
  4007: ["connectionLost", "The client was too slow to read"],
};

/** The server that this SDK came from, also on a page from elsewhere. */
const home = import.meta.url.startsWith("http") ? new URL(import.meta.url).origin : globalThis.location?.origin;

/** The WebSocket's address: a bare host or page address gets the path of the signaling endpoint. */
export function signalingAddress(url) {
  const address = new URL(url ?? home, globalThis.location?.href);
  address.protocol = { "http:": "ws:", "https:": "wss:" }[address.protocol] ?? address.protocol;
  if (address.pathname === "/") address.pathname = "/v1/signal";
  address.hash = "";
  return address.href;
}

/**
 * The signaling connection: requests with one reply each, and events in order.
 * Events that come before `start` are kept for it.
 */
export class Link {
  #socket;
  #opening;
  #nextID = 1;
  #pending = new Map();
  #early = [];
  #onEvent = null;
  #onEnd = () => {};
  #lastEvent = 0;
  #ended = null;

  constructor(url) {
    const address = signalingAddress(url);
    this.#socket = new WebSocket(address, subprotocol);
    this.#opening = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#socket.close(), openingTimeoutMs);
      this.#socket.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.onclose = (event) => {
        clearTimeout(timer);
        reject(new ForestageError("connectionFailed", `No signaling connection to ${address}`));
        this.#closed(event);
      };
    });
    this.#opening.catch(() => {});  // whoever sends hears of it
    this.#socket.onmessage = (event) => this.#receive(event.data);
  }

  /**
   * Sends a request; resolves with its reply, rejects with the server's error. `onWaiting(message)` is called when the
   * server keeps the request until a room opens; its reply then takes as long as that.
   */
  async request(message, { onWaiting } = {}) {
    await this.#opening;
    if (this.#ended) throw this.#ended;
    const id = this.#nextID++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new ForestageError("connectionLost", `No reply to ${message.type} within ${requestTimeoutMs / 1000} s`));
      }, requestTimeoutMs);
      this.#pending.set(id, { resolve, reject, timer, onWaiting });
      this.#socket.send(JSON.stringify({ type: message.type, id, ...message }));
    });
  }

  /** From now on events go to `onEvent`, those kept first; `onEnd` gets {reason, message} once. */
  start(onEvent, onEnd) {
    this.#onEnd = onEnd;
    this.#onEvent = onEvent;
    for (const event of this.#early.splice(0)) this.#deliver(event);
    if (this.#ended) this.#end(this.#ended.code, this.#ended.message);
  }

  close() {
    this.#onEnd = () => {};
    this.#onEvent = () => {};
    this.#fail(new ForestageError("closed", "The session is closed"));
    this.#socket.close(1000);
  }

  #receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;  // not the protocol; the server's tests see to it
    }
    if (message.id !== undefined && message.id !== null) this.#reply(message);
    else if (message.type === "error") console.warn(`forestage: ${message.code}: ${message.message}`);
    else if (this.#onEvent) this.#deliver(message);
    else this.#early.push(message);
  }

  #reply(message) {
    const waiting = this.#pending.get(message.id);
    if (!waiting) return;
    if (message.type === "waiting") {
      clearTimeout(waiting.timer);
      waiting.onWaiting?.(message.message);
      return;
    }
    this.#pending.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.type === "error") waiting.reject(new ForestageError(message.code, message.message));
    else waiting.resolve(message);
  }

  #deliver(event) {
    if (event.type === "closed") return this.#end(event.reason, event.message);
    if (event.seq !== this.#lastEvent + 1) console.warn(`forestage: event ${event.seq} came after ${this.#lastEvent}`);
    this.#lastEvent = event.seq;
    this.#onEvent(event);
  }

  #closed({ code, reason }) {
    const [name, text] = closeReasons[code] ?? ["connectionLost", reason || "The signaling connection is gone"];
    this.#fail(new ForestageError(name, text));
    if (this.#onEvent) this.#end(name, this.#ended.message);
  }

  #fail(error) {
    this.#ended ??= error;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#ended);
    }
    this.#pending.clear();
  }

  #end(reason, message) {
    const onEnd = this.#onEnd;
    this.#onEnd = () => {};
    onEnd({ reason, message });
  }
}
