import { enter, quit } from "./entrance.js";
import { ForestageError } from "./errors.js";
import { sources } from "./peer.js";
import { Session } from "./session.js";

export { openDevices, openScreen, openWhatThereIs } from "./devices.js";
export { describeToken, exchangeInvitation } from "./tokens.js";
export { ForestageError, Session, sources };

const defaults = {
  seats: 6,
  screens: 1,
  extraAudio: 3,
  publish: sources,
  codecs: { video: ["VP8", "H264"], audio: ["opus"] },
  simulcast: true,
  svc: false,
  measures: true,
};

/**
 * Joins a room: one exchange, and everything that may follow (a promotion, a new face on stage) is in it.
 * Options and events are described in forestage.d.ts.
 */
export async function connect(options = {}) {
  const settings = { ...defaults, ...options };
  // Without a token (development) the session is known again by this when it comes back.
  settings.identity ??= `page-${[...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("")}`;
  const tracks = {};
  for (const source of sources) if (options[source] instanceof MediaStreamTrack) tracks[source] = options[source];
  const { wait, onWaiting, signal } = settings;
  const { link, peer, joined, timing } = await enter(settings, { tracks, wait, onWaiting, signal });
  const session = new Session(link, peer, joined, timing, (again) => enter(settings, again), () => quit(settings));
  session.hold(tracks, settings);
  session.begin(settings);
  return session;
}
