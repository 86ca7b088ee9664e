/** From so many pixels on Chromium sends three encodings (960x540), and two (480x270); others it leaves out, from the end. */
const threeFrom = 960 * 540, twoFrom = 480 * 270;
/** A picture of 1280x720 gets this bitrate; half the width and height about a third of it. */
const referencePixels = 1280 * 720, referenceBitrate = 1_700_000, bitrateExponent = 0.88;
const largestBitrate = 4_000_000;

/** The RIDs of the camera's encodings, the smallest first: what a browser leaves out, it leaves out from the end. */
export const rids = ["q", "h", "f"];

/**
 * How a picture of this size is sent in up to `count` encodings: [{scaleResolutionDownBy, maxBitrate}], the smallest first.
 * Without a size it is taken for one of 1280x720.
 */
export function layersFor({ width = 1280, height = 720 } = {}, count = rids.length) {
  const pixels = width * height;
  const fitting = Math.min(count, pixels >= threeFrom ? 3 : pixels >= twoFrom ? 2 : 1);
  return Array.from({ length: fitting }, (_, index) => {
    const scale = 2 ** (fitting - 1 - index);
    return { scaleResolutionDownBy: scale, maxBitrate: bitrateFor(pixels / scale ** 2) };
  });
}

function bitrateFor(pixels) {
  const bitrate = referenceBitrate * (pixels / referencePixels) ** bitrateExponent;
  return Math.min(largestBitrate, 10_000 * Math.max(5, Math.round(bitrate / 10_000)));
}

/** VP9 and AV1 send one of several encodings alone, and that a quarter of its size, unless each has a mode. */
const withModes = new Set(["VP9", "AV1"]);

/** The encodings that a section is offered with. */
export function offeredEncodings(use, codec) {
  if (use === "simulcast") {
    const mode = withModes.has(codec) ? { scalabilityMode: "L1T3" } : {};
    return layersFor().map((layer, index) => ({ rid: rids[index], ...layer, ...mode }));
  }
  if (use === "svc" && withModes.has(codec)) return [{ scalabilityMode: "L3T3_KEY", maxBitrate: bitrateFor(referencePixels) }];
  return [{}];
}

/**
 * A section that sends: its sender, and in how many encodings of which size.
 *
 * All changes of the sender's parameters run one after the other: setParameters refuses what another call has made stale.
 */
export class Section {
  #transceiver;
  #use;
  #track = null;
  /** By RID {active, maxBitrate}, as the server told last; one that is not named is wanted whole. */
  #wanted = new Map();
  /** Settles when the changes so far are made. */
  #last = Promise.resolve();
  #following = new AbortController();

  /** `use`: "simulcast", "svc" or "single" for pictures, "audio". */
  constructor(transceiver, use) {
    this.#transceiver = transceiver;
    this.#use = use;
  }

  get mid() { return this.#transceiver.mid; }
  get sender() { return this.#transceiver.sender; }

  /** Sends the track, or nothing, in the encodings that its size is good for. */
  async put(track) {
    this.#track = track;
    this.#following.abort();
    this.#following = new AbortController();
    track?.addEventListener("configurationchange", () => this.tune(), { signal: this.#following.signal });
    // Side by side: a promotion does not wait for the parameters.
    await Promise.all([this.sender.replaceTrack(track), track ? this.tune() : undefined]);
  }

  /** Sends the encodings that are wanted, and no more of them than is of use: [{rid, active, maxBitrate}]. What is not named goes on. */
  want(encodings) {
    for (const { rid, ...wanted } of encodings) this.#wanted.set(rid, wanted);
    return this.tune();
  }

  /** Makes the parameters what they have to be now; does nothing where they are. */
  tune() {
    if (this.#use === "audio") return this.#last;
    // A wish: a browser may not know a parameter, and a closed connection has none.
    this.#last = this.#last.then(() => this.#set()).catch(() => {});
    return this.#last;
  }

  async #set() {
    const parameters = this.sender.getParameters(), before = JSON.stringify(parameters);
    // What a viewer sees must not shrink for seconds; of a screen the letters count.
    parameters.degradationPreference = "maintain-resolution";
    const codec = parameters.codecs?.[0]?.mimeType.split("/")[1];
    if (this.#use === "simulcast") this.#layer(parameters.encodings ?? [], codec);
    if (this.#use === "svc" && codec && !withModes.has(codec)) {
      for (const encoding of parameters.encodings ?? []) delete encoding.scalabilityMode;
    }
    if (JSON.stringify(parameters) !== before) await this.sender.setParameters(parameters);
  }

  #layer(encodings, codec) {
    if (encodings.length < 2) return;  // a browser that does not know simulcast
    const layers = layersFor(this.#track?.getSettings?.(), encodings.length);
    encodings.forEach((encoding, index) => {
      const layer = layers[index];
      const { active = true, maxBitrate = Infinity } = this.#wanted.get(encoding.rid) ?? {};
      encoding.active = layer !== undefined && active;
      Object.assign(encoding, layer ?? { scaleResolutionDownBy: 1 });
      if (layer && maxBitrate < layer.maxBitrate) encoding.maxBitrate = maxBitrate;
      if (withModes.has(codec)) encoding.scalabilityMode = "L1T3";
    });
  }
}
