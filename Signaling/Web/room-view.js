import { Banner } from "./banner.js";
import { Controls } from "./controls.js";
import { byID } from "./dom.js";
import { Invitations } from "./invitations.js";
import { InviteLink } from "./invite-link.js";
import { People } from "./people.js";
import { StageView } from "./stage-view.js";
import { orToast, toast, withdrawToast, withdrawToasts } from "./toasts.js";

/** A joined room on the page. */
export class RoomView {
  #session;
  #parts;
  #link;
  #listeners = new AbortController();

  /**
   * `pass` is what let the page in; without it the room is one that everybody may enter. `chosen` {camera, microphone} is what
   * the person wanted on stage the last time.
   */
  constructor(session, { pass = null, isDevelopment = true, chosen } = {}) {
    this.#session = session;
    this.#link = new InviteLink(session, { pass, isDevelopment });
    byID("room-name").textContent = session.room.name;
    document.title = `${session.room.name} · Forestage`;
    byID("room-view").hidden = false;
    this.#parts = [new StageView(session), new People(session), new Controls(session, { chosen }), new Banner(session), new Invitations(session)];
    byID("copy-link").addEventListener("click", () => orToast(this.#link.copy()), { signal: this.#listeners.signal });
    for (const event of ["audience", "stage", "permissions"]) session.addEventListener(event, () => this.#update());
    session.addEventListener("draining", () => toast("The server will restart soon.", { topic: "draining" }));
    session.addEventListener("reconnecting", () => withdrawToast("draining"));
    this.#update();
  }

  close() {
    this.#listeners.abort();
    for (const part of this.#parts) part.close();
    withdrawToasts();
    byID("room-view").hidden = true;
  }

  #update() {
    const { audience, stage } = this.#session;
    byID("viewers-count").textContent = audience.toLocaleString();
    byID("viewers").title = `${audience.toLocaleString()} watching`;
    byID("live").hidden = !stage.members.some(({ tracks }) => tracks.length > 0);
    byID("copy-link").hidden = !this.#link.isThere;
  }
}
