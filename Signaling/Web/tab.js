import { memory } from "./memory.js";

/** How long the page before may take to go: a reload's is on its way, else a copy of the tab is likelier. */
const reloadMs = 8000, copyMs = 1500;

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
  hold(identity);  // nobody else can have it
  return identity;
}

/** Holds the lock until the page goes; whether it could be had. Browsers have locks on secure pages only. */
function hold(identity) {
  if (!navigator.locks) return true;
  const [navigation] = performance.getEntriesByType("navigation");
  const patienceMs = navigation?.type === "reload" ? reloadMs : copyMs;
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), patienceMs + 1000);  // whatever the browser does with the signal
    navigator.locks.request(`forestage.${identity}`, { signal: AbortSignal.timeout(patienceMs) }, () => {
      resolve(true);
      return new Promise(() => {});
    }).catch(() => resolve(false));
  });
}
