import { byID, make } from "./dom.js";
import { plainWords } from "./words.js";

/** How long a toast stays, in milliseconds; an error must be read and understood. */
const shownForMs = 5000, errorShownForMs = 10_000;
/** More than so many would cover the stage. */
const mostAtOnce = 3;

/** What is shown: elements by topic. */
const shown = new Map();

/**
 * Says something at the head of the page for a while; read out by screen readers. A newer toast about the same topic
 * (by default: with the same text) takes the place of the older one.
 */
export function toast(text, { isError = false, topic = text } = {}) {
  withdrawToast(topic);
  const element = make("p", { className: isError ? "toast error" : "toast", textContent: text });
  byID("toasts").append(element);
  const timer = setTimeout(() => withdrawToast(topic), isError ? errorShownForMs : shownForMs);
  shown.set(topic, { element, timer });
  while (shown.size > mostAtOnce) withdrawToast(shown.keys().next().value);
}

/** Takes back what is no longer true. */
export function withdrawToast(topic) {
  const entry = shown.get(topic);
  if (!entry) return;
  shown.delete(topic);
  clearTimeout(entry.timer);
  entry.element.remove();
}

/** Takes back all of them: the room they spoke of is left. */
export function withdrawToasts() {
  for (const topic of [...shown.keys()]) withdrawToast(topic);
}

/** Awaits what a click began; a failure becomes a toast in plain words. */
export async function orToast(promise) {
  try {
    await promise;
  } catch (error) {
    if (error.code !== "closed") toast(plainWords(error), { isError: true });  // else the screen at the end says more
  }
}
