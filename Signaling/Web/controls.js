import { byID, setIcon } from "./dom.js";
import { orToast, toast } from "./toasts.js";

const stateTexts = {
  denied: "Not this time: the host keeps you in the audience.",
  demoted: "You are back in the audience.",
  approved: "You are on stage.",
  accepted: "You are on stage.",
  expired: "The invitation has expired.",
};

/** The bar at the foot: hand, microphone, camera, screen, and the ways out. */
export class Controls {
  #session;
  #listeners = new AbortController();
  #isBusy = false;

  constructor(session) {
    this.#session = session;
    const on = (id, action) =>
      byID(id).addEventListener("click", () => this.#run(action), { signal: this.#listeners.signal });
    on("raise-hand", () => this.#toggleHand());
    on("accept", () => session.accept());
    on("decline", () => session.decline());
    on("leave-stage", () => session.leaveStage());
    on("toggle-microphone", () => this.#toggleSource("microphone"));
    on("toggle-camera", () => this.#toggleSource("camera"));
    on("share-screen", () => session.isPublished("screen") ? session.unpublish("screen") : this.#shareScreen());
    on("leave", () => session.leave());
    byID("play-sound").addEventListener("click", () => {
      byID("play-sound").hidden = true;
      orToast(session.playSound());
    }, { signal: this.#listeners.signal });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal: this.#listeners.signal });
    for (const event of ["devices", "permissions"]) session.addEventListener(event, () => this.update());
    session.addEventListener("stagestate", ({ detail }) => {
      if (stateTexts[detail.cause]) toast(stateTexts[detail.cause]);
      if (detail.state === "invited") byID("accept").focus();
      this.update();
    });
    session.addEventListener("muterequest", ({ detail }) => {
      toast(detail.muted ? `A host muted your ${detail.source}.` : `A host asks you to unmute your ${detail.source}.`);
    });
    session.addEventListener("soundblocked", () => { byID("play-sound").hidden = false; });
    session.addEventListener("error", ({ detail }) => toast(detail.message, { isError: true }));
    this.update();
  }

  close() {
    this.#listeners.abort();
    byID("play-sound").hidden = true;
    byID("invitation").hidden = true;
  }

  update() {
    const session = this.#session, { state, participant } = session;
    const isOnStage = state === "onStage", hand = byID("raise-hand"), isRaised = state === "requested";
    byID("stage-controls").hidden = !isOnStage;
    byID("leave-stage").hidden = !isOnStage || participant.permissions.moderate;
    byID("invitation").hidden = state !== "invited";
    hand.hidden = isOnStage || state === "invited" || !participant.permissions.requestStage;
    hand.classList.toggle("primary", !isRaised);
    hand.setAttribute("aria-pressed", isRaised);
    hand.querySelector("span").textContent = isRaised ? "Hand is raised. Lower it" : "Raise hand";
    hand.disabled = this.#isBusy;
    this.#showToggle("microphone", "Microphone", "M");
    this.#showToggle("camera", "Camera", "V");
    const share = byID("share-screen"), isSharing = session.isPublished("screen");
    share.hidden = !participant.permissions.publish.includes("screen") || !navigator.mediaDevices?.getDisplayMedia;
    share.classList.toggle("on", isSharing);
    share.setAttribute("aria-pressed", isSharing);
    share.setAttribute("aria-label", isSharing ? "Stop sharing the screen" : "Share screen");
    share.title = share.getAttribute("aria-label");
  }

  #showToggle(source, word, key) {
    const button = byID(`toggle-${source}`);
    const isOn = Boolean(this.#session.track(source)) && !this.#session.isMuted(source);
    button.classList.toggle("off", !isOn);
    button.setAttribute("aria-pressed", isOn);
    button.setAttribute("aria-label", `${word} is ${isOn ? "on" : "off"}`);
    button.title = `Turn ${word.toLowerCase()} ${isOn ? "off" : "on"} (${key})`;
    button.hidden = !this.#session.participant.permissions.publish.includes(source);
    setIcon(button, isOn ? source : `${source}-off`);
  }

  async #toggleHand() {
    const session = this.#session;
    if (session.state === "requested") await session.lowerHand();
    else await session.raiseHand();
  }

  async #toggleSource(source) {
    const session = this.#session;
    if (!session.track(source)) {
      await session.mute(source, false);
      await session.publish(source);
    } else {
      await session.mute(source, !session.isMuted(source));
    }
  }

  async #shareScreen() {
    try {
      await this.#session.publish("screen");
    } catch (error) {
      if (error.code !== "deviceDenied") throw error;  // the person closed the chooser
    }
  }

  /** One thing at a time, so that a double click does not ask twice. */
  async #run(action) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.update();
    await orToast(action());
    this.#isBusy = false;
    this.update();
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input, textarea")) return;
    const id = { m: "toggle-microphone", v: "toggle-camera", h: "raise-hand" }[event.key.toLowerCase()];
    const button = id && byID(id);
    if (button && button.offsetParent && !button.disabled) button.click();
  }
}
