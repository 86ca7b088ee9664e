import { openDevices, openWhatThereIs } from "/client/forestage.js";
import { byID, setIcon } from "./dom.js";
import { whatIsMissing } from "./devices.js";

/** Camera and microphone before going on stage: a picture, a meter, and switches. */
export class Preview {
  #tracks = {};
  #sources = [];
  #meter = null;
  #isOpen = false;
  #opening = Promise.resolve();

  constructor() {
    byID("preview-camera").addEventListener("click", () => this.#toggle("camera"));
    byID("preview-microphone").addEventListener("click", () => this.#toggle("microphone"));
  }

  /** What is open: {camera?, microphone?} of tracks. */
  get tracks() { return { ...this.#tracks }; }

  /** Opens what there is of the sources; whoever closes meanwhile leaves nothing open. */
  async open(sources) {
    this.#isOpen = true;
    this.#sources = sources;
    this.#show("Waiting for your camera and microphone. Your browser may ask.");
    await this.#take(async () => {
      const { tracks, missing } = await openWhatThereIs(Object.fromEntries(sources.map((source) => [source, true])));
      return { tracks, text: whatIsMissing(missing, { isOnStage: false }) };
    });
  }

  /** Closes the devices. */
  close() {
    for (const track of Object.values(this.#tracks)) track.stop();
    this.#forget();
  }

  /** The tracks belong to somebody else from now on. */
  #forget() {
    this.#isOpen = false;
    this.#tracks = {};
    this.#show("");
  }

  /** Shows the tracks no more: those that were given away belong to somebody else; what was opened since is closed. */
  release(given) {
    for (const [source, track] of Object.entries(this.#tracks)) if (given[source] !== track) track.stop();
    this.#forget();
  }

  /** Resolves when the browser has answered what it was asked for last. */
  get settled() { return this.#opening; }

  async #take(open) {
    const opening = open();
    this.#opening = opening;
    const { tracks, text } = await opening;
    if (!this.#isOpen) {  // the person went back while the browser was asking
      for (const track of Object.values(tracks)) track.stop();
      return;
    }
    for (const [source, track] of Object.entries(tracks)) {
      this.#tracks[source]?.stop();  // pressed twice while the browser was asking
      this.#tracks[source] = track;
    }
    this.#show(text);
  }

  async #toggle(source) {
    if (this.#tracks[source]) {
      this.#tracks[source].stop();
      delete this.#tracks[source];
      return this.#show("");
    }
    await this.#take(async () => {
      try {
        return { tracks: await openDevices({ camera: false, microphone: false, [source]: true }), text: "" };
      } catch (error) {
        return { tracks: {}, text: error.message };
      }
    });
  }

  #show(text) {
    const { camera, microphone } = this.#tracks;
    byID("preview-video").srcObject = camera ? new MediaStream([camera]) : null;
    byID("preview-state").textContent = text || (camera ? "" : "Your camera is off");
    for (const source of ["camera", "microphone"]) {
      const button = byID(`preview-${source}`), isOn = Boolean(this.#tracks[source]);
      button.hidden = !this.#sources.includes(source);
      button.classList.toggle("off", !isOn);
      button.setAttribute("aria-pressed", isOn);
      setIcon(button, isOn ? source : `${source}-off`);
    }
    this.#stopMeter();
    if (microphone) this.#startMeter(microphone);
  }

  #startMeter(microphone) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([microphone])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      byID("preview-level").style.setProperty("--level", Math.min(1, level * 4));
    }, 80);
    this.#meter = { timer, context };
  }

  #stopMeter() {
    if (!this.#meter) return;
    clearInterval(this.#meter.timer);
    this.#meter.context.close();
    this.#meter = null;
    byID("preview-level").style.setProperty("--level", 0);
  }
}
