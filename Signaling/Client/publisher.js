import { openDevices, openScreen, openWhatThereIs, sameDevice } from "./devices.js";

/** What a lost connection's errors say: the tracks stay, because the session comes back and sends them again. */
const lostCodes = new Set(["connectionLost", "connectionFailed", "mediaLost", "serverStopping", "closed", "internal"]);

/**
 * What this participant sends: holds the open tracks, puts them into the prepared sections while on stage and takes
 * them out afterwards. Nothing here negotiates.
 */
export class Publisher {
  /** By source: {track, isOwn}; a track that the SDK opened is its own and is stopped by it. */
  #tracks = new Map();
  #live = new Set();
  #muted = new Set();
  /** What opens the camera again that was off, by source. */
  #again = new Map();
  #missing = {};
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

  /** Why a wished camera or microphone is not open, by source: ForestageErrors of the last `open`. */
  get missing() { return { ...this.#missing }; }

  /**
   * Opens those of camera and microphone that may be published, are wished for and are not open yet; on stage they go out
   * at once. What cannot be opened is left out, and `missing` says why.
   */
  async open({ camera = true, microphone = true } = {}) {
    const wish = {};
    for (const [source, wanted] of Object.entries({ camera, microphone })) {
      const isOpen = this.track(source)?.readyState === "live";
      wish[source] = this.#canPublish(source) && !isOpen ? wanted : false;
    }
    this.#missing = {};
    if (!wish.camera && !wish.microphone) return;
    const { tracks, missing } = await openWhatThereIs(wish);
    this.#missing = missing;
    for (const [source, track] of Object.entries(tracks)) this.hold(source, track, true);
    if (!this.#isOnStage) return this.#changed();
    await Promise.all(Object.keys(tracks).map((source) => this.#start(source)));
  }

  /** Remembers a track for the source; in its section at once if the source is live. */
  hold(source, track, isOwn) {
    const former = this.#tracks.get(source);
    this.#again.delete(source);
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

  /** A camera that is muted is closed, so that its light goes out; it is opened again when it is not muted any more. */
  async mute(source, muted) {
    if (!muted && this.#again.has(source)) await this.#reopen(source);
    this.setMuted(source, muted);
    if (this.#live.has(source)) await this.#request({ type: "mute", source, muted });
  }

  /** Silences or opens the track without a word to the server. */
  setMuted(source, muted) {
    if (muted) this.#muted.add(source);
    else this.#muted.delete(source);
    const held = this.#tracks.get(source);
    if (muted && held?.isOwn && source === "camera") {
      this.#again.set(source, sameDevice(held.track, source));
      this.#release(source);
      if (this.#live.has(source)) this.#peer.sender(source).replaceTrack(null).catch(this.#failed);
    } else if (held) {
      held.track.enabled = !muted;
    }
    this.#changed();
  }

  /** The section stays as it was: nothing is negotiated, and the others only hear that the source is not muted any more. */
  async #reopen(source) {
    const opened = await openDevices({ camera: false, microphone: false, [source]: this.#again.get(source) });
    if (!this.#again.has(source)) {  // sent back to the audience while the browser asked
      opened[source]?.stop();
      return;
    }
    this.#muted.delete(source);
    this.hold(source, opened[source], true);
    if (this.#live.has(source)) await this.#peer.sender(source).replaceTrack(opened[source]);
  }

  /** Stops the tracks that the SDK opened and forgets all that have ended. */
  closeDevices() {
    this.#again.clear();
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
    try {
      await this.#peer.sender(source).replaceTrack(track);
      await this.#request({ type: "publish", source });
    } catch (error) {
      if (!lostCodes.has(error.code)) await this.#takeBack(source);
      throw error;
    }
    if (this.#muted.has(source)) await this.#request({ type: "mute", source, muted: true });
    this.#changed();
  }

  /** What the server did not take is not sent, and its device not left open. */
  async #takeBack(source) {
    this.#live.delete(source);
    for (const name of source === "screen" ? ["screen", "screenAudio"] : [source]) this.#release(name);
    this.#changed();
    await this.#peer.sender(source).replaceTrack(null);
  }

  #release(source) {
    const held = this.#tracks.get(source);
    this.#tracks.delete(source);
    if (held?.isOwn) held.track.stop();
  }
}
