import { connect } from "/client/forestage.js";
import { byID } from "./dom.js";
import { sayWhatIsMissing } from "./devices.js";
import { Ended } from "./ended.js";
import { Lobby } from "./lobby.js";
import { Pass } from "./pass.js";
import { Presence } from "./presence.js";
import { RoomView } from "./room-view.js";
import { server } from "./server.js";
import { tabIdentity } from "./tab.js";
import { orToast, toast } from "./toasts.js";
import { Waiting } from "./waiting.js";
import { plainWords } from "./words.js";

/** For tests and the curious: the session while in a room. */
window.forestage = { session: null };

const lobby = new Lobby({ onJoin: enter });
const waiting = new Waiting();
const ended = new Ended({ onReturn: () => comeBack(lastPresence), onStart: () => lobby.show() });
server.answered.then(() => {
  for (const id of ["development-notice", "development-note"]) byID(id).hidden = !server.isDevelopment;
});
const identity = await tabIdentity();
const pass = Pass.read();
/** What was on when the last session ended. */
let lastPresence = Presence.recent(pass.room ?? byID("room").value);
/** The camera and microphone that were chosen before the stage; undefined where nobody has chosen. */
let chosen;
addEventListener("hashchange", () => location.reload());  // another link was put into the address

lobby.fit(pass);
const opening = lobby.await({ pass, server });
if (lastPresence && !pass.error) comeBack(lastPresence);
else lobby.show();
await opening;

/** Joins; the tracks are the session's from then on. `devices` opens {camera, microphone} once on stage. */
async function enter({ name, room, role, camera, microphone, devices, isMuted = false }) {
  let tracks = { camera, microphone }, wish = devices;
  const close = () => Object.values(tracks).forEach((track) => track?.stop());
  const picked = devices ?? { camera: Boolean(camera), microphone: Boolean(microphone) };
  chosen = picked.camera || picked.microphone ? picked : undefined;
  let session;
  try {
    session = await waiting.until(async (how) => {
      await pass.ready;
      if (pass.error) throw pass.error;
      const who = pass.token ? { token: pass.token, name, room: pass.room, role: pass.claims.role ?? undefined } : { identity, name, room, role };
      return connect({ ...who, ...tracks, handOver: true, ...how });
    }, () => {
      lobby.hide();
      wish = picked;
      close();  // nobody waits with an open camera
      tracks = {};
    });
  } catch (error) {
    close();
    if (error.code === "removed") {
      lobby.hide();
      ended.show({ reason: "removed" });
    } else {
      lobby.show();
    }
    throw error;
  }
  if (session.state !== "onStage") close();
  show(session, role);
  if (session.state === "onStage" || session.state === "requested") openWished(session, { wish, isMuted });
}

/** Opens what was on before, or what was chosen before the wait; the browser may ask, and the room is there meanwhile. */
async function openWished(session, { wish, isMuted }) {
  await orToast((async () => {
    if (isMuted) await session.mute("microphone");
    if (wish) await session.openDevices(wish);
  })());
  if (!session.isClosed) sayWhatIsMissing(session);
}

function show(session, role) {
  window.forestage.session = session;
  if (!location.hash) history.replaceState(null, "", `?room=${encodeURIComponent(session.room.name)}`);
  lobby.hide();
  const isDevelopment = server.isDevelopment ?? !pass.token;
  const view = new RoomView(session, { pass, isDevelopment, chosen }), presence = new Presence(session, { role });
  session.addEventListener("stagestate", () => sayWhatIsMissing(session));
  session.addEventListener("closed", ({ detail }) => {
    window.forestage.session = null;
    lastPresence = presence.last;
    presence.end();
    view.close();
    if (detail.reason === "removed") pass.bar();
    ended.show(detail);
  });
}

/** Goes on in the room after a reload, or after the connection was lost for good. */
async function comeBack({ name, room, role, camera, microphone, isMuted, screen }) {
  lobby.hide();
  waiting.showReturn();
  try {
    await enter({ name, room, role, devices: { camera, microphone }, isMuted });
    if (screen) toast("Your screen is not shared any more. Share it again if you like.");
  } catch (error) {
    waiting.hide();
    if (error.code !== "removed") lobby.show(error.code === "givenUp" ? "" : plainWords(error));
  }
}
