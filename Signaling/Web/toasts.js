import { byID, make } from "./dom.js";

const shownForMs = 5000;

/** Says something at the foot of the page for a while; read out by screen readers. */
export function toast(text, { isError = false } = {}) {
  const element = make("p", { className: isError ? "toast error" : "toast", textContent: text });
  const toasts = byID("toasts");
  toasts.append(element);
  while (toasts.children.length > 3) toasts.firstElementChild.remove();
  setTimeout(() => element.remove(), isError ? 2 * shownForMs : shownForMs);
}

/** Awaits what a click began; a failure becomes a toast. */
export async function orToast(promise) {
  try {
    await promise;
  } catch (error) {
    toast(error.message, { isError: true });
  }
}
