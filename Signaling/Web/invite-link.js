import { toast } from "./toasts.js";

/** How much of an invitation's time must be left for it to be copied again. */
const spareSeconds = 3600;

/** The links that let others in. */
export class InviteLink {
  #session;
  #pass;
  #isDevelopment;
  #made = null;

  constructor(session, { pass, isDevelopment }) {
    this.#session = session;
    this.#pass = pass;
    this.#isDevelopment = isDevelopment;
  }

  /** The address of the room, with an invitation's token behind # where there is one. */
  static address(room, invitation) {
    return `${location.origin}/?room=${encodeURIComponent(room)}${invitation ? `#invite=${invitation}` : ""}`;
  }

  /** Whether there is a link that others could use: one's own token is for oneself. */
  get isThere() {
    return this.#isDevelopment || this.#mayInvite || this.#isViewersInvitation;
  }

  /** Copies a link for viewers. */
  async copy() {
    await copyText(this.#find(), "Invite link copied. Send it to anybody who should watch.");
  }

  get #mayInvite() { return this.#session.participant.permissions.moderate; }
  get #isViewersInvitation() { return Boolean(this.#pass?.invitation) && this.#pass.claims.role === "viewer"; }

  async #find() {
    const room = this.#session.room.name;
    if (this.#isDevelopment && !this.#pass?.invitation) return InviteLink.address(room);
    if (!this.#mayInvite) return InviteLink.address(room, this.#isViewersInvitation ? this.#pass.invitation : null);
    if (!this.#made || this.#made.expiresAt < Date.now() / 1000 + spareSeconds || !(await this.#isGood(this.#made.id))) {
      this.#made = await this.#session.createInvitation({ role: "viewer" });
    }
    return InviteLink.address(room, this.#made.token);
  }

  /** An invitation that was revoked meanwhile is not copied again. */
  async #isGood(id) {
    return (await this.#session.invitations()).some((invitation) => invitation.id === id);
  }
}

/** Copies what the promise gives, and says so, with a toast unless told otherwise. */
export async function copyText(promise, done, say = toast) {
  const text = await promise;
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    prompt("Copy this link:", text);  // the clipboard is for secure pages only
  }
}
