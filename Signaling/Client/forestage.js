import { ForestageError } from "./errors.js";
import { Link } from "./link.js";
import { Peer, sources } from "./peer.js";
import { Session } from "./session.js";

export { openDevices, openScreen } from "./devices.js";
export { ForestageError, Session, sources };

const defaults = {
  seats: 6,
  screens: 1,
  extraAudio: 3,
  publish: sources,
  codecs: { video: ["VP8", "H264"], audio: ["opus"] },
  simulcast: true,
};

/**
 * Joins a room: one exchange, and everything that may follow (a promotion, a new face on stage) is in it.
 * Options and events are described in forestage.d.ts.
 */
export async function connect(options = {}) {
  const settings = { ...defaults, ...options };
  const timing = { start: performance.now() };
  const tracks = {};
  for (const source of sources) if (options[source] instanceof MediaStreamTrack) tracks[source] = options[source];
  const link = new Link(settings.url);  // opens while the offer is made
  let peer;
  try {
    peer = new Peer(settings);
    // A host will be on stage at once, so the first packet need not wait for the server's word.
    if (settings.role === "host") {
      for (const [source, track] of Object.entries(tracks)) await peer.sender(source).replaceTrack(track);
    }
    const sections = await peer.offer();
    timing.offered = performance.now() - timing.start;
    const { token, room, name, role, encrypted } = settings;
    const joined = await link.request({ type: "join", token, room, name, role, encrypted, ...sections });
    timing.joined = performance.now() - timing.start;
    await peer.accept(joined.answer);
    const session = new Session(link, peer, joined, timing);
    session.hold(tracks);
    session.begin(settings);
    return session;
  } catch (error) {
    link.close();
    peer?.close();
    throw error instanceof ForestageError
      ? error : new ForestageError("connectionFailed", `The room cannot be joined: ${error.message}`, { cause: error });
  }
}
