import { Actions } from "./actions.js";
import { byID, make } from "./dom.js";
import { grid, isWhole, tileShapes, withScreen } from "./layout.js";
import { Tile, speakingMark } from "./tile.js";

const noPicture = {
  paused: "Picture paused",
  muted: "Camera is off",
  cannotDecode: "Your browser does not know this camera's format. Try another.",
};

/** The words in place of a picture that is not there; "" where nothing is to be said. */
function whyNoPicture({ state, reason, second }) {
  if (second) return "";  // another format comes in a moment
  if (state === "paused" && reason === "bandwidth") return "Your connection is too slow for this picture";
  return noPicture[state] ?? "";
}

/** The same of a shared screen. */
function whyNoScreen({ state, reason, second }) {
  if (state === "cannotDecode") return second ? "" : "Your browser does not know this screen's format. Try another.";
  if (state === "paused" && reason === "bandwidth") return "Your connection is too slow for this screen";
  return state === "paused" ? "Screen paused" : "";
}

/** The stage as a grid of tiles: one for each seat, one's own, one for those without a seat, and a shared screen. */
export class StageView {
  #session;
  #stage = byID("stage");
  #empty = byID("stage-empty");
  #own = this.#tile({ isMirrored: true });
  #screen = this.#tile({ isScreen: true });
  #actions = new Actions();
  #seats = new Map();
  #others = new Map();
  #also = make("div", { className: "also" });
  #shown = [];
  #screenIsShown = false;
  /** The participants who speak, as the server told last. */
  #speakers = new Set();
  /** What shows each member: a tile, or a name below the stage. */
  #faces = new Map();
  #resize = new ResizeObserver(() => this.#layOut());

  constructor(session) {
    this.#session = session;
    this.#stage.replaceChildren(this.#empty, this.#screen.element, this.#own.element, this.#also);
    for (const seat of session.seats) {
      const tile = this.#tile();
      this.#seats.set(seat, tile);
      this.#stage.append(tile.element);
      session.attach(seat, tile.video);
    }
    if (session.screen) session.attach(session.screen, this.#screen.video);
    session.addEventListener("stage", ({ detail }) => {
      for (const participant of detail?.left ?? []) this.#speakers.delete(participant);
    });
    for (const event of ["slots", "stage", "stagestate", "devices", "permissions"]) {
      session.addEventListener(event, () => this.update());
    }
    session.addEventListener("speakers", ({ detail }) => {
      this.#speakers = new Set(detail.speakers.map(({ participant }) => participant));
      this.#updateSpeakers();
    });
    // Nobody speaks who has left, and nobody is heard over a lost connection.
    session.addEventListener("connection", ({ detail }) => {
      // Not "connecting": a newcomer is told who speaks before the connection stands.
      if (!["disconnected", "failed", "closed"].includes(detail.state)) return;
      this.#speakers.clear();
      this.#updateSpeakers();
    });
    this.#resize.observe(this.#stage);
    this.update();
  }

  close() {
    this.#resize.disconnect();
    this.#own.video.srcObject = null;
    this.#stage.replaceChildren(this.#empty);
  }

  update() {
    const session = this.#session;
    const seatOf = new Map(session.seats.filter((seat) => seat.participant).map((seat) => [seat.participant, seat]));
    const isFree = (seat) => !seat.participant || !session.stage.member(seat.participant);
    for (const [seat, tile] of this.#seats) if (isFree(seat)) tile.hide();

    const tiles = [], names = [];
    this.#faces.clear();
    let free = this.#seats.size;
    for (const member of session.stage.members) {
      const isSelf = member.participant === session.participant.id;
      const seat = seatOf.get(member.participant);
      let face;
      if (isSelf) tiles.push(face = this.#showOwn(member));
      else if (seat) tiles.push(face = this.#showSeat(seat, member));
      else if (tiles.length < free) tiles.push(face = this.#showWithoutSeat(member));
      else names.push(face = make("span", { className: "pill" }, member.name, speakingMark()));
      this.#faces.set(member.participant, face);
      if (isSelf) free += 1;
    }
    if (!session.stage.member(session.participant.id)) this.#hideOwn();
    for (const [participant, tile] of this.#others) {
      if (tiles.includes(tile)) continue;
      tile.element.remove();
      this.#others.delete(participant);
    }
    this.#also.replaceChildren(...names);
    this.#updateScreen();
    this.#shown = tiles;
    this.#updateSpeakers();
    this.#updateEmpty();
    this.#layOut();
  }

  #showSeat(seat, member) {
    const tile = this.#seats.get(seat);
    tile.show({
      name: member.name,
      hasPicture: seat.video.state === "playing",
      note: whyNoPicture(seat.video),
      isMuted: isMuted(member),
      action: this.#demotion(member),
    });
    return tile;
  }

  #showWithoutSeat(member) {
    let tile = this.#others.get(member.participant);
    if (!tile) {
      tile = this.#tile();
      this.#others.set(member.participant, tile);
      this.#stage.append(tile.element);
    }
    const note = member.tracks.length ? "" : "Camera and microphone are off";
    tile.show({ name: member.name, hasPicture: false, note, isMuted: isMuted(member), action: this.#demotion(member) });
    return tile;
  }

  #showOwn({ name }) {
    const session = this.#session, camera = session.track("camera");
    const isOn = Boolean(camera) && !session.isMuted("camera");
    if (this.#own.video.srcObject?.getVideoTracks()[0] !== camera) {
      this.#own.video.srcObject = camera && new MediaStream([camera]);
    }
    this.#own.show({
      name, label: `${name} (you)`, hasPicture: isOn, note: isOn ? "" : "Your camera is off",
      isMuted: !session.track("microphone") || session.isMuted("microphone"),
    });
    return this.#own;
  }

  #hideOwn() {
    this.#own.hide();
    this.#own.video.srcObject = null;
  }

  #demotion(member) {
    const session = this.#session;
    if (!session.participant.permissions.moderate) return null;
    return {
      label: `Send ${member.name} back to the audience`,
      onClick: () => this.#actions.once(member.participant, () => session.demote(member.participant)),
    };
  }

  #updateScreen() {
    const { screen } = this.#session;
    this.#screenIsShown = Boolean(screen?.video.participant) && screen.video.state !== "empty";
    if (!this.#screenIsShown) return this.#screen.hide();
    const name = screen.name ?? "Somebody";
    this.#screen.show({
      name, label: `${name}'s screen`, hasPicture: screen.video.state === "playing",
      note: whyNoScreen(screen.video),
    });
  }

  #updateEmpty() {
    const isEmpty = this.#shown.length === 0 && !this.#screenIsShown;
    this.#empty.hidden = !isEmpty;
    if (!isEmpty) return;
    this.#empty.replaceChildren(
      make("strong", { textContent: "The stage is empty" }),
      this.#session.participant.permissions.requestStage
        ? "It begins when somebody steps up. You can raise your hand." : "It begins when somebody steps up.");
  }

  #updateSpeakers() {
    for (const [participant, face] of this.#faces) {
      const isSpeaking = this.#speakers.has(participant) && !this.#isSilent(participant);
      if (face instanceof Tile) face.isSpeaking = isSpeaking;
      else face.classList.toggle("speaking", isSpeaking);
    }
  }

  /** Muted by now, whatever the server heard last. */
  #isSilent(participant) {
    const session = this.#session, member = session.stage.member(participant);
    return !member || isMuted(member) || (participant === session.participant.id && session.isMuted("microphone"));
  }

  #tile(options = {}) {
    return new Tile({ ...options, onShape: () => this.#layOut() });
  }

  #layOut() {
    const box = { width: this.#stage.clientWidth, height: this.#stage.clientHeight };
    if (this.#also.childElementCount) box.height -= 44;
    const pictures = this.#shown.map(({ picture }) => picture), shapes = tileShapes(pictures), count = pictures.length;
    let places;
    if (this.#screenIsShown) {
      const { screen, tiles } = withScreen(count, box, shapes);
      this.#screen.place(screen);
      places = tiles;
    } else {
      places = grid(count, box, shapes);
    }
    this.#shown.forEach((tile, index) => {
      tile.place(places[index]);
      tile.isWhole = isWhole(pictures[index], places[index], count);
    });
  }
}

/** Nobody is heard without a microphone, or with a muted one. */
function isMuted({ tracks }) {
  return !tracks.some(({ source, muted }) => source === "microphone" && !muted);
}
