import { byID } from "./dom.js";

/** Opens a dialog of index.html: the browser keeps the focus in it, closes it on Escape, and gives the focus back. */
export function openDialog(dialog, focused) {
  if (dialog.open) return;
  const before = document.activeElement;
  dialog.showModal();
  focused?.focus();
  const closed = () => {
    // The event of an earlier closing may come when the dialog has been opened again.
    if (dialog.open) return;
    dialog.removeEventListener("close", closed);
    // What had the focus may be hidden by now; then the focus must not fall out of the page.
    if (before?.isConnected && before !== document.body && before.offsetParent) before.focus();
    else firstControl()?.focus();
  };
  dialog.addEventListener("close", closed);
}

/** Asks before something that cannot be taken back; resolves to whether the person wants it. Escape says no. */
export function ask({ title, text, action }) {
  const dialog = byID("confirm");
  if (dialog.open) return Promise.resolve(false);
  byID("confirm-title").textContent = title;
  byID("confirm-text").textContent = text;
  byID("confirm-yes").textContent = action;
  openDialog(dialog, byID("confirm-no"));
  return new Promise((resolve) => {
    const answered = new AbortController(), { signal } = answered;
    const answer = (isWanted) => {
      answered.abort();
      resolve(isWanted);
    };
    // Earlier than "close", which comes when the next key may be pressed already.
    dialog.addEventListener("submit", (event) => answer(event.submitter === byID("confirm-yes")), { signal });
    dialog.addEventListener("cancel", () => answer(false), { signal });
    dialog.addEventListener("close", () => dialog.open || answer(false), { signal });
  });
}

/** Closes whatever is open: the room it asked about is left. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

/** After buttons have come and gone: the focus of one that is hidden now goes to its neighbours, not out of the page. */
export function keepFocus(focused) {
  if (focused?.closest("#controls") && !focused.offsetParent) firstControl()?.focus();
}

function firstControl() {
  return [...document.querySelectorAll("#controls button, #people-toggle")].find((button) => button.offsetParent);
}
