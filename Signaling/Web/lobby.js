import { byID } from "./dom.js";
import { Preview } from "./preview.js";
import { plainWords } from "./words.js";

const remembered = "forestage.name";
/** So long the doors stay shut for the server's word; then whoever likes may try. */
const patienceMs = 3000;
/** The front page of a development server leads everybody to the same room; its name can be changed. */
const frontRoom = "stage";

/** By role: what the link is for, what the one door is called, and whether it leads on stage. */
const roles = {
  host: { invited: "You are invited as host.", door: "Join as host", note: "Go on stage and bring others up.", isOnStage: true },
  moderator: { invited: "You are invited as moderator.", door: "Join as moderator", note: "Watch, and answer raised hands." },
  costreamer: { invited: "You are invited to stand on stage.", door: "Join the stage", note: "Your camera and microphone come next.", isOnStage: true },
  viewer: { invited: "You are invited to a live stage.", door: "Join as viewer", note: "Watch now. No camera is asked for." },
};

/** The way in: a name, and the doors that fit. Only a door that leads on stage asks for devices, after it was chosen. */
export class Lobby {
  #onJoin;
  #pass = null;
  #preview = new Preview();
  /** The role whose door was chosen. */
  #role = null;
  #isOpen = false;
  #isJoining = false;

  /** `onJoin({name, room, role, camera, microphone})` returns a promise; its error is shown here. */
  constructor({ onJoin }) {
    this.#onJoin = onJoin;
    byID("lobby-slow").hidden = true;
    byID("join-viewer").addEventListener("click", () => this.#choose(this.#isStageLink ? "viewer" : this.#claimedRole ?? "viewer"));
    byID("join-host").addEventListener("click", () => this.#choose(this.#claimedRole ?? "host"));
    byID("preview-back").addEventListener("click", () => this.#back());
    byID("go-on-stage").addEventListener("click", () => this.#goOnStage());
    byID("join-form").addEventListener("submit", (event) => {
      event.preventDefault();  // Enter in a field: the bright door
      byID(byID("lobby-preview").hidden ? byID("lobby-doors").querySelector(".button.primary")?.id : "go-on-stage")?.click();
    });
    this.#noticeInsecurePage();
    this.#updateDoors();
  }

  get #claimedRole() { return this.#pass?.claims?.role; }
  get #isStageLink() { return roles[this.#claimedRole]?.isOnStage; }

  /** Fits the page to the link; what the server has to say comes later (`await`). */
  fit(pass) {
    this.#pass = pass;
    const { room, claims } = pass;
    byID("name").value = claims?.name ?? localStorage.getItem(remembered) ?? "";
    byID("name").readOnly = Boolean(claims?.name);
    byID("room").value = room ?? frontRoom;
    byID("room-field").hidden = Boolean(room);
    if (room) byID("lobby-title").textContent = room;
    if (claims) this.#fitTo(claims.role);
    else this.#fitToEverybody(room);
  }

  /** Opens the doors when the server has said who may come in: the link's exchange, or whether a link is needed. */
  async await({ pass, server }) {
    this.#say("");
    const slow = setTimeout(() => {
      byID("lobby-status").textContent = pass.claims
        ? "The server does not answer yet. This page goes on asking." : "The server does not answer yet. You can try to come in all the same.";
      if (!pass.claims) this.#open();
    }, patienceMs);
    await (pass.claims ? pass.ready : server.answered);
    clearTimeout(slow);
    byID("lobby-status").textContent = "";
    const mayEnter = pass.claims || server.isDevelopment;
    if (pass.error) this.#shut("This link does not let you in", plainWords(pass.error));
    else if (!mayEnter) this.#shut("You need an invitation", "This server lets people in with a link of their own. Ask a host for one, and open it here.");
    this.#open();
  }

  #open() {
    this.#isOpen = true;
    byID("lobby").removeAttribute("aria-busy");
    this.#updateDoors();
  }

  #updateDoors() {
    for (const door of ["join-viewer", "join-host", "go-on-stage"]) byID(door).disabled = !this.#isOpen || this.#isJoining;
  }

  show(error = "") {
    byID("lobby").hidden = false;
    document.title = "Forestage";
    this.#back();
    this.#say(error);
    if (!byID("name").value) byID("name").focus();
  }

  hide() {
    byID("lobby").hidden = true;
  }

  /** A token is for one role: one door. */
  #fitTo(role) {
    const { invited, door, note, isOnStage } = roles[role] ?? { invited: "You are invited.", door: "Join", note: "" };
    byID("lobby-subtitle").textContent = invited;
    const [shown, other] = isOnStage ? ["join-host", "join-viewer"] : ["join-viewer", "join-host"];
    byID(shown).querySelector("b").textContent = door;
    byID(shown).querySelector("small").textContent = note;
    byID(other).hidden = true;
    this.#brighten(shown);
  }

  /** The likelier door is the bright one: a link means watching, no link means starting the stage. */
  #fitToEverybody(room) {
    if (room) byID("lobby-subtitle").textContent = "You are invited to a live stage.";
    else byID("join-viewer").before(byID("join-host"));
    this.#brighten(room ? "join-viewer" : "join-host");
  }

  #brighten(id) {
    for (const door of ["join-viewer", "join-host"]) byID(door).classList.toggle("primary", door === id);
  }

  #shut(title, text) {
    this.#preview.close();
    byID("lobby-preview").hidden = true;
    byID("lobby-doors").hidden = true;
    byID("lobby-shut").hidden = false;
    byID("lobby-shut-title").textContent = title;
    byID("lobby-shut-text").textContent = text;
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

  /** Whether name and room can be used; the fault is shown. */
  #check() {
    const name = byID("name"), room = byID("room");
    const fault = !name.value.trim() ? [name, "Please tell the others your name."]
      : !/^[A-Za-z0-9._-]{1,64}$/.test(room.value) ? [room, "A room's name has letters, digits, dots, hyphens and underscores."]
        : null;
    for (const field of [name, room]) field.setAttribute("aria-invalid", field === fault?.[0]);
    this.#say(fault?.[1] ?? "");
    fault?.[0].focus();
    return !fault;
  }

  async #choose(role) {
    if (!this.#check()) return;
    if (!byID("name").readOnly) localStorage.setItem(remembered, byID("name").value.trim());
    this.#role = role;
    if (!roles[role]?.isOnStage) return this.#join({});
    byID("lobby-doors").hidden = true;
    byID("lobby-preview").hidden = false;
    byID("go-on-stage").focus();
    await this.#preview.open(["microphone", "camera"].filter((source) => this.#pass.mayPublish(source)));
  }

  /** Nobody comes on stage without the devices that the browser is just opening. */
  async #goOnStage() {
    await this.#preview.settled;
    if (!this.#isJoining && !byID("lobby-preview").hidden) await this.#join(this.#preview.tracks);
  }

  async #join(tracks) {
    this.#isJoining = true;
    this.#updateDoors();
    this.#say("");
    byID("lobby-status").textContent = "Coming in…";
    try {
      await this.#onJoin({ name: byID("name").value.trim(), room: byID("room").value, role: this.#role, ...tracks });
      this.#preview.release(tracks);  // they are the session's from now on
    } catch (error) {
      this.#back();  // no device stays open
      if (error.code !== "givenUp") this.#say(plainWords(error));
    } finally {
      byID("lobby-status").textContent = "";
      this.#isJoining = false;
      this.#updateDoors();
    }
  }

  #back() {
    this.#preview.close();
    this.#say("");
    byID("lobby-preview").hidden = true;
    byID("lobby-doors").hidden = !byID("lobby-shut").hidden;
  }

  #say(text) {
    byID("lobby-error").textContent = text;
  }
}
