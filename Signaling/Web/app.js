import { connect } from "/client/forestage.js";
import { byID } from "./dom.js";
import { sayWhatIsMissing } from "./devices.js";
import { Ended } from "./ended.js";
import { Lobby } from "./lobby.js";
import { Pass } from "./pass.js";
import { Presence } from "./presence.js";
import { RoomView } from "./room-view.js";
import { tabIdentity } from "./tab.js";
import { toast } from "./toasts.js";
import { Waiting } from "./waiting.js";
import { plainWords } from "./words.js";

/** For tests and the curious: the session while in a room. */
window.forestage = { session: null };

const [identity, isDevelopment] = await Promise.all([tabIdentity(), serverIsForDevelopment()]);
const pass = await Pass.read();
const lobby = new Lobby({ pass, isDevelopment, onJoin: enter });
const waiting = new Waiting();
const ended = new Ended({ onReturn: () => comeBack(lastPresence), onStart: () => lobby.show() });
/** What was on when the last session ended. */
let lastPresence = Presence.recent(pass.room ?? byID("room").value);
addEventListener("hashchange", () => location.reload());  // another link was put into the address

if (lastPresence && !pass.error) await comeBack(lastPresence);
else lobby.show();

async function serverIsForDevelopment() {
  try {
    return (await (await fetch("/v1/configuration")).json()).development;
  } catch {
    return true;  // the attempt to join says what is wrong
  }
}

/** Joins; the tracks are the session's from then on. `devices` opens {camera, microphone} once on stage. */
async function enter({ name, room, role, camera, microphone, devices, isMuted = false }) {
  const who = pass.token ? { token: pass.token, name, room: pass.room, role: pass.claims.role ?? undefined } : { identity, name, room, role };
  let tracks = { camera, microphone }, wish = devices;
  const close = () => Object.values(tracks).forEach((track) => track?.stop());
  let session;
  try {
    session = await waiting.until((how) => connect({ ...who, ...tracks, handOver: true, ...how }), () => {
      lobby.hide();
      wish ??= { camera: Boolean(camera), microphone: Boolean(microphone) };
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
  if (session.state !== "onStage" && session.state !== "requested") return;
  if (isMuted) await session.mute("microphone");
  if (wish) await session.openDevices(wish).catch((error) => toast(plainWords(error), { isError: true }));
  sayWhatIsMissing(session);
}

function show(session, role) {
  window.forestage.session = session;
  if (!location.hash) history.replaceState(null, "", `?room=${encodeURIComponent(session.room.name)}`);
  lobby.hide();
  const view = new RoomView(session, { pass, isDevelopment }), presence = new Presence(session, { role });
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
  waiting.showReturn();
  try {
    await enter({ name, room, role, devices: { camera, microphone }, isMuted });
    if (screen) toast("Your screen is not shared any more. Share it again if you like.");
  } catch (error) {
    waiting.hide();
    if (error.code !== "removed") lobby.show(error.code === "givenUp" ? "" : plainWords(error));
  }
}
