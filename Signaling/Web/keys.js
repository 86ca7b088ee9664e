import { byID } from "./dom.js";
import { openDialog } from "./dialogs.js";

const remembered = "forestage.keys";
/** Single keys and the buttons they press. */
const buttons = { m: "toggle-microphone", v: "toggle-camera", h: "raise-hand" };

/**
 * Single-key shortcuts. Speech input and unsteady hands may press them unmeant, so the dialog "Keys" turns them off,
 * and the browser remembers it (WCAG 2.1.4).
 */
export class Keys {
  #isOn = localStorage.getItem(remembered) !== "off";
  #listeners = new AbortController();

  constructor() {
    const { signal } = this.#listeners;
    const isOn = byID("keys-on");
    isOn.checked = this.#isOn;
    isOn.addEventListener("change", () => this.#turn(isOn.checked), { signal });
    byID("keys-open").addEventListener("click", () => openDialog(byID("keys"), isOn), { signal });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    this.#show();
  }

  close() {
    this.#listeners.abort();
  }

  #turn(isOn) {
    this.#isOn = isOn;
    localStorage.setItem(remembered, isOn ? "on" : "off");
    this.#show();
  }

  /** The buttons name their keys while the keys do something. */
  #show() {
    for (const [key, id] of Object.entries(buttons)) {
      const button = byID(id);
      if (this.#isOn) button.setAttribute("aria-keyshortcuts", key);
      else button.removeAttribute("aria-keyshortcuts");
      if (button.dataset.title) button.title = this.#isOn ? `${button.dataset.title} (${key.toUpperCase()})` : button.dataset.title;
    }
  }

  #onKey(event) {
    if (!this.#isOn || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // A field that has just been hidden, such as the lobby's, keeps the focus for a moment.
    const isField = event.target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (isField && event.target.offsetParent) return;
    const key = event.key.toLowerCase();
    if (!Object.hasOwn(buttons, key)) return;
    const button = byID(buttons[key]);
    if (button.offsetParent) button.click();
  }
}
