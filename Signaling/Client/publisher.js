import { openDevices, openScreen, openWhatThereIs, sameDevice } from "./devices.js";
import { ForestageError } from "./errors.js";

/** What a lost connection's errors say: the tracks stay, because the session comes back and sends them again. */
const lostCodes = new Set(["connectionLost", "connectionFailed", "mediaLost", "serverStopping", "closed", "internal"]);

/** What a picture is about, for encoders, where its maker has not said: the camera's moves, a screen's letters are read. */
const hints = { camera: "motion", screen: "detail" };

const sectionsOf = (source) => (source === "screen" ? ["screen", "screenAudio"] : [source]);

/**
 * What this participant sends: holds the open tracks, puts them into the prepared sections while on stage and takes
 * them out afterwards. Nothing here negotiates.
 *
 * Every `await` may end in another world: the person was sent back, the session is over or goes on with another
 * connection. So what is opened is held only if nothing has closed the devices meanwhile (`#visit`), and a publication
 * goes on only while its section is live on the same connection.
 */
export class Publisher {
  /** By source: {track, isOwn}; a track that the SDK opened is its own and is stopped by it. */
  #tracks = new Map();
  /** Sources whose section carries, or is about to carry, a track. */
  #live = new Set();
  /** Sources of which the server was told on this connection. */
  #announced = new Set();
  /** Sources that some viewer needs in the second codec. */
  #seconds = new Set();
  #muted = new Set();
  /** What opens a camera that is off, by source. */
  #again = new Map();
  /** Counts the wishes to mute or not, by source: the last one counts, whenever a device is open at last. */
  #wishes = new Map();
  #missing = {};
  #isOnStage = false;
  /** Counts how often the devices were closed. */
  #visit = 0;
  #isOver = false;
  #peer;
  #request;
  #changed;
  #failed;
  #allowed = [];

  /**
   * `request` sends a message; `changed` is called when a track, a mute or a publication changed, `failed` with an error
   * that nobody waits for.
   */
  constructor(peer, { request, changed, failed }) {
    this.#peer = peer;
    this.#request = request;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** The sources that the participant's permissions name. */
  set allowed(sources) { this.#allowed = sources; }

  /** Which encodings of the source anybody wants: [{rid, active, maxBitrate}]. */
  want(source, encodings) { this.#peer.want(source, encodings); }

  /** Whether some viewer needs the source in the second codec. */
  async wantSecond(source, isWanted) {
    if (isWanted) this.#seconds.add(source);
    else this.#seconds.delete(source);
    if (this.#live.has(source)) await this.#putSecond(this.track(source), source, this.#peer);
  }

  track(source) { return this.#tracks.get(source)?.track ?? null; }
  isLive(source) { return this.#live.has(source); }
  isMuted(source) { return this.#muted.has(source); }

  /** Why a wished camera or microphone is not open, by source: ForestageErrors of the last `open`. */
  get missing() { return { ...this.#missing }; }

  /**
   * Opens those of camera and microphone that may be published, are wished for and are not open yet; on stage they go out
   * at once. What cannot be opened is left out, and `missing` says why. `isForRequest`: a request follows that decides
   * whether the devices stay open; else they are closed again where the person was sent back meanwhile.
   */
  async open({ camera = true, microphone = true } = {}, { isForRequest = false } = {}) {
    this.#requireSession();
    const wish = {};
    for (const [source, wanted] of Object.entries({ camera, microphone })) {
      const isOpen = this.track(source)?.readyState === "live";
      wish[source] = this.#canPublish(source) && !isOpen ? wanted : false;
    }
    if (wish.camera && this.#muted.has("camera")) {  // nobody is shown: the light stays out
      this.#again.set("camera", wish.camera);
      wish.camera = false;
      if (this.#isOnStage) await this.#start("camera");
    }
    this.#missing = {};
    if (!wish.camera && !wish.microphone) return;
    const visit = this.#visit;
    const { tracks, missing } = await openWhatThereIs(wish);
    if (!this.#take(tracks, isForRequest ? this.#visit : visit)) return;
    this.#missing = missing;
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
      if (hints[source] && track.contentHint === "") track.contentHint = hints[source];
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
    await Promise.all(["microphone", "camera", "screen"].map((source) => this.#startAll(source).catch(this.#failed)));
  }

  /** The session came back on another connection: what is open goes out there. */
  async move(peer, isOnStage) {
    this.#peer = peer;
    this.#isOnStage = false;
    this.#live.clear();
    this.#announced.clear();
    this.#seconds.clear();  // the server asks anew
    if (isOnStage) await this.enterStage();
  }

  /**
   * Off stage: the server has shut the gates already; the devices are closed, and the next time begins anew: nothing is muted.
   */
  async leaveStage() {
    const peer = this.#peer, sent = [...this.#announced], muted = sent.filter((source) => this.#muted.has(source));
    this.#isOnStage = false;
    this.#live.clear();
    this.#announced.clear();
    this.#muted.clear();
    this.closeDevices();
    for (const { track } of this.#tracks.values()) track.enabled = true;
    await Promise.all([
      ...peer.published.map((source) => this.#put(null, source, peer)),
      // The server forgets what was published, but not that it was muted.
      ...muted.map((source) => this.#request({ type: "mute", source, muted: false })),
    ]);
  }

  /** The session is over: nothing is open from now on, and nothing is opened. */
  close() {
    this.#isOver = true;
    this.#isOnStage = false;
    this.#live.clear();
    this.#announced.clear();
    this.closeDevices();
  }

  /** Publishes the source: with the given track, with the open one, or with a device opened now. */
  async publish(source, track) {
    this.#requireSession();
    this.#peer.sender(source);  // throws where no section was made for it
    if (track) this.hold(source, track, false);
    else if (source === "screen" || source === "screenAudio") {
      if (!(await this.#openAndTake(() => openScreen()))) return;
    } else if (source === "camera" && this.#muted.has(source)) {
      if (!this.track(source) && !this.#again.has(source)) this.#again.set(source, true);
    } else if (this.track(source)?.readyState !== "live") {
      if (!(await this.#openAndTake(() => openDevices({ camera: false, microphone: false, [source]: true })))) return;
    }
    if (!this.#isOnStage) return;  // the track goes out in the moment of promotion
    await this.#startAll(source);
  }

  async unpublish(source) {
    const peer = this.#peer;
    const names = sectionsOf(source).filter((name) => this.#tracks.has(name) || this.#again.has(name));
    // All at once: what is published anew meanwhile is not taken back with it.
    await Promise.all(names.map(async (name) => {
      this.#live.delete(name);
      this.#again.delete(name);
      const wasAnnounced = this.#announced.delete(name);
      this.#release(name);
      await this.#put(null, name, peer);
      if (wasAnnounced && !this.#isOver && !this.#announced.has(name)) await this.#request({ type: "unpublish", source: name });
    }));
    this.#changed();
  }

  /** Another device or picture in the same section; nobody is told, because nothing changes for the others. */
  async replaceTrack(source, track) {
    this.#requireSession();
    this.hold(source, track, false);
    await this.#fill(source);
  }

  /** A camera that is muted is closed, so that its light goes out; it is opened again when it is not muted any more. */
  async mute(source, muted) {
    if (!muted && this.#again.has(source) && !(await this.#reopen(source))) return;
    this.setMuted(source, muted);
    if (this.#announced.has(source)) await this.#request({ type: "mute", source, muted });
  }

  /** Silences or opens the track without a word to the server. */
  setMuted(source, muted) {
    this.#newWish(source);
    if (muted) this.#muted.add(source);
    else this.#muted.delete(source);
    const held = this.#tracks.get(source);
    if (muted && held?.isOwn && source === "camera") {
      this.#again.set(source, sameDevice(held.track, source));
      this.#release(source);
      this.#fill(source).catch(this.#failed);
    } else if (held) {
      held.track.enabled = !muted;
    }
    this.#changed();
  }

  /**
   * The section stays as it was: nothing is negotiated, and the others only hear that the source is not muted any more.
   * Returns whether the camera is open and still wished for.
   */
  async #reopen(source) {
    this.#requireSession();
    const wish = this.#newWish(source), visit = this.#visit;
    const tracks = await openDevices({ camera: false, microphone: false, [source]: this.#again.get(source) });
    const isWanted = this.#again.has(source) && this.#wishes.get(source) === wish;
    if (isWanted) this.#muted.delete(source);
    if (!this.#take(tracks, isWanted ? visit : null)) return false;
    await this.#fill(source);
    return this.#wishes.get(source) === wish;
  }

  /** Stops the tracks that the SDK opened, those too that are being opened, and forgets all that have ended. */
  closeDevices() {
    this.#visit += 1;
    this.#again.clear();
    for (const [source, { track, isOwn }] of [...this.#tracks]) {
      if (isOwn || track.readyState === "ended") this.#release(source);
    }
    this.#changed();
  }

  #canPublish(source) {
    return this.#allowed.includes(source) && this.#peer.published.includes(source);
  }

  #requireSession() {
    if (this.#isOver) throw new ForestageError("closed", "The session is closed");
  }

  #newWish(source) {
    const wish = (this.#wishes.get(source) ?? 0) + 1;
    this.#wishes.set(source, wish);
    return wish;
  }

  /** Holds what `open` opens; whether it is held. */
  async #openAndTake(open) {
    const visit = this.#visit;
    return this.#take(await open(), visit);
  }

  /** Holds the tracks, or stops them where the devices were closed while the browser asked; whether they are held. */
  #take(tracks, visit) {
    const isTaken = !this.#isOver && this.#visit === visit;
    for (const [source, track] of Object.entries(tracks)) {
      const isShut = source === "camera" && this.#muted.has(source);  // muted while the browser asked
      if (isTaken && isShut) this.#again.set(source, sameDevice(track, source));
      if (isTaken && !isShut && this.#canPublish(source)) this.hold(source, track, true);
      else track.stop();
    }
    return isTaken;
  }

  async #startAll(source) {
    for (const name of sectionsOf(source)) if (this.#canPublish(name)) await this.#start(name);
  }

  /** The source's track into its section, and the source announced; one that is muted and closed is announced alone. */
  async #start(source) {
    const peer = this.#peer, held = this.#tracks.get(source);
    if (!this.#isOnStage || (held ? held.track.readyState !== "live" : !this.#again.has(source))) return;
    const isCurrent = () => this.#live.has(source) && this.#peer === peer;
    this.#live.add(source);
    try {
      await this.#fill(source);
      if (!isCurrent()) return;
      this.#announced.add(source);
      await this.#request({ type: "publish", source });
    } catch (error) {
      if (!isCurrent()) return;  // who was sent back, or has left, need not hear of it
      if (!lostCodes.has(error.code) && this.#tracks.get(source) === held) await this.#takeBack(source);
      throw error;
    }
    if (isCurrent() && this.#muted.has(source)) await this.#request({ type: "mute", source, muted: true });
    this.#changed();
  }

  /** The track that the source has now, or none, into its section while that is live. */
  async #fill(source) {
    if (this.#live.has(source)) await this.#put(this.track(source), source);
  }

  async #put(track, source, peer = this.#peer) {
    if (!peer.published.includes(source)) return;
    try {
      await Promise.all([peer.put(source, track), this.#putSecond(track, source, peer)]);
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;  // the connection is closed, its sections are empty
    }
  }

  async #putSecond(track, source, peer) {
    await peer.putSecond(source, this.#seconds.has(source) ? track : null);
  }

  /** What the server did not take is not sent, and its device not left open. */
  async #takeBack(source) {
    const peer = this.#peer;
    for (const name of sectionsOf(source)) {
      this.#live.delete(name);
      this.#announced.delete(name);
      this.#again.delete(name);
      this.#release(name);
    }
    this.#changed();
    await Promise.all(sectionsOf(source).map((name) => this.#put(null, name, peer)));
  }

  #release(source) {
    const held = this.#tracks.get(source);
    this.#tracks.delete(source);
    if (held?.isOwn) held.track.stop();
  }
}
