import { Player } from "./player.js";
import { Publisher } from "./publisher.js";
import { Seat } from "./seat.js";
import { Sizes } from "./sizes.js";
import { delayMs, isFinalCode, isFinalReason, onNetworkChange, patienceMs, pause } from "./return.js";
import { Stage } from "./stage.js";
import { summarise } from "./statistics.js";

/** How long `leave` waits for the server's word. */
const leaveTimeoutMs = 1000;
/** How long a change of the own state is waited for after the server's `ok`. */
const stateTimeoutMs = 2000;
/** How long the former connection is kept after a return, for pictures to go on until the new ones come. */
const overlapMs = 5000;
/** How long interrupted media may come back by themselves before they are given a new way. */
const interruptionMs = 500;
/** How long after a resume nothing at all may come over the media connection before it is given a new way. */
const mediaCheckMs = 1000;

/**
 * A joined room. An EventTarget: every event is a CustomEvent whose `detail` is described in forestage.d.ts.
 */
export class Session extends EventTarget {
  #link;
  #peer;
  #publisher;
  #player;
  #sizes;
  #places;
  #enteredAt = new Map();
  #statistics = null;
  #statisticsTimer = null;
  #hasShown = false;
  #enter;
  #quit;
  /** Former connections that still show their pictures. */
  #formers = new Set();
  /** Ends the wait for their end, when a further one begins. */
  #overlap = new AbortController();
  /** When the media was lost that has not come back since, however often the server let us in meanwhile. */
  #lostAt = null;
  /** Settles when the session is back, or over; null while it is connected. */
  #return = null;
  /** Ends a return that is under way. */
  #giveUp = new AbortController();
  /** Whether the signaling connection is lost and about to be resumed, while the media go on. */
  #isResuming = false;
  /** The peer whose media are being given a new way (an ICE restart). */
  #restarting = null;
  /** Waits for media that are interrupted to come back by themselves. */
  #interruption = null;
  #forgetNetwork = () => {};

  /** How often the browser asked to negotiate again since the join; stays 0. */
  negotiations = 0;
  /** How often the media had to find a new way (ICE restarts) since connect(). */
  restarts = 0;
  /** Whether the session has ended. */
  isClosed = false;
  /** What the network carries, and what each seat gets of it, as the server told last; null before. */
  quality = null;
  /** Milliseconds since the call of connect(): {offered, joined, connected, firstFrame}. */
  timing;

  /**
   * Made by `connect`. `enter(how)` joins again; without it a lost connection ends the session. `quit()` leaves the room
   * while the connection is lost.
   */
  constructor(link, peer, joined, timing, enter = null, quit = null) {
    super();
    this.#link = link;
    this.#peer = peer;
    this.#enter = enter;
    this.#quit = quit;
    this.timing = timing;
    const { participant, room, stage, audience } = joined;
    /** Oneself: {id, identity, name, role, permissions, state}. */
    this.participant = participant;
    /** {name, codecs, locked, encrypted, limits}. */
    this.room = room;
    /** How many watch. */
    this.audience = audience.count;
    this.stage = new Stage(stage);
    this.#places = peer.places.map((place) => new Seat(place, (participant) => this.stage.member(participant)));
    this.#fill(joined.slots);
    this.#publisher = new Publisher(peer, {
      request: (message) => this.#tell(message),
      changed: () => this.#emit("devices"),
      failed: (error) => this.#emit("error", error),
    });
    this.#publisher.allowed = participant.permissions.publish;
    this.#sizes = new Sizes(this.#places, {
      send: (slots) => this.#send({ type: "view", slots }),
      isOnStage: (track) => this.stage.members.some(({ tracks }) => tracks.some((each) => each.track === track)),
    });
    this.#player = new Player({
      onBlocked: () => this.#emit("soundblocked"),
      onShown: (seat) => this.#shown(seat),
      sizes: this.#sizes,
    });
  }

  // MARK: the room

  /** The places of people, in order. */
  get seats() { return this.#places.filter(({ use }) => use === "seat"); }
  /** The place of a shared screen, or null. */
  get screen() { return this.#places.find(({ use }) => use === "screen") ?? null; }
  /** Places of the loudest who have no seat: sound only, played by the SDK. */
  get extraAudio() { return this.#places.filter(({ use }) => use === "audio"); }
  /** "audience", "requested", "invited" or "onStage". */
  get state() { return this.participant.state; }

  /** Shows the seat in a video element; its sound plays in the audio element, or in one of the SDK's own. */
  attach(seat, video, audio) { return this.#player.attach(seat, video, audio); }

  /** Plays sound that the browser had refused ("soundblocked"); call it from a click or a key. */
  playSound() { return this.#player.playSound(); }

  /** Tells the server what is shown of a seat: {track, width, height, priority, visible}; what is left out is measured. */
  view(seat, wish) { return this.#sizes.wish(seat, wish); }

  // MARK: what oneself sends

  /** The open track of a source, or null. */
  track(source) { return this.#publisher.track(source); }
  /** Whether the source is being published. */
  isPublished(source) { return this.#publisher.isLive(source); }
  isMuted(source) { return this.#publisher.isMuted(source); }

  /** Why a camera or microphone that was wished for is not open, by source: ForestageErrors. */
  get missingDevices() { return this.#publisher.missing; }

  /** Opens camera and microphone ahead of time; `true`, `false` or constraints for each. */
  openDevices(wish) { return this.#publisher.open(wish); }
  publish(source, track) { return this.#publisher.publish(source, track); }
  unpublish(source) { return this.#publisher.unpublish(source); }
  replaceTrack(source, track) { return this.#publisher.replaceTrack(source, track); }
  mute(source, muted = true) { return this.#publisher.mute(source, muted); }

  // MARK: the way to the stage and back

  /** Opens the devices and raises the hand: the camera is ready in the moment of the approval. */
  async raiseHand(devices) {
    await this.#publisher.open(devices, { isForRequest: true });
    await this.#sendOrClose({ type: "stage.request" });
    await this.#reached((state) => state !== "audience");
  }

  async lowerHand() {
    await this.#send({ type: "stage.withdraw" });
    await this.#reached((state) => state !== "requested");
  }

  /** Accepts an invitation; opens the devices first. */
  async accept(devices) {
    await this.#publisher.open(devices, { isForRequest: true });
    await this.#sendOrClose({ type: "stage.accept" });
    await this.#reached((state) => state !== "invited");
  }

  async decline() {
    await this.#send({ type: "stage.decline" });
    await this.#reached((state) => state !== "invited");
  }

  async leaveStage() {
    await this.#send({ type: "stage.leave" });
    await this.#reached((state) => state !== "onStage");
  }

  // MARK: what a host can do; `version` is the stage's on which the decision was made

  approve(participant, version) { return this.#send({ type: "stage.approve", participant, version }); }
  deny(participant, version) { return this.#send({ type: "stage.deny", participant, version }); }
  invite(participant, version) { return this.#send({ type: "stage.invite", participant, version }); }
  demote(participant, version) { return this.#send({ type: "stage.demote", participant, version }); }
  muteParticipant(participant, source) { return this.#send({ type: "participant.mute", participant, source }); }
  remove(participant) { return this.#send({ type: "participant.remove", participant }); }
  lock(locked = true) { return this.#send({ type: "room.lock", locked }); }
  end() { return this.#send({ type: "room.end" }); }

  // MARK: invitations, for those who may moderate

  /** Makes an invitation: {id, role, expiresAt, uses?, token}; the token is shown this once. */
  async createInvitation({ role = "viewer", minutes, uses } = {}) {
    const { invitation, token } = await this.#send({ type: "invitation.create", role, minutes, uses });
    return { ...invitation, token };
  }

  async invitations() { return (await this.#send({ type: "invitation.list" })).invitations; }
  revokeInvitation(invitation) { return this.#send({ type: "invitation.revoke", invitation }); }

  // MARK: measuring

  /** The round trip to the server in milliseconds. */
  async ping() {
    const start = performance.now();
    await this.#send({ type: "ping" });
    return performance.now() - start;
  }

  /** What flows in and out now; bitrates are since the last call. */
  async getStats() {
    const peer = this.#peer;
    const statistics = await summarise(peer.connection, {
      sourceOf: (mid) => peer.sourceOf(mid),
      seatOf: (mid) => {
        const seat = this.#places.find((place) => mid && (place.videoMid === mid || place.audioMid === mid));
        return { use: seat?.use ?? null, seat: seat?.index ?? null, participant: seat?.participant ?? null };
      },
    }, this.#statistics);
    if (peer === this.#peer) this.#statistics = statistics;  // else the next has nothing to compare with
    return statistics;
  }

  async leave() {
    if (this.isClosed) return;
    const end = { reason: "left", message: "You have left" };
    const isAway = this.#return !== null || this.#isResuming;
    // A return that is under way must not come in after the leaving.
    if (isAway) this.#close(end);
    const reply = isAway ? this.#quit?.() : this.#send({ type: "leave" }).catch(() => {});
    await Promise.race([reply, new Promise((resolve) => setTimeout(resolve, leaveTimeoutMs))]);
    this.#close(end);
  }

  // MARK: for connect()

  /** Remembers the tracks that connect() was given; they go out while on stage. */
  hold(tracks, { handOver = false } = {}) {
    for (const [source, track] of Object.entries(tracks)) this.#publisher.hold(source, track, handOver);
  }

  /** The answer is set: begins to hear events. Listeners that are added right after connect() miss none. */
  begin({ statsIntervalMs, measures = true }) {
    if (!measures) this.#sizes.stopMeasuring();
    this.#listen();
    // A new way is looked for before the old one is known to be dead.
    this.#forgetNetwork = onNetworkChange(() => this.#restartMedia());
    if (this.state === "onStage") this.#publisher.enterStage().catch((error) => this.#emit("error", error));
    this.#peer.tune();
    for (const place of this.extraAudio) this.#player.attach(place, null, null);
    if (statsIntervalMs) {
      this.#statisticsTimer = setInterval(async () => this.#emit("stats", await this.getStats()), statsIntervalMs);
    }
    setTimeout(() => {
      if (this.isClosed) return;
      this.#emit("joined");
      this.#startLink();
    }, 0);
  }

  #startLink() {
    const link = this.#link;
    link.start(
      (event) => { if (link === this.#link) this.#handle(event); },
      (end) => { if (link === this.#link) this.#lost(end); },
      {
        onResuming: (attempt) => { if (link === this.#link) this.#resuming(attempt); },
        onResumed: () => { if (link === this.#link) this.#resumed(); },
      });
  }

  #listen() {
    const peer = this.#peer;
    peer.connection.addEventListener("negotiationneeded", () => { this.negotiations += 1; });
    peer.connection.addEventListener("connectionstatechange", () => {
      if (peer === this.#peer) this.#connectionChanged();
    });
    this.#connectionChanged();
  }

  // MARK: coming back

  /** The signaling connection is lost and another one is tried; pictures and sound go on. */
  #resuming({ attempt, reason }) {
    this.#isResuming = true;
    this.#lostAt ??= performance.now();
    this.#emit("reconnecting", { attempt, reason, isResuming: true });
  }

  #resumed() {
    this.#isResuming = false;
    if (this.#peer.connection.connectionState === "connected") this.#lostAt = null;
    this.#emit("reconnected", { state: this.state, isResumed: true });
    this.#checkMedia(this.#peer);
  }

  /** The connection is gone: comes back, unless somebody wanted the end. */
  #lost(end) {
    if (this.isClosed || this.#return) return;
    this.#isResuming = false;
    if (!this.#enter || isFinalReason(end.reason)) return this.#close(end);
    this.#lostAt ??= performance.now();
    const coming = this.#comeBack(end).then((entered) => {
      // No longer on the way: what has failed since the join is a loss of its own.
      this.#return = null;
      if (entered) this.#adopt(entered, end);
    });
    this.#return = coming;
  }

  /** Resolves with a further join, or with nothing where the session has ended. */
  async #comeBack(end) {
    const { signal } = this.#giveUp, start = this.#lostAt;
    let isWaiting = false;
    this.#link.close();
    const before = end.attempts ?? 0;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      if (!isWaiting && performance.now() - start > patienceMs) return this.#close(end);
      this.#emit("reconnecting", { attempt: before + attempt, reason: end.reason, isResuming: false });
      await pause(delayMs(attempt, end.reason), signal);
      if (signal.aborted) return;
      try {
        const entered = await this.#enter({
          wait: true, signal, isReturn: true,
          onWaiting: (message) => {
            isWaiting = true;
            this.#emit("waiting", { message });
          },
        });
        if (isWaiting) this.#lostAt = performance.now();  // nothing was wrong with the network
        if (!signal.aborted) return entered;
        entered.link.close();
        entered.peer.close();
      } catch (error) {
        if (signal.aborted) return;
        if (isFinalCode(error.code)) return this.#close({ reason: error.code, message: error.message });
      }
    }
  }

  /** Goes on with another connection: seats, tracks and the raised hand stay. */
  #adopt({ link, peer, joined }, end) {
    const former = this.#peer, before = this.state;
    this.#link = link;
    this.#peer = peer;
    this.#statistics = null;
    Object.assign(this.participant, joined.participant);
    this.quality = null;
    delete this.room.endsInMs;
    Object.assign(this.room, joined.room);
    this.audience = joined.audience.count;
    const change = this.stage.reset(joined.stage);
    const waiting = this.#places.map((seat, index) => seat.move(peer.places[index], (kind, track, old) =>
      this.#player.replace(seat, kind, track, old)));
    this.#letGo(former, peer, waiting);
    this.#publisher.allowed = joined.participant.permissions.publish;
    peer.tune();
    this.#emit("reconnected", { state: this.state, isResumed: false });
    this.#emit("stage", change);
    this.#emit("slots", this.#fill(joined.slots));
    this.#sizes.reset();
    for (const type of ["room", "permissions"]) this.#emit(type, type === "room" ? this.room : this.participant.permissions);
    this.#emit("audience", { count: this.audience });
    if (this.state !== before) this.#emit("stagestate", { state: this.state, cause: "reconnected" });
    this.#restore(before, this.state, end).catch((error) => this.#emit("error", error));
    // Only now: what has happened since the join, to the media too, is newer than what `joined` said.
    this.#listen();
    this.#startLink();
  }

  /** Sends again what was sent, and raises the hand again that the server has forgotten; `state` is what it said in `joined`. */
  async #restore(before, state, end) {
    await this.#publisher.move(this.#peer, state === "onStage");
    // Unless it has changed meanwhile: that is a decision of its own.
    if (state !== "audience" || this.state !== state || before === state) return;
    // A restarted server knows of no stage: who was there asks for it again. Else they were sent back meanwhile.
    if (before === "requested" || (before === "onStage" && end.reason === "serverStopping")) {
      await this.#sendOrClose({ type: "stage.request" });
    } else await this.#publisher.leaveStage();
  }

  /** Closes the former connection when the new one shows what it showed, or some time after; those before with it. */
  #letGo(former, peer, waiting) {
    const formers = [...this.#formers.add(former)];
    this.#overlap.abort();
    const { signal } = this.#overlap = new AbortController();
    const finish = () => {
      for (const swap of waiting) swap();
      for (const one of formers) {
        one.close();
        this.#formers.delete(one);
      }
    };
    const { connection } = peer;
    const whenConnected = () => {
      if (connection.connectionState !== "connected") return;
      connection.removeEventListener("connectionstatechange", whenConnected);
      setTimeout(() => { if (!signal.aborted) finish(); }, overlapMs);
    };
    connection.addEventListener("connectionstatechange", whenConnected);
    this.#giveUp.signal.addEventListener("abort", finish, { once: true });
    whenConnected();
  }

  // MARK: events of the server

  #handle(event) {
    switch (event.type) {
      case "slots": {
        this.#emit("slots", this.#fill(event.slots));
        break;
      }
      case "stage": {
        const { entered, left } = this.stage.apply(event);
        for (const participant of entered) this.#enteredAt.set(participant, performance.now());
        for (const participant of left) this.#enteredAt.delete(participant);
        this.#sizes.update();
        this.#emit("stage", { entered, left });
        break;
      }
      case "stageState":
        this.#stateChanged(event);
        break;
      case "permissions":
        Object.assign(this.participant, { role: event.role, permissions: event.permissions });
        this.#publisher.allowed = event.permissions.publish;
        this.#emit("permissions", event.permissions);
        break;
      case "audience":
        this.audience = event.count;
        this.#emit("audience", { count: event.count });
        break;
      case "room":
        Object.assign(this.room, { locked: event.locked, hosts: event.hosts ?? this.room.hosts });
        if (event.endsInMs === undefined || event.endsInMs === null) delete this.room.endsInMs;
        else this.room.endsInMs = event.endsInMs;
        this.#emit("room", this.room);
        break;
      case "muteRequest":
        if (event.muted && event.source === "screen") {
          this.#publisher.unpublish("screen").catch((error) => this.#emit("error", error));
        } else if (event.muted) this.#publisher.setMuted(event.source, true);  // nobody is unmuted from afar
        this.#emit("muterequest", { source: event.source, muted: event.muted });
        break;
      case "undecodable":
        this.#emit("undecodable", { source: event.source });
        break;
      case "encodings":
        this.#publisher.want(event.source, event.encodings);
        this.#emit("encodings", { source: event.source, encodings: event.encodings });
        break;
      case "secondCodec":
        this.#publisher.wantSecond(event.source, event.active).catch((error) => this.#emit("error", error));
        this.#emit("secondcodec", { source: event.source, active: event.active });
        break;
      case "speakers":
        this.#emit("speakers", { speakers: event.speakers });
        break;
      case "quality":
        this.#qualityChanged(event);
        break;
      case "draining":
        this.#emit("draining", { deadlineMs: event.deadlineMs });
        break;
      default:
        break;  // events that a later protocol adds
    }
  }

  #fill(slots) {
    const changed = new Set();
    for (const slot of slots) {
      const seat = this.#places.find((place) => place.apply(slot));
      if (seat) changed.add(seat);
    }
    for (const seat of changed) this.#player?.watch(seat);
    this.#sizes?.update();
    return { seats: [...changed] };
  }

  #qualityChanged({ estimate, limitedBy, slots }) {
    const seats = slots.map(({ mid, layer, layers }) => ({
      seat: this.#places.find(({ videoMid }) => videoMid === mid), layer, layers,
    })).filter(({ seat }) => seat);
    this.quality = { estimate, limitedBy, seats };
    this.#emit("quality", this.quality);
  }

  #stateChanged({ state, cause }) {
    this.participant.state = state;
    const failed = (error) => this.#emit("error", error);
    if (state === "onStage") this.#publisher.enterStage().catch(failed);
    if (state === "audience") this.#publisher.leaveStage().catch(failed);
    this.#emit("stagestate", { state, cause });
  }

  #shown(seat) {
    const { participant } = seat;
    const entered = this.#enteredAt.get(participant);
    const sinceEnteredMs = entered === undefined ? null : performance.now() - entered;
    this.#enteredAt.delete(participant);
    const measurements = sinceEnteredMs === null ? {} : { viewPromotionMs: sinceEnteredMs };
    if (!this.#hasShown) {
      this.#hasShown = true;
      this.timing.firstFrame = performance.now() - this.timing.start;
      Object.assign(measurements, { joinMs: this.timing.joined, firstFrameMs: this.timing.firstFrame });
    }
    if (Object.keys(measurements).length) this.#send({ type: "telemetry", measurements }).catch(() => {});
    this.#emit("shown", { seat, participant, sinceEnteredMs });
  }

  #connectionChanged() {
    const state = this.#peer.connection.connectionState;
    clearTimeout(this.#interruption);
    if (state === "connected") {
      this.timing.connected ??= performance.now() - this.timing.start;
      this.#peer.wasConnected = true;
      if (!this.#isResuming) this.#lostAt = null;
    }
    this.#emit("connection", { state });
    if (state === "disconnected") this.#interruption = setTimeout(() => this.#restartMedia(), interruptionMs);
    if (state === "failed") this.#restartMedia();
  }

  /** Finds the media a new way (an ICE restart); where that leads nowhere, the session joins anew. */
  #restartMedia() {
    const peer = this.#peer, link = this.#link;
    if (this.isClosed || this.#return || this.#restarting === peer) return;
    const isOurs = () => !this.isClosed && !this.#return && peer === this.#peer;
    const lost = () => {
      if (isOurs()) this.#lost({ reason: "mediaLost", message: "The media connection failed" });
    };
    const { connection } = peer;
    // A new way is for media that were there.
    if (!peer.wasConnected || !peer.canRestart) {
      if (connection.connectionState === "failed") lost();
      return;
    }
    this.restarts += 1;
    // Not before the server can be told: the offer's addresses are those of the network that is there by then.
    this.#restarting = peer;
    link.ready().then(() => peer.restart((sections) => link.request({ type: "offer", ...sections })))
      .catch(() => false)
      .then((isBack) => {
        if (this.#restarting === peer) this.#restarting = null;
        if (!isBack && connection.connectionState !== "connected") lost();
      });
  }

  /** After a resume: the network may be another one, and the media still on their way into the old one. */
  async #checkMedia(peer) {
    const before = await peer.octetsReceived();
    await new Promise((resolve) => setTimeout(resolve, mediaCheckMs));
    if (peer === this.#peer && !this.isClosed && await peer.octetsReceived() === before) this.#restartMedia();
  }

  #close(end) {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#giveUp.abort();
    clearInterval(this.#statisticsTimer);
    clearTimeout(this.#interruption);
    this.#forgetNetwork();
    this.#sizes.close();
    this.#player.detachAll();
    this.#publisher.close();
    this.#link.close();
    this.#peer.close();
    this.#emit("closed", { reason: end.reason, message: end.message });
  }

  /** While the session is on its way back, requests wait for it. */
  async #send(message) {
    while (this.#return) await this.#return;
    const link = this.#link;
    try {
      return await link.request(message);
    } catch (error) {
      // Whether the server has heard it, nobody knows; about the own place it may be told twice.
      if (!message.type.startsWith("stage.") || message.participant || !this.#isBehind(link)) throw error;
    }
    return this.#send(message);
  }

  /** Tells what is sent. If the connection is lost meanwhile, the publisher tells all of it anew on the next. */
  async #tell(message) {
    while (this.#return) await this.#return;
    const link = this.#link;
    try {
      await link.request(message);
    } catch (error) {
      if (!this.#isBehind(link)) throw error;
    }
  }

  /** Whether the session goes on, or is about to, on another connection. */
  #isBehind(link) {
    return !this.isClosed && (this.#return !== null || link !== this.#link);
  }

  /** Resolves when the own state is one that `isReached` takes; the server tells it about the time of its `ok`. */
  #reached(isReached) {
    if (isReached(this.state) || this.isClosed) return undefined;
    return new Promise((resolve) => {
      const look = () => {
        if (!isReached(this.state) && !this.isClosed) return;
        finish();
      };
      const finish = () => {
        clearTimeout(timer);
        for (const type of ["stagestate", "closed"]) this.removeEventListener(type, look);
        resolve();
      };
      const timer = setTimeout(finish, stateTimeoutMs);
      for (const type of ["stagestate", "closed"]) this.addEventListener(type, look);
    });
  }

  /** A refused request leaves no camera open. */
  async #sendOrClose(message) {
    try {
      await this.#send(message);
    } catch (error) {
      if (this.state !== "onStage") this.#publisher.closeDevices();
      throw error;
    }
  }

  #emit(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
