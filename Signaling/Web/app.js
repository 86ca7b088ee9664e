import { connect } from "/client/forestage.js";
import { byID } from "./dom.js";
import { Lobby } from "./lobby.js";
import { RoomView } from "./room-view.js";
import { plainWords } from "./words.js";

const endings = {
  left: ["You have left", "Thank you for being here."],
  roomEnded: ["The event is over", "A host has ended it."],
  removed: ["You were removed", "A host has removed you from the room."],
  replaced: ["You joined elsewhere", "The same person has joined in another window, so this one stopped."],
  mediaLost: ["The connection is lost", "No sound and picture come through any more. A firewall may block UDP; another network may help."],
  serverStopping: ["The server is restarting", "Wait a moment, then join again."],
  connectionLost: ["The connection is lost", "Check your network, then join again."],
};

/** For tests and the curious: the session while in a room. */
window.forestage = { session: null };

// ?room=NAME is the invitation; a token comes behind # so that it reaches no log.
const room = new URLSearchParams(location.search).get("room");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;

const lobby = new Lobby({ room, token, onJoin: enter });
byID("join-again").addEventListener("click", () => {
  byID("ended").hidden = true;
  lobby.show();
});
lobby.show();

async function enter({ name, room, role, token, camera, microphone }) {
  const who = token ? { token, name } : { room, name, role };
  const session = await connect({ ...who, camera, microphone });
  window.forestage.session = session;
  history.replaceState(null, "", `?room=${encodeURIComponent(session.room.name)}${location.hash}`);
  lobby.hide();
  const view = new RoomView(session);
  session.addEventListener("closed", ({ detail }) => {
    window.forestage.session = null;
    view.close();
    for (const track of [camera, microphone]) track?.stop();
    showEnd(detail);
  });
  // Off stage the camera's light goes out, also that of the lobby's preview.
  session.addEventListener("stagestate", ({ detail }) => {
    if (detail.state === "audience") for (const track of [camera, microphone]) track?.stop();
  });
}

function showEnd({ reason, message }) {
  const [title, text] = endings[reason] ?? ["The session has ended", plainWords({ code: reason, message })];
  byID("ended-title").textContent = title;
  byID("ended-text").textContent = text;
  byID("ended").hidden = false;
  byID("ended-title").focus();
}
