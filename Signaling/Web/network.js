/** So long the network must have been too slow before a word is said, and so long fast enough before it is taken back. */
const slowAfterMs = 3000, fastAfterMs = 8000;

const words = {
  fast: null,
  smaller: "Your network is slow, so pictures are less sharp. They get better by themselves.",
  paused: "Your network is too slow for all pictures. Sound goes on, and pictures come back by themselves.",
};
const order = ["fast", "smaller", "paused"];

/** How the network does: "paused" where a picture is left out, "smaller" where one could be larger, "fast" where all fit. */
function howItDoes(quality) {
  const seats = quality?.seats ?? [];
  if (seats.some(({ layer }) => layer === 0)) return "paused";
  return seats.some(({ layer, layers }) => layer < layers) ? "smaller" : "fast";
}

/**
 * What is said about the viewer's network. It says nothing of what lasts a moment, so that no word comes and goes: worse news wait
 * for `slowAfterMs`, better ones for `fastAfterMs`.
 */
export class Network {
  #session;
  #told = "fast";
  #next = "fast";
  #timer = null;
  #changed;
  #listener = () => this.#look();

  /** `changed` is called when `words` has changed; its argument tells whether the network has become fast again. */
  constructor(session, changed) {
    this.#session = session;
    this.#changed = changed;
    session.addEventListener("quality", this.#listener);
    session.addEventListener("reconnected", this.#listener);
    this.#look();
  }

  /** The sentence, or null. */
  get words() { return words[this.#told]; }

  close() {
    clearTimeout(this.#timer);
    this.#session.removeEventListener("quality", this.#listener);
    this.#session.removeEventListener("reconnected", this.#listener);
  }

  #look() {
    const next = howItDoes(this.#session.quality);
    if (next === this.#next) return;
    this.#next = next;
    clearTimeout(this.#timer);
    if (next === this.#told) return;
    const isWorse = order.indexOf(next) > order.indexOf(this.#told);
    this.#timer = setTimeout(() => {
      this.#told = next;
      this.#changed(next === "fast");
    }, isWorse ? slowAfterMs : fastAfterMs);
  }
}
