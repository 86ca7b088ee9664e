const empty = Object.freeze({ state: "empty" });

/**
 * A place where the server shows somebody: one video and one audio section that belong together, the pair of a
 * shared screen, or a lone audio section (`use` is "seat", "screen" or "audio"). Its stream stays the same for the
 * whole session; who sits there changes.
 */
export class Seat {
  #video;
  #audio;
  #slots = { video: empty, audio: empty };
  /** By kind the swap of tracks that waits for the new one to come. */
  #swaps = { video: null, audio: null };
  #lookUp;

  /** `video` and `audio` are transceivers (or null); `lookUp` finds a stage member by participant. */
  constructor({ use, seat, video, audio }, lookUp) {
    this.use = use;
    this.index = seat;
    this.#video = video;
    this.#audio = audio;
    this.#lookUp = lookUp;
    /** Plays whoever sits here. */
    this.stream = new MediaStream([video, audio].filter(Boolean).map(({ receiver }) => receiver.track));
  }

  get videoMid() { return this.#video?.mid ?? null; }
  get audioMid() { return this.#audio?.mid ?? null; }
  get videoReceiver() { return this.#video?.receiver ?? null; }
  get audioReceiver() { return this.#audio?.receiver ?? null; }

  /** What the sections carry: {state, track, participant, source, csrc}; state "empty" carries nothing. */
  get video() { return this.#slots.video; }
  get audio() { return this.#slots.audio; }

  /** "empty", "playing", "paused", "muted" or "cannotDecode": the picture's, or the sound's where there is no picture. */
  get state() {
    return this.video.state !== "empty" ? this.video.state : this.audio.state;
  }

  /** Who sits here, or null. */
  get participant() {
    return this.video.participant ?? this.audio.participant ?? null;
  }

  /** The name of who sits here, or null. */
  get name() {
    return this.#lookUp(this.participant)?.name ?? null;
  }

  /** The loudness of the sound right now, 0 to 1; null where it is not known. */
  get audioLevel() {
    const newest = newestSource(this.audioReceiver?.getSynchronizationSources() ?? []);
    return this.audio.state === "playing" ? (newest?.audioLevel ?? null) : null;
  }

  /** The CSRC whose picture is being shown at this moment, in step with the media; null while unknown. */
  get playingSource() {
    return newestSource(this.videoReceiver?.getContributingSources() ?? [])?.source ?? null;
  }

  /**
   * Goes on in the sections of another connection. A picture or sound that is there stays until the new one comes;
   * `swapped(kind, track, former)` is called when it does. Returns a function that waits no longer.
   */
  move({ video, audio }, swapped) {
    const wasPlaying = { video: this.video.state === "playing", audio: this.audio.state === "playing" };
    this.#video = video;
    this.#audio = audio;
    this.#slots = { video: empty, audio: empty };
    const swaps = [];
    for (const [kind, transceiver] of Object.entries({ video, audio })) {
      // Not the last connection's: its track may never have come.
      const former = this.stream.getTracks().find((track) => track.kind === kind);
      if (!transceiver || !former) continue;
      const { track } = transceiver.receiver;
      const swap = () => {
        track.removeEventListener("unmute", swap);
        if (this.#swaps[kind] !== swap) return;  // done, or overtaken by a further connection
        this.#swaps[kind] = null;
        this.stream.addTrack(track);
        this.stream.removeTrack(former);
        swapped(kind, track, former);
      };
      this.#swaps[kind] = swap;
      track.addEventListener("unmute", swap);
      swaps.push(swap);
      if (!track.muted || !wasPlaying[kind]) swap();
    }
    return () => swaps.forEach((swap) => swap());
  }

  /** Takes a SlotState; true if it is one of this seat's sections. */
  apply(slot) {
    const kind = { [this.videoMid]: "video", [this.audioMid]: "audio" }[slot.mid];
    if (!kind || slot.mid === null) return false;
    this.#slots[kind] = slot;
    return true;
  }
}

/** Old entries stay for seconds, so the newest counts. */
function newestSource(sources) {
  return sources.reduce((newest, entry) => (newest && newest.timestamp >= entry.timestamp ? newest : entry), null);
}
