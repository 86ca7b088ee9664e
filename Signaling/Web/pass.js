import { describeToken, exchangeInvitation, ForestageError } from "/client/forestage.js";
import { memory } from "./memory.js";

/** A server that does not answer is asked again, as long as the page is open. */
const askAgainMs = 2000;

/**
 * What lets this page into a room: an access token, out of the link, of an invitation, or as the tab remembers it. Without
 * one only a development server lets people in, by their own word.
 */
export class Pass {
  room = null;
  token = null;
  /** What the token is for: {role, name, ...}; null without one. */
  claims = null;
  /** The invitation of the link, or null. */
  invitation = null;
  /** Why nobody is let in with this link: a ForestageError, or null. */
  error = null;
  /** Resolves when `token` or `error` is there, where the link holds an invitation: the server exchanges it. */
  ready = Promise.resolve();
  /** Whether the tab remembers the token. */
  #isKept = false;

  /** Reads `?room=NAME`, `#token=` and `#invite=`: what follows # never reaches a server's log. */
  static read(address = location) {
    const pass = new Pass();
    const fragment = new URLSearchParams(address.hash.slice(1));
    const given = fragment.get("token"), invitation = fragment.get("invite");
    pass.room = describeToken(given ?? invitation ?? "")?.room ?? new URLSearchParams(address.search).get("room");
    const kept = pass.room ? memory.get(`pass.${pass.room}`) : null;
    if (given) pass.#take(given, null);
    else if (invitation) pass.ready = pass.#exchange(invitation, kept);
    else if (kept) pass.#take(kept.token, kept.invitation);
    if (kept?.isRemoved && kept.token === pass.token) pass.bar();
    // Whoever copies the address must not copy the identity with it.
    if (given && pass.#isKept) history.replaceState(null, "", `?room=${encodeURIComponent(pass.room)}`);
    return pass;
  }

  /** Whether the token lets the source be sent; where it says nothing, the role does. */
  mayPublish(source) {
    return this.claims?.publish?.includes(source) ?? true;
  }

  /**
   * The person was removed: this token is not offered again. It is kept, because an invitation that were exchanged without it
   * would make another person of them.
   */
  bar() {
    this.error = new ForestageError("removed", "A host has removed you from this room");
    if (this.token) memory.set(`pass.${this.room}`, { token: this.token, invitation: this.invitation, isRemoved: true });
  }

  async #exchange(invitation, kept) {
    this.invitation = invitation;
    this.claims = describeToken(invitation);
    const earlier = kept?.invitation === invitation ? kept.token : undefined;
    for (;;) {
      try {
        const { token } = await exchangeInvitation({ invitation, token: earlier });
        this.#take(token, invitation);
        if (kept?.isRemoved && earlier === token) this.bar();
        return;
      } catch (error) {
        if (error.code !== "connectionFailed") {
          this.error = error;
          return;
        }
        if (earlier) {
          this.#take(earlier, invitation);
          if (kept?.isRemoved) this.bar();
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      }
    }
  }

  #take(token, invitation) {
    this.token = token;
    this.invitation = invitation;
    this.claims = describeToken(token) ?? { role: null, name: null };
    this.#isKept = Boolean(this.room) && memory.set(`pass.${this.room}`, { token, invitation });
  }
}
