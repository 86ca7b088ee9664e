import { ForestageError } from "./errors.js";
import { Link } from "./link.js";
import { Peer } from "./peer.js";

/**
 * Joins a room in one exchange: resolves with {link, peer, joined, timing}. A session that has lost its connection comes
 * in this way again.
 */
export async function enter(settings, { tracks = {}, wait = false, onWaiting = () => {}, signal } = {}) {
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
    const { identity, room, name, role, encrypted } = settings;
    const token = typeof settings.token === "function" ? await settings.token() : settings.token;
    const who = token ? { token, room, name, role, encrypted } : { identity, room, name, role, encrypted };
    const joined = await link.request({ type: "join", ...who, ...(wait && { wait }), ...sections }, { onWaiting });
    timing.joined = performance.now() - timing.start;
    await peer.accept(joined.answer);
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
