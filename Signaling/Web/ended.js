import { byID } from "./dom.js";
import { plainWords } from "./words.js";

const again = "Join again", back = "Back to the start";

/** By reason of the end: title, text, and what the button says; no button where there is no way back. */
const endings = {
  left: ["You have left", "Thank you for being here.", again],
  roomEnded: ["The event is over", "A host has ended it.", back],
  removed: ["You were removed", "A host has removed you from the room. You can come back only when they invite you anew.", null],
  replaced: ["You joined elsewhere", "The same person has joined in another window, so this one stopped.", again],
  mediaLost: ["The connection is lost", "No sound and picture come through any more. A firewall may block UDP; another network may help.", again],
  serverStopping: ["The server is away", "It has stopped, and was not back in time. Wait a moment, then join again.", again],
  connectionLost: ["The connection is lost", "You were not back in time. Check your network, then join again.", again],
  tokenExpired: ["Your link has expired", "Ask for a new one.", null],
  badToken: ["Your link is not valid any more", "Ask for a new one.", null],
  invitationRevoked: ["Your invitation was taken back", "Ask a host for a new one.", null],
};

/** Ends that are no decision of anybody: the way back leads straight into the room. */
const accidents = new Set(["mediaLost", "serverStopping", "connectionLost", "connectionFailed"]);

/** The screen at the end. */
export class Ended {
  #reason = null;

  /** `onReturn()` goes straight back into the room, `onStart()` to the lobby. */
  constructor({ onReturn, onStart }) {
    byID("join-again").addEventListener("click", () => {
      this.hide();
      if (accidents.has(this.#reason)) onReturn();
      else onStart();
    });
  }

  show({ reason, message }) {
    const [title, text, button] = endings[reason] ?? ["The session has ended", plainWords({ code: reason, message }), again];
    this.#reason = reason;
    byID("ended-title").textContent = title;
    byID("ended-text").textContent = text;
    byID("join-again").textContent = button ?? "";
    byID("join-again").hidden = !button;
    byID("ended").hidden = false;
    byID("ended-title").focus();
  }

  hide() {
    byID("ended").hidden = true;
  }
}
