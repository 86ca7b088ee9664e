/**
 * Seats in media elements: plays picture and sound, and notices the first frame of whoever is seated.
 */
export class Player {
  #attached = new Map();
  #blocked = new Set();
  #onBlocked;
  #onShown;
  #sizes;

  /**
   * `onBlocked` is called when the browser refuses to play sound; `onShown(seat)` when a seated picture appears. `sizes` is
   * told which element plays which seat.
   */
  constructor({ onBlocked, onShown, sizes }) {
    this.#onBlocked = onBlocked;
    this.#onShown = onShown;
    this.#sizes = sizes;
  }

  /** Plays the seat; returns a function that takes it out again. */
  attach(seat, video, audio) {
    this.detach(seat);
    const attached = { video: null, audio: null, stop: null };
    if (video && seat.videoReceiver) {
      // Sound has an element of its own, so that somebody without a camera is heard and a picture plays unasked.
      Object.assign(video, { muted: true, playsInline: true, autoplay: true });
      video.srcObject = new MediaStream([seat.videoReceiver.track]);
      video.play().catch(() => {});  // interrupted by a detach
      attached.video = video;
      this.#sizes.watch(seat, video);
    }
    if (seat.audioReceiver) {
      attached.audio = audio ?? new Audio();
      attached.audio.autoplay = true;
      attached.audio.srcObject = new MediaStream([seat.audioReceiver.track]);
      this.#playSound(attached.audio);
    }
    this.#attached.set(seat, attached);
    this.watch(seat);
    return () => {
      if (this.#attached.get(seat) === attached) this.detach(seat);
    };
  }

  detach(seat) {
    const attached = this.#attached.get(seat);
    if (!attached) return;
    this.#attached.delete(seat);
    attached.stop?.();
    this.#sizes.unwatch(seat);
    for (const element of [attached.video, attached.audio].filter(Boolean)) {
      this.#blocked.delete(element);
      element.srcObject = null;
    }
  }

  /** The seat's picture or sound comes by another track from now on, in the same element. */
  replace(seat, kind, track, former) {
    const element = this.#attached.get(seat)?.[kind];
    if (!element) return;
    const stream = element.srcObject;
    if (former.readyState === "ended" || !stream) {
      element.srcObject = new MediaStream([track]);
    } else {
      stream.addTrack(track);
      stream.removeTrack(former);
    }
    if (kind === "audio") this.#playSound(element);
    else element.play().catch(() => {});  // interrupted by a detach
    this.watch(seat);
  }

  detachAll() {
    for (const seat of [...this.#attached.keys()]) this.detach(seat);
  }

  /** Waits for the first frame of the seat's present picture: its packets name their source (CSRC). */
  watch(seat) {
    const attached = this.#attached.get(seat);
    if (!attached?.video) return;
    attached.stop?.();
    attached.stop = null;
    if (seat.video.state !== "playing" || !attached.video.requestVideoFrameCallback) return;
    const { video } = attached, wanted = seat.video.csrc;
    let handle = 0;
    const look = () => {
      handle = video.requestVideoFrameCallback(() => {
        const playing = seat.playingSource;
        if (playing !== null && playing !== wanted) return look();
        attached.stop = null;
        this.#onShown(seat);
      });
    };
    look();
    attached.stop = () => video.cancelVideoFrameCallback(handle);
  }

  /** Plays what the browser had refused; call it from a click or a key. */
  async playSound() {
    const waiting = [...this.#blocked];
    this.#blocked.clear();
    await Promise.all(waiting.map((audio) => this.#playSound(audio)));
  }

  async #playSound(audio) {
    try {
      await audio.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return;  // interrupted by a detach
      this.#blocked.add(audio);
      this.#onBlocked();
    }
  }
}
