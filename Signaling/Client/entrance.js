import { ForestageError } from "./errors.js";
import { Link } from "./link.js";
import { Peer } from "./peer.js";

/** How long a return waits for the token of a `token` function. */
const tokenTimeoutMs = 10_000;
/** How long the server is told for that a session is over which had lost its connection. */
const quitTimeoutMs = 5_000;

/** The token; with a limit only on a return, since the first join may wait for somebody to log in. */
async function tokenOf({ token }, { timeoutMs, signal }) {
  if (typeof token !== "function") return token;
  let timer, stop;
  const limit = new Promise((_, reject) => {
    const late = new ForestageError("connectionFailed", `The token function gave no token within ${timeoutMs / 1000} s`);
    if (timeoutMs) timer = setTimeout(() => reject(late), timeoutMs);
    stop = () => reject(new ForestageError("closed", "The join was given up"));
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
  });
  try {
    return await Promise.race([token(), limit]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** As whom a join comes in. */
function whoIs({ identity, room, name, role, encrypted }, token) {
  return token ? { token, room, name, role, encrypted } : { identity, room, name, role, encrypted };
}

/**
 * Leaves the room of a session that has lost its connection: joins as the same identity, which replaces what is left of the
 * session, and leaves. Does its best, and rejects never.
 */
export async function quit(settings) {
  const link = new Link(settings.url);
  const timer = setTimeout(() => link.close(), quitTimeoutMs);
  try {
    const token = await tokenOf(settings, { timeoutMs: quitTimeoutMs });
    await link.request({ type: "join", ...whoIs(settings, token) });
    await link.request({ type: "leave" });
  } catch {
    // The server forgets the session by itself, after some time.
  } finally {
    clearTimeout(timer);
    link.close();
  }
}

/**
 * Joins a room in one exchange: resolves with {link, peer, joined, timing}. A session that has lost its connection comes
 * in this way again.
 */
export async function enter(settings, { tracks = {}, wait = false, onWaiting = () => {}, signal, isReturn = false } = {}) {
  const timing = { start: performance.now() };
  const link = new Link(settings.url);  // opens while the offer is made
  const giveUp = () => link.close();
  signal?.addEventListener("abort", giveUp);
  let peer;
  try {
    if (signal?.aborted) throw new ForestageError("closed", "The join was given up");
    peer = new Peer(settings);
    // A host will be on stage at once, so the first packet need not wait for the server's word.
    if (settings.role === "host") {
      for (const [source, track] of Object.entries(tracks)) await peer.put(source, track);
    }
    const sections = await peer.offer();
    timing.offered = performance.now() - timing.start;
    const token = await tokenOf(settings, { timeoutMs: isReturn ? tokenTimeoutMs : null, signal });
    const joined = await link.request({ type: "join", ...whoIs(settings, token), ...(wait && { wait }), ...sections }, { onWaiting });
    timing.joined = performance.now() - timing.start;
    await peer.accept(joined.answer, joined.iceServers);
    if (signal?.aborted) throw new ForestageError("closed", "The join was given up");
    return { link, peer, joined, timing };
  } catch (error) {
    link.close();
    peer?.close();
    throw error instanceof ForestageError
      ? error : new ForestageError("connectionFailed", `The room cannot be joined: ${error.message}`, { cause: error });
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}
