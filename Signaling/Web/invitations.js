import { openDialog } from "./dialogs.js";
import { byID, iconButton, make } from "./dom.js";
import { copyText, InviteLink } from "./invite-link.js";
import { memory } from "./memory.js";
import { plainWords } from "./words.js";

/** Rising; nobody invites above the own role. */
const roles = [
  ["viewer", "Viewers, who watch"],
  ["costreamer", "Guests on stage"],
  ["moderator", "Moderators"],
  ["host", "Hosts"],
];
const names = { viewer: "Viewers", costreamer: "Guests on stage", moderator: "Moderators", host: "Hosts" };

/** The dialog in which hosts make links, see how often they were used, and take them back. */
export class Invitations {
  #session;
  #dialog = byID("invitations");
  #listeners = new AbortController();
  /** The tokens of links made in this tab, by invitation: the server shows each only once. */
  #tokens = memory.get("invitations") ?? {};

  constructor(session) {
    this.#session = session;
    const { signal } = this.#listeners;
    byID("invitations-open").addEventListener("click", () => this.#open(), { signal });
    byID("invitations-close").addEventListener("click", () => this.#dialog.close(), { signal });
    byID("invitations-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run(() => this.#create());
    }, { signal });
    session.addEventListener("permissions", () => { if (!session.participant.permissions.moderate) this.#dialog.close(); });
  }

  close() {
    this.#listeners.abort();
    this.#dialog.close();
  }

  #open() {
    const { role } = this.#session.participant;
    const own = Math.max(0, roles.findIndex(([name]) => name === role));
    byID("invite-role").replaceChildren(...roles.slice(0, own + 1).map(([value, textContent]) => make("option", { value, textContent })));
    this.#say("");
    openDialog(this.#dialog, byID("invite-role"));
    this.#run(() => this.#list());
  }

  async #create() {
    const uses = byID("invite-uses").value;
    const invitation = await this.#session.createInvitation({
      role: byID("invite-role").value, minutes: Number(byID("invite-minutes").value), uses: uses ? Number(uses) : undefined,
    });
    this.#tokens[invitation.id] = invitation.token;
    memory.set("invitations", this.#tokens);
    await this.#list();
    await this.#copy(invitation.id);
  }

  async #copy(id) {
    await copyText(InviteLink.address(this.#session.room.name, this.#tokens[id]), "Link copied.", (text) => this.#say(text));
  }

  async #revoke(id) {
    await this.#session.revokeInvitation(id);
    await this.#list();
    this.#say("Nobody comes in with this link any more. Who is here stays.");
  }

  async #list() {
    const invitations = await this.#session.invitations(), list = byID("invitations-list");
    const wasFocused = list.contains(document.activeElement);
    list.replaceChildren(...(invitations.length
      ? invitations.map((invitation) => this.#row(invitation))
      : [make("li", { className: "nobody", textContent: "No link has been made yet." })]));
    // The focus must not fall out of the dialog with the row that is gone.
    if (wasFocused) (list.querySelector("button") ?? byID("invitations-close")).focus();
  }

  #row({ id, role, expiresAt, uses, used = 0 }) {
    const until = new Date(expiresAt * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const count = uses ? `used ${used} of ${uses} times` : used === 1 ? "used once" : `used ${used} times`;
    const what = `${names[role] ?? role}, until ${until}`;
    const row = make(
      "li", {}, make("span", { className: "who", textContent: what }, make("small", { textContent: count })),
      this.#tokens[id] ? iconButton("link", { text: "Copy", label: `Copy the link: ${what}`, onClick: () => this.#run(() => this.#copy(id)) }) : null,
      iconButton("cross", { label: `Take the link back: ${what}`, className: "revoke", onClick: () => this.#run(() => this.#revoke(id)) }));
    row.dataset.invitation = id;
    return row;
  }

  /** Words stand in the dialog: it covers the page and its toasts. */
  #say(text) {
    byID("invitations-error").textContent = "";
    byID("invitations-said").textContent = text;
  }

  async #run(action) {
    this.#say("");
    try {
      await action();
    } catch (error) {
      this.#say("");
      byID("invitations-error").textContent = plainWords(error);
    }
  }
}
