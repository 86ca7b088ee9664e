import { openDevices, openScreen } from "./devices.js";

/**
 * What this participant sends: holds the open tracks, puts them into the prepared sections while on stage and takes
 * them out afterwards. Nothing here negotiates.
 */
export class Publisher {
  /** By source: {track, isOwn}; a track that the SDK opened is its own and is stopped by it. */
  #tracks = new Map();
  #live = new Set();
  #muted = new Set();
  #isOnStage = false;
  #peer;
  #request;
  #changed;
  #failed;
  #allowed = [];

  /** `request` sends a message; `changed` is called when a track, a mute or a publication changed. */
  constructor(peer, { request, changed, failed }) {
    this.#peer = peer;
    this.#request = request;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** The sources that the participant's permissions name. */
  set allowed(sources) { this.#allowed = sources; }

  track(source) { return this.#tracks.get(source)?.track ?? null; }
  isLive(source) { return this.#live.has(source); }
  isMuted(source) { return this.#muted.has(source); }

  /** Opens those of camera and microphone that may be published, are wished for and are not open yet. */
  async open({ camera = true, microphone = true } = {}) {
    const wish = {};
    for (const [source, wanted] of Object.entries({ camera, microphone })) {
      const isOpen = this.track(source)?.readyState === "live";
      wish[source] = this.#canPublish(source) && !isOpen ? wanted : false;
    }
    if (!wish.camera && !wish.microphone) return;
    for (const [source, track] of Object.entries(await openDevices(wish))) this.hold(source, track, true);
  }

  /** Remembers a track for the source; in its section at once if the source is live. */
  hold(source, track, isOwn) {
    const former = this.#tracks.get(source);
    if (former?.track !== track) {
      this.#release(source);
      this.#tracks.set(source, { track, isOwn });
      track.addEventListener("ended", () => {
        if (this.track(source) === track) this.unpublish(source).catch(this.#failed);
      });
    }
    track.enabled = !this.#muted.has(source);
    this.#changed();
  }

  /** On stage: everything that is open goes out. */
  async enterStage() {
    this.#isOnStage = true;
    const open = [...this.#tracks].filter(([source, { track }]) =>
      track.readyState === "live" && this.#canPublish(source));
    await Promise.all(open.map(([source]) => this.#start(source)));
  }

  /** The session came back on another connection: what was live goes out there. */
  async move(peer, isOnStage) {
    const live = [...this.#live];
    this.#peer = peer;
    this.#live.clear();
    if (!isOnStage) return;
    await this.enterStage();
    // What is published without a track, muted, is so again.
    for (const source of live.filter((source) => !this.#live.has(source) && this.#muted.has(source))) {
      this.#live.add(source);
      await this.#request({ type: "publish", source });
      await this.#request({ type: "mute", source, muted: true });
    }
  }

  /** Off stage: the server has shut the gates already; the devices are closed. */
  async leaveStage() {
    this.#isOnStage = false;
    this.#live.clear();
    await Promise.all(this.#peer.published.map((source) => this.#peer.sender(source).replaceTrack(null)));
    this.closeDevices();
  }

  /** Publishes the source: with the given track, with the open one, or with a device opened now. */
  async publish(source, track) {
    this.#peer.sender(source);  // throws where no section was made for it
    if (track) {
      this.hold(source, track, false);
    } else if (source === "screen" || source === "screenAudio") {
      for (const [name, opened] of Object.entries(await openScreen())) {
        if (this.#canPublish(name)) this.hold(name, opened, true);
        else opened.stop();
      }
    } else if (this.track(source)?.readyState !== "live") {
      for (const [name, opened] of Object.entries(await openDevices({ camera: false, microphone: false, [source]: true }))) {
        this.hold(name, opened, true);
      }
    }
    if (!this.#isOnStage) return;  // the track goes out in the moment of promotion
    await this.#start(source);
    if (source === "screen" && this.track("screenAudio")) await this.#start("screenAudio");
  }

  async unpublish(source) {
    const names = source === "screen" ? ["screen", "screenAudio"] : [source];
    for (const name of names.filter((name) => this.#tracks.has(name))) {
      const wasLive = this.#live.delete(name);
      this.#release(name);
      await this.#peer.sender(name).replaceTrack(null);
      if (wasLive) await this.#request({ type: "unpublish", source: name });
    }
    this.#changed();
  }

  /** Another device or picture in the same section; nobody is told, because nothing changes for the others. */
  async replaceTrack(source, track) {
    this.hold(source, track, false);
    if (this.#live.has(source)) await this.#peer.sender(source).replaceTrack(track);
  }

  async mute(source, muted) {
    this.setMuted(source, muted);
    if (this.#live.has(source)) await this.#request({ type: "mute", source, muted });
  }

  /** Silences or opens the track without a word to the server. */
  setMuted(source, muted) {
    if (muted) this.#muted.add(source);
    else this.#muted.delete(source);
    const track = this.track(source);
    if (track) track.enabled = !muted;
    this.#changed();
  }

  /** Stops the tracks that the SDK opened and forgets all that have ended. */
  closeDevices() {
    for (const [source, { track, isOwn }] of [...this.#tracks]) {
      if (isOwn || track.readyState === "ended") this.#release(source);
    }
    this.#changed();
  }

  #canPublish(source) {
    return this.#allowed.includes(source) && this.#peer.published.includes(source);
  }

  async #start(source) {
    const track = this.track(source);
    if (!track || track.readyState !== "live") return;
    this.#live.add(source);
    await this.#peer.sender(source).replaceTrack(track);
    await this.#request({ type: "publish", source });
    if (this.#muted.has(source)) await this.#request({ type: "mute", source, muted: true });
    this.#changed();
  }

  #release(source) {
    const held = this.#tracks.get(source);
    this.#tracks.delete(source);
    if (held?.isOwn) held.track.stop();
  }
}
