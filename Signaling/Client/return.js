/** For how long a session tries to come back before it ends. The server keeps a place on stage for 30 s of it. */
export const patienceMs = 120_000;

/** Ends that are somebody's decision: nobody comes back from them by themselves. */
const finalReasons = new Set(["left", "roomEnded", "removed", "replaced", "tooManyMessages", "messageTooLarge"]);

/** Ends after which the session cannot be resumed as it is: a server that stops has no sessions any more, an expired token has no rights. */
const lastReasons = new Set([...finalReasons, "serverStopping", "tokenExpired"]);

/** Refusals of a join that trying again does not change. */
const finalCodes = new Set([
  "removed", "badToken", "tokenExpired", "tokenRequired", "forbidden", "invitationRevoked", "hostTaken", "roomEnded",
  "roomLocked", "encryptionDiffers", "badOffer", "badMessage", "limitExceeded", "unsupportedBrowser",
]);

export const isFinalReason = (reason) => finalReasons.has(reason);
export const isResumable = (reason) => !lastReasons.has(reason);
export const isFinalCode = (code) => finalCodes.has(code);

/**
 * How long to wait before an attempt, counted from 1. After a server's restart thousands come back: they spread over
 * seconds. Else the first attempt follows at once, and later ones at growing intervals; chance keeps them apart.
 */
export function delayMs(attempt, reason, random = Math.random()) {
  if (attempt === 1) return reason === "serverStopping" ? 1000 + 4000 * random : 300 * random;
  return Math.min(8000, 500 * 2 ** (attempt - 2)) * (0.5 + random);
}

/** Waits for the time, or until the browser says that there is a network again. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    globalThis.addEventListener?.("online", done);
    signal.addEventListener("abort", done);
  });
}

/** Calls back when the browser says that the network is another one, or there again; returns what ends that. */
export function onNetworkChange(changed) {
  const { connection } = globalThis.navigator ?? {};
  // The event tells of every estimate of the rate too.
  let type = connection?.type;
  const look = () => {
    if (connection.type === type) return;
    type = connection.type;
    changed();
  };
  globalThis.addEventListener?.("online", changed);
  connection?.addEventListener?.("change", look);
  return () => {
    globalThis.removeEventListener?.("online", changed);
    connection?.removeEventListener?.("change", look);
  };
}
