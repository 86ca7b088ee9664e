import { memory } from "./memory.js";

/** For so long the server keeps the place of somebody who is away. */
const keptForMs = 30_000;
const savedEveryMs = 5000;

/** Remembers in this tab that its person is in a room and what is switched on, so that a reload goes on there. */
export class Presence {
  #session;
  #role;
  #timer;
  #listeners = new AbortController();

  constructor(session, { role }) {
    this.#session = session;
    this.#role = role;
    const { signal } = this.#listeners;
    for (const event of ["devices", "stagestate"]) session.addEventListener(event, () => this.#save(), { signal });
    addEventListener("pagehide", () => this.#save(), { signal });
    this.#timer = setInterval(() => this.#save(), savedEveryMs);
    this.#save();
  }

  /** Who was in the room a moment ago, or null. */
  static recent(room) {
    const presence = memory.get("presence");
    const isRecent = presence?.room === room && Math.abs(Date.now() - presence.atMs) < keptForMs;
    return isRecent ? presence : null;
  }

  /** What is remembered is what was last saved. */
  get last() { return memory.get("presence"); }

  /** The person has left, or was sent away. */
  end() {
    this.#listeners.abort();
    clearInterval(this.#timer);
    memory.remove("presence");
  }

  #save() {
    if (this.#session.isClosed) return;  // what was on before the end counts
    const session = this.#session, isOn = (source) => session.track(source)?.readyState === "live";
    memory.set("presence", {
      room: session.room.name, name: session.participant.name, role: this.#role, atMs: Date.now(), state: session.state,
      camera: isOn("camera"), microphone: isOn("microphone"), isMuted: session.isMuted("microphone"),
      screen: session.isPublished("screen"),
    });
  }
}
