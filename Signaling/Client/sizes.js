/** Changes that show more are sent after this time, so that all tiles of one layout are in one message. */
const gatherMs = 50;
/** What shows less is sent once it has stayed so for this time: a tile that comes back at once costs nobody a keyframe. */
const patienceMs = 500;
/** The time between two messages; the server takes 30 messages a second. */
const spacingMs = 200;
/** How far outside the window a tile is sent already, so that scrolling meets a picture. */
const prefetchMargin = "25%";
const screenPriority = 10;
/** The largest size that the protocol can say. */
const largest = 65_535;

/**
 * Tells the server how large each seat is shown, and which is not shown at all: from the sizes of the video elements, their
 * place in the window, whether the page is seen, and picture-in-picture.
 *
 * A seat that nobody sits in is never told as hidden, because a page may take its tile away: who comes is shown at once.
 */
export class Sizes {
  #seats;
  #send;
  #isOnStage;
  /** By seat: a `View` while it is played in a video element, null when it is not any more. */
  #views = new Map();
  /** By seat, what the page itself has asked for. */
  #wishes = new Map();
  /** By seat, what the server was told: {entry, text}. */
  #told = new Map();
  /** By seat, what it will be told: {text, since}. */
  #pending = new Map();
  #timer = null;
  #lastSent = -Infinity;
  #isSending = false;
  #isActive = true;

  /** `send(slots)` sends a `view` message; `isOnStage(track)` says whether there is such a track now. */
  constructor(seats, { send, isOnStage }) {
    this.#seats = seats;
    this.#send = send;
    this.#isOnStage = isOnStage;
  }

  /** Measures nothing, and tells what the page asks for alone. */
  stopMeasuring() {
    for (const view of this.#views.values()) view?.close();
    this.#views.clear();
    this.#isActive = false;
    this.update();
  }

  /** The seat is played in this element. */
  watch(seat, video) {
    if (!this.#isActive) return;
    this.#views.get(seat)?.close();
    this.#views.set(seat, new View(video, () => this.update()));
    this.update();
  }

  /** The seat is not played any more. */
  unwatch(seat) {
    if (!this.#views.get(seat)) return;
    this.#views.get(seat).close();
    this.#views.set(seat, null);
    this.update();
  }

  /** What the page asks for: {track, width, height, priority, visible}; told at once, and kept. Each field goes before what was measured. */
  async wish(seat, wish) {
    const former = this.#wishes.get(seat);
    this.#wishes.set(seat, wish);
    const entry = this.#entry(seat, wish);
    this.#note(seat, entry);
    try {
      await this.#send([entry]);
    } catch (error) {
      if (this.#wishes.get(seat) === wish) this.#wishes.set(seat, former);
      throw error;
    }
  }

  /** The connection is another one, whose server knows nothing. */
  reset() {
    this.#told.clear();
    this.#pending.clear();
    this.update();
  }

  close() {
    this.stopMeasuring();
    clearTimeout(this.#timer);
    this.#seats = [];
  }

  /** Looks for changes; called whenever there may be one. */
  update() {
    if (this.#isSending) return;  // looks again afterwards
    clearTimeout(this.#timer);
    const now = performance.now();
    let due = Infinity;
    for (const seat of this.#seats) {
      const change = this.#change(seat, now);
      if (change) due = Math.min(due, change.due);
    }
    if (due === Infinity) return;
    this.#timer = setTimeout(() => this.#flush(), Math.max(due, this.#lastSent + spacingMs) - now);
  }

  /** What the server has to be told of the seat, and when; null where it knows. */
  #change(seat, now) {
    const entry = this.#entry(seat, this.#lastingWish(seat)), text = JSON.stringify(entry);
    const told = this.#told.get(seat) ?? { entry: { mid: entry.mid }, text: JSON.stringify({ mid: entry.mid }) };
    if (text === told.text) {
      this.#pending.delete(seat);
      return null;
    }
    const isUrgent = showsMore(entry, told.entry), pending = this.#pending.get(seat);
    // Growing tiles count from the first change on, shrinking ones from the last: the larger picture does no harm meanwhile.
    const since = pending && (pending.text === text || (isUrgent && pending.isUrgent)) ? pending.since : now;
    this.#pending.set(seat, { text, since, isUrgent });
    return { entry, due: since + (isUrgent ? gatherMs : patienceMs) };
  }

  async #flush() {
    const now = performance.now(), entries = [];
    for (const seat of this.#seats) {
      const change = this.#change(seat, now);
      if (!change || change.due > now + 1) continue;
      this.#note(seat, change.entry);
      entries.push(change.entry);
    }
    if (entries.length) {
      this.#lastSent = now;
      this.#isSending = true;
      // A lost connection is told all of it anew; what the server refuses it refuses again.
      await this.#send(entries).catch(() => {});
      this.#isSending = false;
    }
    this.update();
  }

  #note(seat, entry) {
    this.#told.set(seat, { entry, text: JSON.stringify(entry) });
    this.#pending.delete(seat);
  }

  #entry(seat, wish) {
    return { mid: seat.videoMid ?? seat.audioMid, ...this.#measured(seat), ...wish };
  }

  /** The server refuses a wish for a track that has gone; the wish holds again when it is back. */
  #lastingWish(seat) {
    const { track, ...others } = this.#wishes.get(seat) ?? {};
    return track && this.#isOnStage(track) ? { track, ...others } : others;
  }

  #measured(seat) {
    const view = this.#views.get(seat);
    if (view === undefined) return {};
    const isEmpty = seat.video.state === "empty";
    const size = view?.size ?? (isEmpty || !view?.isMeasured ? this.#usualSize() : null);
    // Letters of a shared screen go before faces.
    const shown = { ...size, ...(seat.use === "screen" && { priority: screenPriority }) };
    if (isEmpty) return shown;
    return view === null || view.isHidden ? { visible: false } : shown;
  }

  /** The size that a newcomer's tile is about to have: the largest of the others. */
  #usualSize() {
    let usual = null;
    for (const view of this.#views.values()) {
      if (view?.size && view.size.width * view.size.height > (usual ? usual.width * usual.height : 0)) usual = view.size;
    }
    return usual;
  }
}

/** Whether a viewer would miss something without the new entry; a first size is told at once as well, before the largest is sent. */
function showsMore(entry, told) {
  if (entry.track !== told.track || entry.priority !== told.priority) return true;
  if (entry.visible === false) return false;
  if (told.visible === false || told.width === undefined) return true;
  return entry.width === undefined || entry.width > told.width || entry.height > told.height;
}

/** One video element: how large it is, and whether it is seen. */
class View {
  /** The size of the picture in device pixels, the last that was not nothing; null before. */
  size = null;
  /** Whether the browser has told the element's place in a page. One that was in none yet may be drawn from by a page's own code. */
  isMeasured = false;
  #video;
  #changed;
  #box = { width: 0, height: 0 };
  #isInWindow = false;
  /** The window of picture-in-picture, while this element is in it. */
  #floating = null;
  #document = null;
  #observers = [];
  #listeners = null;

  constructor(video, changed) {
    this.#video = video;
    this.#changed = changed;
    this.#observe();
  }

  /** Whether nobody sees it. What lies over it says nothing: pages lay a face of letters over a picture that is paused. */
  get isHidden() {
    if (this.#floating) return false;
    if (!this.isMeasured) return false;
    const isThere = this.#isInWindow && this.#box.width > 0 && this.#box.height > 0;
    return !isThere || this.#video.ownerDocument.visibilityState === "hidden";
  }

  close() {
    for (const observer of this.#observers) observer.disconnect();
    this.#listeners.abort();
  }

  #observe() {
    const document = this.#document = this.#video.ownerDocument, view = document.defaultView ?? globalThis;
    this.#listeners = new AbortController();
    const options = { signal: this.#listeners.signal };
    const sizes = new view.ResizeObserver(([entry]) => {
      this.#box = { width: entry.contentRect.width, height: entry.contentRect.height };
      this.#measure();
    });
    const places = new view.IntersectionObserver((entries) => {
      // Moved to another document, as into a window of document picture-in-picture: measured there from now on.
      if (this.#video.ownerDocument !== this.#document) return this.#observeAnew();
      this.#isInWindow = entries.at(-1).isIntersecting;
      this.isMeasured ||= this.#video.isConnected;
      this.#measure();
    }, { rootMargin: prefetchMargin });
    try {
      sizes.observe(this.#video, { box: "device-pixel-content-box" });  // another zoom or screen changes it too
    } catch {
      sizes.observe(this.#video);  // a browser that does not know it
      this.#followPixelRatio(view, options);
    }
    places.observe(this.#video);
    this.#observers = [sizes, places];
    document.addEventListener("visibilitychange", () => this.#changed(), options);
    this.#video.addEventListener("resize", () => this.#measure(), options);  // the picture has another shape
    this.#video.addEventListener("enterpictureinpicture", (event) => this.#float(event.pictureInPictureWindow), options);
    this.#video.addEventListener("leavepictureinpicture", () => this.#float(null), options);
  }

  #observeAnew() {
    this.close();
    this.isMeasured = false;
    this.#observe();
  }

  #float(window) {
    this.#floating = window;
    window?.addEventListener("resize", () => this.#measure(), { signal: this.#listeners.signal });
    this.#measure();
  }

  /** Another screen or zoom has other device pixels. */
  #followPixelRatio(view, options) {
    const follow = () => {
      if (options.signal.aborted) return;
      view.matchMedia?.(`(resolution: ${view.devicePixelRatio}dppx)`).addEventListener("change", () => {
        this.#measure();
        follow();
      }, { ...options, once: true });
    };
    follow();
  }

  #measure() {
    const video = this.#video, view = video.ownerDocument.defaultView ?? globalThis;
    let { width, height } = this.#floating ?? this.#box;
    const { videoWidth, videoHeight } = video;
    if (videoWidth && (this.#floating || isShownWhole(video, view))) {
      // Bars beside the picture are no picture.
      const scale = Math.min(width / videoWidth, height / videoHeight);
      [width, height] = [videoWidth * scale, videoHeight * scale];
    }
    const pixels = (length) => Math.min(largest, Math.round(length * view.devicePixelRatio));
    if (width > 0 && height > 0) this.size = { width: pixels(width), height: pixels(height) };
    this.#changed();
  }
}

function isShownWhole(video, view) {
  return ["contain", "scale-down"].includes(view.getComputedStyle(video).objectFit);
}
