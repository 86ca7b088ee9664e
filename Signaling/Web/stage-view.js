import { byID, make } from "./dom.js";
import { grid, withScreen } from "./layout.js";
import { Tile, speakingMark } from "./tile.js";
import { orToast } from "./toasts.js";

const noPicture = {
  paused: "Picture paused",
  muted: "Camera is off",
  cannotDecode: "This browser cannot show this camera's format",
};

/** The stage as a grid of tiles: one for each seat, one's own, one for those without a seat, and a shared screen. */
export class StageView {
  #session;
  #stage = byID("stage");
  #empty = byID("stage-empty");
  #own = new Tile({ isMirrored: true });
  #screen = new Tile({ isScreen: true });
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
      const tile = new Tile();
      this.#seats.set(seat, tile);
      this.#stage.append(tile.element);
      session.attach(seat, tile.video);
    }
    if (session.screen) session.attach(session.screen, this.#screen.video);
    for (const event of ["slots", "stage", "stagestate", "devices", "permissions"]) {
      session.addEventListener(event, () => this.update());
    }
    session.addEventListener("speakers", ({ detail }) => {
      this.#speakers = new Set(detail.speakers.map(({ participant }) => participant));
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
      note: noPicture[seat.video.state] ?? "",
      isMuted: isMuted(member),
      action: this.#demotion(member),
    });
    return tile;
  }

  #showWithoutSeat(member) {
    let tile = this.#others.get(member.participant);
    if (!tile) {
      tile = new Tile();
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
      onClick: () => orToast(session.demote(member.participant)),
    };
  }

  #updateScreen() {
    const { screen } = this.#session;
    this.#screenIsShown = Boolean(screen?.video.participant) && screen.video.state !== "empty";
    if (!this.#screenIsShown) return this.#screen.hide();
    const name = screen.name ?? "Somebody";
    this.#screen.show({
      name, label: `${name}'s screen`, hasPicture: screen.video.state === "playing",
      note: screen.video.state === "cannotDecode" ? "This browser cannot show this screen's format" : "",
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
      const isSpeaking = this.#speakers.has(participant);
      if (face instanceof Tile) face.isSpeaking = isSpeaking;
      else face.classList.toggle("speaking", isSpeaking);
    }
  }

  #layOut() {
    const box = { width: this.#stage.clientWidth, height: this.#stage.clientHeight };
    if (this.#also.childElementCount) box.height -= 44;
    let places;
    if (this.#screenIsShown) {
      const { screen, tiles } = withScreen(this.#shown.length, box);
      this.#screen.place(screen);
      places = tiles;
    } else {
      places = grid(this.#shown.length, box);
    }
    this.#shown.forEach((tile, index) => tile.place(places[index]));
  }
}

/** Nobody is heard without a microphone, or with a muted one. */
function isMuted({ tracks }) {
  return !tracks.some(({ source, muted }) => source === "microphone" && !muted);
}
