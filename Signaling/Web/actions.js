import { orToast } from "./toasts.js";

/**
 * What the buttons and keys of a view ask for. Different controls act side by side: nobody's key is lost because
 * another one still waits for the server. The same control acts once at a time.
 */
export class Actions {
  /** By control: {wish} of a switch that is moving, or {} of an action that runs. */
  #running = new Map();
  #changed;

  /** `changed` is called when an action begins or ends. */
  constructor(changed = () => {}) {
    this.#changed = changed;
  }

  isRunning(control) { return this.#running.has(control); }

  /** Runs the action; pressed again before it is done, it is not asked for twice. */
  async once(control, action) {
    if (this.#running.has(control)) return;
    await this.#run(control, {}, action);
  }

  /** Turns a switch over; pressed again while it moves, it goes on to where the last press wants it. */
  async toggle(control, { isOn, set }) {
    const moving = this.#running.get(control);
    if (moving) {
      moving.wish = !moving.wish;
      return;
    }
    const state = { wish: !isOn() };
    await this.#run(control, state, async () => {
      for (let sought = null; sought !== state.wish;) {
        sought = state.wish;
        try {
          await set(sought);
        } catch (error) {
          if (sought === state.wish) throw error;  // else it is another wish by now, and its turn
        }
      }
    });
  }

  async #run(control, state, action) {
    this.#running.set(control, state);
    this.#changed();
    await orToast((async () => action())());
    this.#running.delete(control);
    this.#changed();
  }
}
