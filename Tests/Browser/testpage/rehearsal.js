// A rehearsal of the app without a server: a session whose people are made up, for looking at the page.
import { Stage } from "/client/stage.js";
import { RoomView } from "/room-view.js";
import { withdrawToasts } from "/toasts.js";

const names = ["Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare", "Frances Allen", "Niklaus Wirth", "Ken Thompson"];

/** A still picture with some depth, as a camera might give it. */
function picture(hue, isScreen, [width, height] = [1280, 720]) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.scale(width / 1280, height / 720);
  const draw = () => {
    const ground = context.createRadialGradient(500, 200, 50, 640, 360, 800);
    ground.addColorStop(0, `hsl(${hue} 40% 62%)`);
    ground.addColorStop(1, `hsl(${hue + 30} 45% 18%)`);
    context.fillStyle = isScreen ? "#fbfaf8" : ground;
    context.fillRect(0, 0, 1280, 720);
    if (isScreen) {
      context.fillStyle = "#222";
      context.font = "bold 64px system-ui";
      context.fillText("Quarterly figures", 90, 140);
      [220, 310, 260, 420, 380].forEach((height, index) => {
        context.fillStyle = `hsl(30 70% ${40 + index * 6}%)`;
        context.fillRect(120 + index * 210, 640 - height, 130, height);
      });
      return;
    }
    context.fillStyle = `hsl(${hue + 180} 25% 30%)`;
    context.beginPath();
    context.ellipse(640, 760, 330, 300, 0, 0, 7);
    context.fill();
    context.fillStyle = "hsl(25 45% 68%)";
    context.beginPath();
    context.ellipse(640, 330, 130, 165, 0, 0, 7);
    context.fill();
  };
  draw();
  setInterval(draw, 200);
  return canvas.captureStream(5).getVideoTracks()[0];
}

class RehearsedSession extends EventTarget {
  negotiations = 0;
  quality = null;
  #tracks = new Map();
  #muted = new Set();
  #held = [];
  #isSlow;
  #fault;
  #size;
  #invitations = [
    { id: "i1", role: "viewer", expiresAt: 2_000_000_000, used: 1204 },
    { id: "i0", role: "moderator", expiresAt: 1_990_000_000, uses: 3, used: 1 },
  ];
  /** What the page has asked for, one text each. */
  asked = [];

  /** With `isSlow` nothing is answered before `release()`; `fault` is the error that everything is answered with. */
  constructor({ members, role, state, audience, requests, screen, off, isAway, isSlow, fault, size, cannotDecode }) {
    super();
    this.#isSlow = isSlow;
    this.#fault = fault;
    this.#size = size;
    const mayModerate = role === "host";
    this.participant = {
      id: "self", identity: "self", name: "Ada Lovelace", role, state,
      permissions: { publish: ["microphone", "camera", "screen", "screenAudio"], requestStage: true, moderate: mayModerate, chat: true },
    };
    this.room = { name: "friday-night", locked: false, codecs: {}, limits: {} };
    this.audience = audience;
    const people = names.slice(0, members).map((name, index) => ({
      participant: `p${index}`, name, role: index ? "viewer" : "host", order: index + 1,
      tracks: [
        { track: `c${index}`, source: "camera", muted: index === off, csrc: index },
        { track: `m${index}`, source: "microphone", muted: index === 1, csrc: 100 + index },
      ],
    }));
    const self = { participant: "self", name: "Ada Lovelace", role, order: 0, tracks: [{ source: "microphone", muted: false }] };
    this.stage = new Stage({
      version: 1, members: state === "onStage" ? [self, ...people] : people,
      requests: ["Margaret Hamilton", "Alan Kay", "Radia Perlman"].slice(0, requests)
        .map((name, index) => ({
          participant: `r${index}`, name, state: index === 2 ? "invited" : "requested", ...(isAway && index === 1 && { away: true }),
        })),
    });
    this.seats = Array.from({ length: 6 }, (_, index) => {
      const participant = people[index]?.participant ?? null;
      return {
        use: "seat", index, participant, name: people[index]?.name ?? null,
        video: participant ? { state: index === off ? "muted" : index === cannotDecode ? "cannotDecode" : "playing", participant } : { state: "empty" },
      };
    });
    this.screen = {
      use: "screen", index: 0, name: people[0]?.name ?? null,
      video: screen ? { state: "playing", participant: "p0" } : { state: "empty" },
    };
    if (state === "onStage") {
      this.#tracks.set("camera", picture(200));
      this.#tracks.set("microphone", {});
    }
  }

  get state() { return this.participant.state; }
  track(source) { return this.#tracks.get(source) ?? null; }
  isMuted(source) { return this.#muted.has(source); }
  isPublished() { return false; }

  attach(seat, video) {
    video.srcObject = new MediaStream([picture(seat.index * 67 + 20, seat.use === "screen", this.#size)]);
  }

  async mute(source, muted) {
    if (muted) this.#muted.add(source);
    else this.#muted.delete(source);
    this.tell("devices");
    await this.#ask(`${muted ? "mute" : "unmute"} ${source}`);
  }

  async raiseHand() { await this.#ask("raiseHand"); this.become("requested"); }
  async lowerHand() { await this.#ask("lowerHand"); this.become("audience"); }
  async accept() { await this.#ask("accept"); this.become("onStage"); }
  async decline() { await this.#ask("decline"); this.become("audience"); }
  async approve(participant) { await this.#ask(`approve ${participant}`); }
  async demote(participant) { await this.#ask(`demote ${participant}`); }
  async remove(participant) { await this.#ask(`remove ${participant}`); }
  async lock() { await this.#ask("lock"); }
  async end() { await this.#ask("end"); }

  async invitations() { return this.#invitations; }
  async createInvitation({ role, minutes, uses }) {
    await this.#ask(`invite ${role} ${minutes} ${uses}`);
    this.#invitations.unshift({ id: `i${this.#invitations.length}`, role, expiresAt: 2_000_000_000, uses, used: 0 });
    return { ...this.#invitations[0], token: "token" };
  }
  async revokeInvitation(id) {
    await this.#ask(`revoke ${id}`);
    this.#invitations = this.#invitations.filter((invitation) => invitation.id !== id);
  }

  /** Answers all that was asked for. */
  release() {
    this.#isSlow = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  become(state) {
    this.participant.state = state;
    this.tell("stagestate", { state });
  }

  /** The server's `quality` event: [layer, layers] of each seat in order. */
  carry(...layers) {
    this.quality = {
      estimate: 500_000, limitedBy: "delay",
      seats: layers.map(([layer, count], index) => ({ seat: this.seats[index], layer, layers: count })),
    };
    this.tell("quality", this.quality);
  }

  /** The server's `stage` event with these changes. */
  change(...changes) { this.tell("stage", this.stage.apply({ version: this.stage.version + 1, changes })); }
  tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
  speak(...participants) { this.tell("speakers", { speakers: participants.map((participant) => ({ participant, level: 0.5 })) }); }

  async #ask(what) {
    this.asked.push(what);
    if (this.#isSlow) await new Promise((answer) => this.#held.push(answer));
    if (this.#fault) throw Object.assign(new Error(this.#fault.message), { code: this.#fault.code });
  }
}

window.rehearse = (cast) => {
  document.getElementById("lobby").hidden = true;
  window.rehearsal?.close();
  withdrawToasts();
  const session = new RehearsedSession(cast);
  window.rehearsed = session;
  window.rehearsal = new RoomView(session);
  session.speak(...(cast.speakers ?? []));
};
