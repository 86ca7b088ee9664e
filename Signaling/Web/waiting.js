import { ForestageError } from "/client/forestage.js";
import { byID } from "./dom.js";

/** Ends of a wait that are nobody's decision: the page asks again by itself. */
const passing = new Set(["connectionLost", "connectionFailed", "serverStopping", "draining", "internal", "serverFull"]);
const askAgainMs = 3000;

/** The screen before the stage opens. It goes on by itself; the person may go back. */
export class Waiting {
  #giveUp = null;
  #screen = byID("waiting");

  constructor() {
    byID("waiting-back").addEventListener("click", () => this.#giveUp?.abort());
  }

  /**
   * Joins by `join({wait, signal, onWaiting})`, for as long as it takes. `onWaiting` is called when the wait begins.
   * Rejects with code "givenUp" when the person goes back.
   */
  async until(join, onWaiting) {
    const giveUp = new AbortController(), { signal } = giveUp;
    this.#giveUp = giveUp;
    let isWaiting = false;
    const begin = () => {
      if (!isWaiting) onWaiting();
      isWaiting = true;
      this.#show("The stage is not open yet", "It starts here by itself when a host opens it. You can leave this page open.");
    };
    try {
      for (;;) {
        try {
          return await Promise.race([join({ wait: true, signal, onWaiting: begin }), givenUp(signal)]);
        } catch (error) {
          if (signal.aborted) throw new ForestageError("givenUp", "The person went back");
          if (!isWaiting || !passing.has(error.code)) throw error;
          this.#show("The server is away for a moment", "This page goes on trying. You can leave it open.");
          await pause(askAgainMs * (0.5 + Math.random()), signal);
        }
      }
    } finally {
      this.hide();
    }
  }

  /** After a reload: the way back into the room. */
  showReturn() {
    this.#show("Coming back…", "A moment, please.");
  }

  hide() {
    this.#screen.hidden = true;
  }

  #show(title, text) {
    const isNew = this.#screen.hidden;
    byID("waiting-title").textContent = title;
    byID("waiting-text").textContent = text;
    this.#screen.hidden = false;
    if (isNew) byID("waiting-title").focus();
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Rejects when the person goes back, whatever is waited for. */
function givenUp(signal) {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
