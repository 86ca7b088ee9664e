import { ForestageError } from "./errors.js";
import { Pulse } from "./pulse.js";
import { delayMs, isResumable, patienceMs, pause } from "./return.js";

const subprotocol = "forestage.v1";
const openingTimeoutMs = 10_000;
const requestTimeoutMs = 10_000;
/** How long the reply to `resume` may take before another connection is tried. */
const resumeTimeoutMs = 5_000;

/** Why a WebSocket closed, by close code, where no `closed` message said so. */
const closeReasons = {
  1001: ["serverStopping", "The server is stopping"],
  1008: ["tooManyMessages", "The client sent more messages than the server takes"],
  1009: ["messageTooLarge", "A message was larger than the server takes"],
  1011: ["internal", "The server failed; its log says more"],
  4005: ["connectionLost", "The join came too late"],
  4006: ["connectionLost", "The server heard nothing for too long"],
  4007: ["connectionLost", "The client was too slow to read"],
  4008: ["replaced", "The session goes on elsewhere"],
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
 * The signaling connection: requests with one reply each, and events in order. Events that come before `start` are kept for it.
 *
 * A WebSocket that is lost after that is replaced by another, which resumes the session: the events that were missed come then, and
 * requests that were not answered are sent again with their ids, which the server carries out once. Where the server cannot do that
 * any more, the connection ends.
 */
export class Link {
  #address;
  #socket = null;
  /** Settles when requests can be sent. */
  #opening;
  #nextID = 1;
  #pending = new Map();
  #early = [];
  #onEvent = null;
  #onEnd = () => {};
  #onResuming = () => {};
  #onResumed = () => {};
  #lastEvent = 0;
  #ended = null;
  #resumeToken = null;
  #isResuming = false;
  /** Ends the attempts to resume. */
  #giveUp = new AbortController();
  #pulse = new Pulse({ ask: () => this.#ask({ type: "ping" }).catch(() => {}), dead: () => this.#drop() });

  constructor(url) {
    this.#address = signalingAddress(url);
    this.#opening = this.#connect();
    this.#opening.catch(() => {});  // whoever sends hears of it
  }

  /**
   * Sends a request; resolves with its reply, rejects with the server's error. `onWaiting(message)` is called when the
   * server keeps the request until a room opens; its reply then takes as long as that.
   */
  async request(message, { onWaiting } = {}) {
    await this.#opening;
    return this.#ask(message, { onWaiting });
  }

  /** Resolves when requests can be sent; rejects where the connection has ended. */
  async ready() {
    await this.#opening;
    if (this.#ended) throw this.#ended;
  }

  /**
   * From now on events go to `onEvent`, those kept first; `onEnd` gets {reason, message, attempts} once. While a lost connection is
   * replaced by another, `onResuming` gets {attempt, reason}, and `onResumed` is called before the missed events come.
   */
  start(onEvent, onEnd, { onResuming = () => {}, onResumed = () => {} } = {}) {
    this.#onEnd = onEnd;
    this.#onEvent = onEvent;
    this.#onResuming = onResuming;
    this.#onResumed = onResumed;
    for (const event of this.#early.splice(0)) this.#deliver(event);
    if (this.#ended) this.#end(this.#ended.code, this.#ended.message);
    else if (this.#resumeToken) this.#pulse.start();
  }

  close() {
    this.#onEnd = () => {};
    this.#onEvent = () => {};
    this.#fail(new ForestageError("closed", "The session is closed"));
    this.#socket.close(1000);
  }

  /** Opens a WebSocket, in place of the one before; rejects where it does not open. */
  #connect() {
    const socket = this.#socket = new WebSocket(this.#address, subprotocol);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.close(), openingTimeoutMs);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      socket.onclose = (event) => {
        clearTimeout(timer);
        reject(new ForestageError("connectionFailed", `No signaling connection to ${this.#address}`));
        if (socket === this.#socket) this.#closed(event);
      };
      socket.onmessage = ({ data }) => {
        if (socket === this.#socket) this.#receive(data);
      };
    });
  }

  /** Sends a request without waiting for a connection. `timeoutMs`: it concerns this connection alone, and is not sent again on another. */
  #ask(message, { onWaiting, timeoutMs = null } = {}) {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextID++;
    return new Promise((resolve, reject) => {
      const text = JSON.stringify({ type: message.type, id, ...message });
      const waiting = { type: message.type, text, resolve, reject, onWaiting, timer: null, isOnce: timeoutMs !== null };
      this.#pending.set(id, waiting);
      this.#transmit(id, waiting, timeoutMs ?? requestTimeoutMs);
    });
  }

  #transmit(id, waiting, timeoutMs = requestTimeoutMs) {
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(() => {
      this.#pending.delete(id);
      waiting.reject(new ForestageError("connectionLost", `No reply to ${waiting.type} within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    this.#socket.send(waiting.text);
    this.#pulse.sent();
  }

  #receive(data) {
    this.#pulse.heard();
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
    if (message.type === "joined") this.#resumeToken = message.resumeToken ?? null;
    if (message.type === "error") {
      waiting.reject(Object.assign(new ForestageError(message.code, message.message), { isRefusal: true }));
    } else waiting.resolve(message);
  }

  #deliver(event) {
    if (event.type === "closed") return this.#end(event.reason, event.message);
    if (event.seq !== this.#lastEvent + 1) console.warn(`forestage: event ${event.seq} came after ${this.#lastEvent}`);
    this.#lastEvent = event.seq;
    this.#onEvent(event);
  }

  // MARK: the end of a connection

  /** The connection is dead, though its end never came. */
  #drop() {
    const socket = this.#socket;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#closed({ code: 1006, reason: "The server did not answer" });
  }

  #closed({ code, reason }) {
    this.#pulse.stop();
    const [name, text] = closeReasons[code] ?? ["connectionLost", reason || "The signaling connection is gone"];
    if (this.#isResuming) return this.#rejectOnce(text);
    if (this.#resumeToken && this.#onEvent && !this.#ended && isResumable(name)) {
      this.#opening = this.#resume(name, text);
      this.#opening.catch(() => {});
      return;
    }
    this.#fail(new ForestageError(name, text));
    if (this.#onEvent) this.#end(name, this.#ended.message);
  }

  /** What concerned the lost connection alone has failed. */
  #rejectOnce(text) {
    for (const [id, waiting] of this.#pending) {
      if (!waiting.isOnce) continue;
      this.#pending.delete(id);
      clearTimeout(waiting.timer);
      waiting.reject(new ForestageError("connectionLost", text));
    }
  }

  /** Goes on with another WebSocket; ends the connection where that cannot be. */
  async #resume(reason, text) {
    const { signal } = this.#giveUp, start = performance.now();
    this.#isResuming = true;
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    for (let attempt = 1; performance.now() - start < patienceMs; attempt += 1) {
      this.#onResuming({ attempt, reason });
      await pause(delayMs(attempt, reason), signal);
      if (signal.aborted) throw this.#ended;
      try {
        await this.#connect();
        if (signal.aborted) throw this.#ended;
        await this.#ask(
          { type: "resume", resumeToken: this.#resumeToken, lastSeq: this.#lastEvent }, { timeoutMs: resumeTimeoutMs });
        return this.#goOn();
      } catch (error) {
        if (signal.aborted) throw this.#ended;
        if (error.isRefusal) {
          // An end that was decided is the session's; else it joins anew.
          this.#over(isResumable(error.code) ? reason : error.code, error.message, attempt);
          throw this.#ended;
        }
        this.#abandon();
      }
    }
    this.#over(reason, text, 0);
    throw this.#ended;
  }

  /** Leaves the WebSocket of a failed attempt alone. */
  #abandon() {
    const socket = this.#socket;
    socket.onclose = socket.onmessage = null;
    socket.close();
  }

  #goOn() {
    this.#isResuming = false;
    this.#onResumed();
    for (const [id, waiting] of this.#pending) this.#transmit(id, waiting);
    this.#pulse.start();
  }

  #over(name, text, attempts) {
    this.#isResuming = false;
    this.#fail(new ForestageError(name, text));
    this.#abandon();
    this.#end(name, text, attempts);
  }

  #fail(error) {
    this.#ended ??= error;
    this.#giveUp.abort();
    this.#pulse.stop();
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#ended);
    }
    this.#pending.clear();
  }

  #end(reason, message, attempts = 0) {
    const onEnd = this.#onEnd;
    this.#onEnd = () => {};
    onEnd({ reason, message, attempts });
  }
}
