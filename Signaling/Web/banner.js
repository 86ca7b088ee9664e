import { byID, make } from "./dom.js";
import { Network } from "./network.js";

const backForMs = 4000;
/** So long the signaling alone may be lost before a word is said: sound and picture go on, and it is mostly back by then. */
const quietForMs = 1500;

const connectionTexts = {
  new: "Connecting…",
  connecting: "Connecting…",
  disconnected: "The connection is interrupted. Waiting for it to come back…",
};

/** The line under the bar: how the connection is, or else whether a host is there, or else what the network is too slow for. */
export class Banner {
  #session;
  #element = byID("connection-banner");
  #return = null;
  #connection = null;
  #backTimer = null;
  #lossTimer = null;
  #ending = null;
  #network;

  constructor(session) {
    this.#session = session;
    const on = (name, act) => session.addEventListener(name, ({ detail }) => {
      act(detail ?? {});
      this.#show();
    });
    on("connection", ({ state }) => { this.#connection = connectionTexts[state] ?? null; });
    on("reconnecting", ({ isResuming }) => {
      if (!isResuming) return this.#say("Reconnecting…");
      this.#lossTimer ??= setTimeout(() => {
        this.#say("Reconnecting… Sound and picture go on.");
        this.#show();
      }, quietForMs);
    });
    on("waiting", () => { this.#say("The stage is closed for the moment. You are back on by yourself when a host opens it."); });
    on("reconnected", ({ isResumed }) => {
      const wasSaid = this.#return !== null;
      this.#stopWaiting();
      if (isResumed && !wasSaid) return;
      if (!isResumed) this.#connection = null;
      this.#say("You are back.", backForMs);
    });
    on("room", () => this.#countDown());
    this.#network = new Network(session, (isFast) => {
      if (isFast) this.#say("Your network is fast enough again.", backForMs);
      this.#show();
    });
    this.#countDown();
    this.#show();
  }

  close() {
    clearTimeout(this.#backTimer);
    this.#stopWaiting();
    clearInterval(this.#ending?.timer);
    this.#network.close();
    this.#element.hidden = true;
  }

  #stopWaiting() {
    clearTimeout(this.#lossTimer);
    this.#lossTimer = null;
  }

  #say(text, forMs = null) {
    clearTimeout(this.#backTimer);
    this.#stopWaiting();
    this.#return = text;
    if (forMs === null) return;
    this.#backTimer = setTimeout(() => {
      this.#return = null;
      this.#show();
    }, forMs);
  }

  #countDown() {
    clearInterval(this.#ending?.timer);
    const { endsInMs } = this.#session.room;
    this.#ending = endsInMs === undefined ? null
      : { atMs: performance.now() + endsInMs, timer: setInterval(() => this.#show(), 1000) };
  }

  #show() {
    const parts = this.#parts();
    this.#element.hidden = parts.length === 0;
    // What has not changed is not put in again: it would be read out again.
    const text = parts[0] ?? "";
    if (this.#element.firstChild?.textContent !== text) this.#element.replaceChildren(text);
    const count = parts[1] ?? "";
    const counter = this.#element.querySelector("span");
    if (counter) counter.textContent = count;
    else if (count) this.#element.append(make("span", { textContent: count, ariaHidden: "true" }));
  }

  /** The text, and a count that is for the eye only. */
  #parts() {
    const { hosts } = this.#session.room;
    if (this.#return) return [this.#return];
    if (this.#connection) return [this.#connection];
    if (hosts !== 0) return this.#network.words ? [this.#network.words] : [];
    if (!this.#ending) return ["No host is here at the moment. The stage stays open, and waits for a host to come back."];
    const seconds = Math.max(0, Math.round((this.#ending.atMs - performance.now()) / 1000));
    return [
      "The host has left. The room ends soon, unless a host comes back.",
      ` ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`,
    ];
  }
}
