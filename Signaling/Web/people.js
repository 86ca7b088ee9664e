import { Actions } from "./actions.js";
import { ask } from "./dialogs.js";
import { byID, iconButton, make } from "./dom.js";
import { toast, withdrawToast } from "./toasts.js";

/** The host's side: raised hands to answer, members to send back, the room to lock or end. */
export class People {
  #session;
  #panel = byID("people");
  #toggle = byID("people-toggle");
  #asking = new Set();
  #actions = new Actions();
  #listeners = new AbortController();

  constructor(session) {
    this.#session = session;
    const on = (id, action) => byID(id).addEventListener("click", action, { signal: this.#listeners.signal });
    on("people-toggle", () => this.#openByHand(this.#panel.hidden));
    on("people-close", () => this.#openByHand(false));
    on("lock-room", () => this.#actions.once("lock-room", () => session.lock(!session.room.locked)));
    on("end-room", () => this.#actions.once("end-room", () => this.#end()));
    document.addEventListener("keydown", (event) => {
      const isOpen = !this.#panel.hidden && isOverlay() && !document.querySelector("dialog[open]");
      if (event.key === "Escape" && isOpen) this.#openByHand(false);
    }, { signal: this.#listeners.signal });
    for (const event of ["stage", "permissions", "room"]) session.addEventListener(event, () => this.update());
    let { role } = session.participant;
    session.addEventListener("permissions", () => {
      if (session.participant.role === role) return;
      ({ role } = session.participant);
      if (role === "host") toast("You are host now.", { topic: "role" });
    });
    if (session.participant.permissions.moderate && !isOverlay()) this.#open(true);
    this.update();
  }

  close() {
    this.#listeners.abort();
    this.#panel.hidden = true;
    this.#toggle.hidden = true;
  }

  update() {
    const { stage, participant, room } = this.#session;
    const mayModerate = participant.permissions.moderate;
    this.#toggle.hidden = !mayModerate;
    if (!mayModerate) this.#open(false);
    const asking = stage.requests.filter(({ state }) => state === "requested");
    const badge = byID("people-badge");
    badge.hidden = asking.length === 0;
    badge.replaceChildren(String(asking.length),
      make("span", { className: "unseen", textContent: asking.length === 1 ? " hand raised" : " hands raised" }));
    for (const { participant, name } of asking) {
      if (!this.#asking.has(participant) && mayModerate) toast(`${name} raised a hand`, { topic: `hand ${participant}` });
      this.#asking.delete(participant);
    }
    for (const participant of this.#asking) withdrawToast(`hand ${participant}`);
    this.#asking = new Set(asking.map(({ participant }) => participant));
    this.#fill("queue", stage.requests.map((request) => this.#requestRow(request)), "No hand is raised.");
    this.#fill("members", stage.members.map((member) => this.#memberRow(member)), "Nobody is on stage.");
    const lock = byID("lock-room"), isHost = participant.role === "host";
    lock.hidden = !isHost;
    byID("end-room").hidden = !isHost;
    lock.classList.toggle("on", room.locked);
    lock.querySelector("span").textContent = room.locked ? "Unlock room" : "Lock room";
    byID("locked").hidden = !room.locked;
  }

  async #end() {
    const isWanted = await ask({
      title: "End the show for everybody?",
      text: "Everybody is sent out and the room is gone. This cannot be taken back.", action: "End the show",
    });
    if (isWanted) await this.#session.end();
  }

  /** A hand whose owner's connection is gone stays in the queue for its return, and says so. */
  #requestRow({ participant, name, state, away = false }) {
    const session = this.#session, { version } = session.stage, gone = "connection lost, may come back";
    if (state === "invited") {
      return this.#row(`invited-${participant}`, away ? "away" : "", name, away ? `Invited; ${gone}` : "Invited, waiting for an answer");
    }
    return this.#row(
      `asking-${participant}`, away ? "asking away" : "asking", name, away ? `raised a hand; ${gone}` : "raised a hand",
      this.#button("cross", `deny ${participant}`, () => session.deny(participant, version), { label: `Deny ${name}`, className: "deny" }),
      this.#button("check", `approve ${participant}`, () => session.approve(participant, version), {
        text: "Approve", label: `Approve ${name}`, className: "primary approve",
      }));
  }

  #memberRow({ participant, name, role, tracks, away = false }) {
    const session = this.#session;
    if (participant === session.participant.id) return this.#row(`member-${participant}`, "", `${name} (you)`, role);
    const microphone = tracks.find(({ source }) => source === "microphone");
    return this.#row(
      `member-${participant}`, away ? "away" : "", name, away ? `${role}; connection lost, may come back` : role,
      microphone && !microphone.muted ? this.#button(
        "microphone-off", `mute ${participant}`, () => session.muteParticipant(participant, "microphone"), { label: `Mute ${name}` },
      ) : null,
      this.#button("down", `demote ${participant}`, () => session.demote(participant), {
        label: `Send ${name} back to the audience`, className: "demote",
      }),
      this.#button("cross", `remove ${participant}`, () => this.#remove(participant, name), {
        label: `Remove ${name} from the room`, className: "remove",
      }));
  }

  async #remove(participant, name) {
    const isWanted = await ask({
      title: `Remove ${name} from the room?`, text: "They are sent out at once and kept out.", action: "Remove",
    });
    if (isWanted) await this.#session.remove(participant);
  }

  #button(icon, control, action, properties) {
    return iconButton(icon, { ...properties, onClick: () => this.#actions.once(control, action) });
  }

  #row(key, className, name, note, ...buttons) {
    const who = make("span", { className: "who", textContent: name }, make("small", { textContent: note }));
    const row = make("li", { className }, who, ...buttons);
    row.dataset.key = key;
    return row;
  }

  /** Fills a list anew and keeps the keyboard's place in it. */
  #fill(id, rows, ifNone) {
    const list = byID(id);
    const focused = document.activeElement?.closest(`#${id} button`);
    const key = focused?.closest("li").dataset.key, label = focused?.getAttribute("aria-label");
    list.replaceChildren(...(rows.length ? rows : [make("li", { className: "nobody", textContent: ifNone })]));
    if (!focused) return;
    const row = [...list.children].find((row) => row.dataset.key === key);
    const again = [...(row?.querySelectorAll("button") ?? [])].find((button) => button.getAttribute("aria-label") === label);
    (again ?? list.querySelector("button") ?? this.#toggle).focus();
  }

  #open(isOpen) {
    this.#panel.hidden = !isOpen;
    this.#toggle.setAttribute("aria-expanded", isOpen);
  }

  /** Where the panel covers the stage, the focus goes with it. */
  #openByHand(isOpen) {
    this.#open(isOpen);
    if (isOpen && isOverlay()) byID("people-close").focus();
    if (!isOpen) this.#toggle.focus();
  }
}

/** Whether the panel lies over the stage instead of beside it: the same sizes as in style.css. */
function isOverlay() {
  return matchMedia("(max-width: 720px), (max-height: 480px)").matches;
}
