import { onNetworkChange } from "./return.js";

/** So long a connection may be silent before the server is asked whether it is there. */
export const quietMs = 10_000;
/** So long after a message nothing at all may come before the connection counts as lost. The server's own limit is 35 s. */
export const silenceMs = 5_000;
/** The same where the browser says that the network has changed. */
export const silenceAfterChangeMs = 2_000;

/**
 * Notices that a connection is dead which the browser takes for alive: packets vanish, and no end of it comes. `ask()` sends something
 * that the server answers; `dead()` is called once when nothing comes.
 */
export class Pulse {
  #ask;
  #dead;
  #heardAt = performance.now();
  #quiet = null;
  #silence = null;
  #isRunning = false;
  #forget = () => {};

  constructor({ ask, dead }) {
    this.#ask = ask;
    this.#dead = dead;
  }

  start() {
    this.stop();
    this.#isRunning = true;
    this.#heardAt = performance.now();
    this.#forget = onNetworkChange(() => this.#probe(silenceAfterChangeMs));
    this.#quiet = setInterval(() => {
      if (performance.now() - this.#heardAt >= quietMs) this.#ask();
    }, quietMs);
  }

  stop() {
    this.#isRunning = false;
    clearInterval(this.#quiet);
    this.#rest();
    this.#forget();
  }

  /** Something came. */
  heard() {
    this.#heardAt = performance.now();
    this.#rest();
  }

  /** Something was sent that the server answers. */
  sent(patienceMs = silenceMs) {
    if (!this.#isRunning || this.#silence !== null) return;
    this.#silence = setTimeout(() => {
      this.stop();
      this.#dead();
    }, patienceMs);
  }

  #probe(patienceMs) {
    this.#rest();
    this.sent(patienceMs);
    this.#ask();
  }

  #rest() {
    clearTimeout(this.#silence);
    this.#silence = null;
  }
}
