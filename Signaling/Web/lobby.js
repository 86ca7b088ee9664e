import { openDevices } from "/client/forestage.js";
import { byID, setIcon } from "./dom.js";
import { plainWords } from "./words.js";

const remembered = "forestage.name";

/** Rooms for whoever comes without a link. */
function freshRoomName() {
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return `stage-${number.toString(36).slice(0, 5)}`;
}

/** The way in: a name, and either door. Only the host's door asks for devices, after it was chosen. */
export class Lobby {
  #onJoin;
  #tracks = {};
  #meter = null;
  #room;
  #token;

  /** `onJoin({name, room, role, token, camera, microphone})` returns a promise; its error is shown here. */
  constructor({ room, token, onJoin }) {
    this.#onJoin = onJoin;
    this.#room = room;
    this.#token = token;
    byID("name").value = localStorage.getItem(remembered) ?? "";
    byID("room").value = room ?? freshRoomName();
    byID("room-field").hidden = Boolean(room);
    byID("join-viewer").addEventListener("click", () => this.#joinAsViewer());
    byID("join-host").addEventListener("click", () => this.#preview());
    byID("preview-back").addEventListener("click", () => this.#back());
    byID("go-on-stage").addEventListener("click", () => this.#joinAsHost());
    byID("preview-camera").addEventListener("click", () => this.#toggle("camera"));
    byID("preview-microphone").addEventListener("click", () => this.#toggle("microphone"));
    byID("join-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const isPreview = !byID("lobby-preview").hidden;
      byID(isPreview ? "go-on-stage" : room ? "join-viewer" : "join-host").click();
    });
    // The likelier door is the bright one: a link means watching, no link means starting a room.
    byID("join-viewer").classList.toggle("primary", Boolean(room));
    byID("join-host").classList.toggle("primary", !room);
    if (!room) byID("join-viewer").before(byID("join-host"));
    if (room) {
      byID("lobby-title").textContent = room;
      byID("lobby-subtitle").textContent = "You are invited to a live stage.";
    }
    this.#noticeInsecurePage();
  }

  show() {
    byID("lobby").hidden = false;
    document.title = "Forestage";
    this.#back();
    if (!byID("name").value) byID("name").focus();
  }

  hide() {
    byID("lobby").hidden = true;
  }

  #noticeInsecurePage() {
    if (navigator.mediaDevices) return;
    const here = location.port ? `http://localhost:${location.port}` : "http://localhost";
    byID("device-notice-title").textContent = "You can watch, but not use a camera here";
    byID("device-notice-text").textContent = "Browsers allow camera and microphone only on secure pages, and this one "
      + `(${location.origin}) is plain http from another machine. To go on stage, open it over https, or on the server's `
      + `own machine as ${here}.`;
    byID("device-notice").hidden = false;
  }

  /** What was typed, or null with the fault shown. */
  #entries() {
    const name = byID("name"), room = byID("room");
    const fault = !name.value.trim() ? [name, "Please tell the others your name."]
      : !/^[A-Za-z0-9._-]{1,64}$/.test(room.value) ? [room, "A room's name has letters, digits, dots, hyphens and underscores."]
        : null;
    for (const field of [name, room]) field.setAttribute("aria-invalid", field === fault?.[0]);
    this.#say(fault?.[1] ?? "");
    if (fault) {
      fault[0].focus();
      return null;
    }
    localStorage.setItem(remembered, name.value.trim());
    return { name: name.value.trim(), room: room.value, token: this.#token };
  }

  #joinAsViewer() {
    const entries = this.#entries();
    if (entries) this.#join({ ...entries, role: "viewer" });
  }

  #joinAsHost() {
    const entries = this.#entries();
    if (entries) this.#join({ ...entries, role: "host", ...this.#tracks });
  }

  async #join(entries) {
    const buttons = ["join-viewer", "join-host", "go-on-stage"].map(byID);
    for (const button of buttons) button.disabled = true;
    this.#say("");
    try {
      await this.#onJoin(entries);
      this.#stopMeter();
      this.#tracks = {};  // the session's from now on
      byID("preview-video").srcObject = null;
    } catch (error) {
      this.#say(plainWords(error));
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  async #preview() {
    if (!this.#entries()) return;
    byID("lobby-doors").hidden = true;
    byID("lobby-preview").hidden = false;
    byID("go-on-stage").focus();
    await this.#openDevices({ camera: true, microphone: true });
  }

  #back() {
    for (const track of Object.values(this.#tracks)) track.stop();
    this.#tracks = {};
    this.#showDevices("");
    this.#say("");
    byID("lobby-preview").hidden = true;
    byID("lobby-doors").hidden = false;
  }

  async #openDevices(wish) {
    this.#showDevices("Waiting for your camera and microphone. Your browser may ask.");
    let text = "";
    try {
      Object.assign(this.#tracks, await openDevices(wish));
    } catch (error) {
      text = `${error.message} You can also go on stage without.`;
      // A machine without a camera may still have a microphone.
      if (error.code === "deviceMissing" && wish.camera && wish.microphone) {
        Object.assign(this.#tracks, await openDevices({ camera: false, microphone: true }).catch(() => ({})));
      }
    }
    if (!byID("lobby-preview").hidden) return this.#showDevices(text);
    this.#back();  // the person went back while the browser was asking
  }

  async #toggle(source) {
    if (this.#tracks[source]) {
      this.#tracks[source].stop();
      delete this.#tracks[source];
      this.#showDevices("");
    } else {
      await this.#openDevices({ camera: source === "camera", microphone: source === "microphone" });
    }
  }

  #showDevices(text) {
    const { camera, microphone } = this.#tracks;
    const video = byID("preview-video");
    video.srcObject = camera ? new MediaStream([camera]) : null;
    byID("preview-state").textContent = text || (camera ? "" : "Your camera is off");
    for (const source of ["camera", "microphone"]) {
      const button = byID(`preview-${source}`), isOn = Boolean(this.#tracks[source]);
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

  #say(text) {
    byID("lobby-error").textContent = text;
  }
}
