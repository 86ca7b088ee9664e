import { Actions } from "./actions.js";
import { closeDialogs, keepFocus, openDialog } from "./dialogs.js";
import { byID, setIcon } from "./dom.js";
import { Keys } from "./keys.js";
import { orToast, toast } from "./toasts.js";
import { plainWords } from "./words.js";

const stateTexts = {
  denied: "Not this time: the host keeps you in the audience.",
  demoted: "You are back in the audience.",
  approved: "You are on stage.",
  accepted: "You are on stage.",
  expired: "The invitation has expired.",
};

/** Somebody's browser takes no format in which the source is sent. */
function undecodable(source) {
  const [what, verb] = {
    microphone: ["your microphone", "hear"], camera: ["your camera", "see"], screen: ["your screen", "see"], screenAudio: ["your screen's sound", "hear"],
  }[source] ?? [source, "receive"];
  return `Some of the others cannot ${verb} ${what}: their browsers do not know the format that yours sends. Another browser on your side may help.`;
}

/** The bar at the foot: hand, microphone, camera, screen, and the ways out. */
export class Controls {
  #session;
  #listeners = new AbortController();
  #actions = new Actions(() => this.update());
  #keys = new Keys();
  #isOpen = true;
  /** What to open for the stage. */
  #chosen;

  constructor(session, { chosen } = {}) {
    this.#session = session;
    this.#chosen = chosen;
    const { signal } = this.#listeners;
    const on = (id, action) => byID(id).addEventListener("click", () => this.#actions.once(id, action), { signal });
    on("raise-hand", () => this.#toggleHand());
    on("accept", () => session.accept(chosen));
    on("decline", () => session.decline());
    on("leave-stage", () => session.leaveStage());
    on("share-screen", () => session.isPublished("screen") ? session.unpublish("screen") : this.#shareScreen());
    on("leave", () => session.leave());
    for (const source of ["microphone", "camera"]) {
      const id = `toggle-${source}`;
      const isOn = () => this.#isOn(source), set = (wish) => this.#setSource(source, wish);
      byID(id).addEventListener("click", () => this.#actions.toggle(id, { isOn, set }), { signal });
    }
    byID("invitation").addEventListener("cancel", (event) => {
      event.preventDefault();  // it closes when the server has heard it
      this.#actions.once("decline", () => session.decline());
    }, { signal });
    byID("play-sound").addEventListener("click", () => {
      byID("play-sound").hidden = true;
      orToast(session.playSound());
    }, { signal });
    for (const event of ["devices", "permissions"]) session.addEventListener(event, () => this.update());
    session.addEventListener("stagestate", ({ detail }) => {
      if (stateTexts[detail.cause]) toast(stateTexts[detail.cause], { topic: "stagestate" });
      this.update();
    });
    session.addEventListener("muterequest", ({ detail }) => {
      toast(detail.muted ? `A host muted your ${detail.source}.` : `A host asks you to unmute your ${detail.source}.`,
        { topic: `mute ${detail.source}` });
    });
    session.addEventListener("undecodable", ({ detail: { source } }) => toast(undecodable(source), { isError: true, topic: `undecodable ${source}` }));
    session.addEventListener("soundblocked", () => { byID("play-sound").hidden = false; });
    session.addEventListener("error", ({ detail }) => toast(plainWords(detail), { isError: true }));
    this.update();
  }

  close() {
    this.#isOpen = false;
    this.#listeners.abort();
    this.#keys.close();
    byID("play-sound").hidden = true;
    closeDialogs();
  }

  update() {
    if (!this.#isOpen) return;  // an action ended after the room was left
    const session = this.#session, { state, participant } = session;
    const focused = document.activeElement;
    const isOnStage = state === "onStage", hand = byID("raise-hand"), isRaised = state === "requested";
    byID("stage-controls").hidden = !isOnStage;
    byID("leave-stage").hidden = !isOnStage || participant.permissions.moderate;
    hand.hidden = isOnStage || state === "invited" || !participant.permissions.requestStage;
    hand.classList.toggle("primary", !isRaised);
    hand.querySelector("span").textContent = isRaised ? "Hand is raised. Lower it" : "Raise hand";
    this.#showToggle("microphone");
    this.#showToggle("camera");
    const share = byID("share-screen"), isSharing = session.isPublished("screen");
    share.hidden = !participant.permissions.publish.includes("screen") || !navigator.mediaDevices?.getDisplayMedia;
    share.classList.toggle("on", isSharing);
    share.setAttribute("aria-pressed", isSharing);
    for (const id of ["raise-hand", "accept", "decline", "leave-stage", "toggle-microphone", "toggle-camera", "share-screen", "leave"]) {
      byID(id).classList.toggle("busy", this.#actions.isRunning(id));
    }
    this.#showInvitation(state === "invited");
    keepFocus(focused);
  }

  #showInvitation(isInvited) {
    const dialog = byID("invitation");
    if (isInvited) openDialog(dialog, byID("accept"));
    else if (dialog.open) dialog.close();
  }

  /** The name stays, pressed or not says the state; the icon and the colour say it to the eye. */
  #showToggle(source) {
    const button = byID(`toggle-${source}`), isOn = this.#isOn(source);
    button.classList.toggle("off", !isOn);
    button.setAttribute("aria-pressed", isOn);
    button.hidden = !this.#session.participant.permissions.publish.includes(source);
    setIcon(button, isOn ? source : `${source}-off`);
  }

  #isOn(source) {
    return Boolean(this.#session.track(source)) && !this.#session.isMuted(source);
  }

  async #toggleHand() {
    const session = this.#session;
    if (session.state === "requested") await session.lowerHand();
    else await session.raiseHand(this.#chosen);
  }

  async #setSource(source, wish) {
    const session = this.#session;
    await session.mute(source, !wish);
    // Nothing is opened for somebody who was sent back while the browser asked.
    if (wish && !session.track(source) && session.state === "onStage") await session.publish(source);
  }

  async #shareScreen() {
    try {
      await this.#session.publish("screen");
    } catch (error) {
      if (error.code !== "deviceDenied") throw error;  // the person closed the chooser
    }
  }
}
