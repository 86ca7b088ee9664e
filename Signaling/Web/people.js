import { byID, iconButton, make } from "./dom.js";
import { orToast, toast } from "./toasts.js";

/** The host's side: raised hands to answer, members to send back, the room to lock or end. */
export class People {
  #session;
  #panel = byID("people");
  #toggle = byID("people-toggle");
  #asking = new Set();
  #listeners = new AbortController();

  constructor(session) {
    this.#session = session;
    const on = (id, action) => byID(id).addEventListener("click", action, { signal: this.#listeners.signal });
    on("people-toggle", () => this.#open(this.#panel.hidden));
    on("people-close", () => this.#open(false));
    on("lock-room", () => orToast(session.lock(!session.room.locked)));
    on("end-room", () => {
      if (confirm("End the event for everybody?")) orToast(session.end());
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && isNarrow()) this.#open(false);
    }, { signal: this.#listeners.signal });
    for (const event of ["stage", "permissions", "room"]) session.addEventListener(event, () => this.update());
    if (session.participant.permissions.moderate && !isNarrow()) this.#open(true);
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
    badge.textContent = asking.length;
    for (const { participant, name } of asking) {
      if (!this.#asking.has(participant) && mayModerate) toast(`${name} raised a hand`);
    }
    this.#asking = new Set(asking.map(({ participant }) => participant));
    this.#fill("queue", stage.requests.map((request) => this.#requestRow(request)), "No hand is raised.");
    this.#fill("members", stage.members.map((member) => this.#memberRow(member)), "Nobody is on stage.");
    const lock = byID("lock-room");
    lock.setAttribute("aria-pressed", room.locked);
    lock.classList.toggle("on", room.locked);
    lock.querySelector("span").textContent = room.locked ? "Unlock room" : "Lock room";
    byID("locked").hidden = !room.locked;
  }

  #requestRow({ participant, name, state }) {
    const session = this.#session, { version } = session.stage;
    if (state === "invited") {
      return this.#row(`invited-${participant}`, "", name, "Invited, waiting for an answer");
    }
    return this.#row(
      `asking-${participant}`, "asking", name, "raised a hand",
      iconButton("cross", { label: `Deny ${name}`, className: "deny", onClick: () => orToast(session.deny(participant, version)) }),
      iconButton("check", {
        text: "Approve", label: `Approve ${name}`, className: "primary approve",
        onClick: () => orToast(session.approve(participant, version)),
      }));
  }

  #memberRow({ participant, name, role, tracks }) {
    const session = this.#session;
    if (participant === session.participant.id) return this.#row(`member-${participant}`, "", `${name} (you)`, role);
    const microphone = tracks.find(({ source }) => source === "microphone");
    return this.#row(
      `member-${participant}`, "", name, role,
      microphone && !microphone.muted ? iconButton("microphone-off", {
        label: `Mute ${name}`, onClick: () => orToast(session.muteParticipant(participant, "microphone")),
      }) : null,
      iconButton("down", {
        label: `Send ${name} back to the audience`, className: "demote", onClick: () => orToast(session.demote(participant)),
      }),
      iconButton("cross", {
        label: `Remove ${name} from the room`,
        onClick: () => { if (confirm(`Remove ${name} from the room?`)) orToast(session.remove(participant)); },
      }));
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
}

function isNarrow() {
  return matchMedia("(max-width: 720px)").matches;
}
