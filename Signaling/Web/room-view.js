import { Controls } from "./controls.js";
import { byID } from "./dom.js";
import { People } from "./people.js";
import { StageView } from "./stage-view.js";
import { toast, withdrawToasts } from "./toasts.js";

const connectionTexts = {
  new: "Connecting…",
  connecting: "Connecting…",
  disconnected: "The connection is interrupted. Waiting for it to come back…",
};

/** The link that invites others into the room. */
export function inviteLink(room) {
  return `${location.origin}/?room=${encodeURIComponent(room)}`;
}

/** A joined room on the page. */
export class RoomView {
  #session;
  #parts;
  #listeners = new AbortController();

  constructor(session) {
    this.#session = session;
    byID("room-name").textContent = session.room.name;
    document.title = `${session.room.name} · Forestage`;
    byID("room-view").hidden = false;
    this.#parts = [new StageView(session), new People(session), new Controls(session)];
    byID("copy-link").addEventListener("click", () => this.#copyLink(), { signal: this.#listeners.signal });
    session.addEventListener("audience", () => this.#update());
    session.addEventListener("stage", () => this.#update());
    session.addEventListener("connection", ({ detail }) => this.#showConnection(detail.state));
    session.addEventListener("draining", () => toast("The server will restart soon."));
    this.#update();
    // The lobby's fields have gone; whoever listens hears where they are now.
    if (!document.activeElement?.closest("dialog")) byID("room-name").focus();
  }

  close() {
    this.#listeners.abort();
    for (const part of this.#parts) part.close();
    withdrawToasts();
    byID("room-view").hidden = true;
    byID("connection-banner").hidden = true;
  }

  #update() {
    const { audience, stage } = this.#session;
    byID("viewers-count").textContent = audience.toLocaleString();
    byID("viewers").title = `${audience.toLocaleString()} watching`;
    byID("live").hidden = !stage.members.some(({ tracks }) => tracks.length > 0);
  }

  #showConnection(state) {
    const banner = byID("connection-banner");
    banner.hidden = !connectionTexts[state];
    banner.textContent = connectionTexts[state] ?? "";
  }

  async #copyLink() {
    const link = inviteLink(this.#session.room.name);
    try {
      await navigator.clipboard.writeText(link);
      toast("Invite link copied. Send it to anybody who should watch.");
    } catch {
      prompt("Copy this link:", link);  // the clipboard is for secure pages only
    }
  }
}
