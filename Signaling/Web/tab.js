import { memory } from "./memory.js";

/** How long the page before a reload may take to go. */
const handOverMs = 1500;

/**
 * The identity of this tab: the same after a reload, so that the place on stage is there again. Browsers copy a tab's memory
 * when it is duplicated; the copy must be somebody else, or it would push the original out of the room. So the tab that
 * lives holds a lock.
 */
export async function tabIdentity() {
  let identity = memory.get("tab");
  if (identity && await hold(identity)) return identity;
  memory.clear();
  identity = `tab-${[...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("")}`;
  memory.set("tab", identity);
  await hold(identity);
  return identity;
}

/** Holds the lock until the page goes; whether it could be had. Browsers have locks on secure pages only. */
function hold(identity) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    navigator.locks.request(`forestage.${identity}`, { signal: AbortSignal.timeout(handOverMs) }, () => {
      resolve(true);
      return new Promise(() => {});
    }).catch(() => resolve(false));
  });
}
