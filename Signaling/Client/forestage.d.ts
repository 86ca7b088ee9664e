/** The browser SDK of Forestage. Plain ES modules: `import { connect } from "/client/forestage.js"`. */

export type Source = "microphone" | "camera" | "screen" | "screenAudio";
export type Role = "host" | "viewer" | (string & {});
export type StageState = "audience" | "requested" | "invited" | "onStage";
export type SlotState = "empty" | "playing" | "paused" | "muted" | "cannotDecode";
export type AudioCodec = "opus" | "red";
export type VideoCodec = "VP8" | "H264" | "VP9" | "AV1";

/** The sources, in the order of their sections. */
export const sources: readonly Source[];

export interface ConnectOptions {
  /** The server, or its signaling endpoint (http, https, ws or wss). Default: where the SDK came from. */
  url?: string | URL;
  /**
   * An access token, or a function that gets one: it is called anew whenever the session comes back after its connection was
   * lost, and then has 10 s to answer. Only a server in development mode does without, and takes `room`,
   * `identity`, `name` and `role` instead.
   */
  token?: string | (() => string | Promise<string>);
  /** Without a token: who this is, the same at every join; somebody new by default. */
  identity?: string;
  /** Where the room is not open yet: wait, and come in when a host opens it. Default: rejects with "noSuchRoom". */
  wait?: boolean;
  /** Called when the server lets us wait; `message` is for people. */
  onWaiting?: (message: string) => void;
  /** Gives the join up. */
  signal?: AbortSignal;
  room?: string;
  name?: string;
  role?: Role;
  /**
   * Whether your page encrypts what it sends end to end (RTCRtpScriptTransform): the server then reads nothing from
   * payloads. It decides for a room that this join makes, and must be so of a room that is there. Default: as the room is.
   */
  encrypted?: boolean;
  /** How many people can be seen at once. Default 6. */
  seats?: number;
  /** How many shared screens. Default 1. */
  screens?: number;
  /** How many more can be heard when the stage has more people than there are seats. Default 3. */
  extraAudio?: number;
  /** What may ever be published; nothing is captured or sent before the stage. Default all; `[]` only watches. */
  publish?: readonly Source[];
  /**
   * The codecs to negotiate, in order. Default VP8, H264 (encoders such as OBS send it) and Opus. `red` before `opus` is
   * redundant audio (RFC 2198), where the room takes it and the browser knows it (Firefox does not). With others before VP8,
   * as `["H264", "VP8"]`, the camera is sent in the first of them, and in VP8 too while somebody watches whose browser does not know that.
   */
  codecs?: { video: readonly VideoCodec[]; audio: readonly AudioCodec[] };
  /**
   * Whether the camera is sent in up to three sizes (RIDs q, h, f): as many as its picture is good for, and as anybody wants
   * to see. Default true.
   */
  simulcast?: boolean;
  /**
   * Whether the camera is sent as one stream of three layers (L3T3_KEY) in place of simulcast. It needs VP9 or AV1 as the first
   * of `codecs.video`, and a browser that knows it (Firefox does not). Default false.
   */
  svc?: boolean;
  /**
   * Whether the SDK tells the server how large each attached seat is shown, and which are not seen, so that no more is sent
   * than that. Default true.
   */
  measures?: boolean;
  /** Tracks to publish once on stage, in place of devices. They stay yours, unless `handOver` gives them away: the SDK never stops them. */
  camera?: MediaStreamTrack;
  microphone?: MediaStreamTrack;
  screen?: MediaStreamTrack;
  screenAudio?: MediaStreamTrack;
  /** The tracks given are the SDK's from the join on: it stops them off stage, and the camera's while it is muted. Default false. */
  handOver?: boolean;
  /** Added to the RTCPeerConnection's configuration. The server names its STUN and TURN servers by itself; `iceServers` adds others. */
  rtcConfiguration?: RTCConfiguration;
  /**
   * Called once with the connection, its transceivers in place, before anything is offered: for encoded transforms
   * (`sender.transform`, `receiver.transform`), which end-to-end encryption needs.
   */
  onConnection?: (connection: RTCPeerConnection) => void;
  /** Dispatches "stats" this often. Default: never. */
  statsIntervalMs?: number;
}

/** Joins a room in one exchange. Rejects with a ForestageError. */
export function connect(options?: ConnectOptions): Promise<Session>;

/** An invitation as those who may moderate know it. */
export interface Invitation {
  id: string;
  /** The role of those who come in by it. */
  role: Role;
  /** Seconds since 1970. */
  expiresAt: number;
  /** At most so many people; absent: any number. */
  uses?: number;
  /** People who came by it since the server's start; only in lists. */
  used?: number;
}

/** An access token with an identity of its own. */
export interface Admission {
  token: string;
  identity: string;
  room: string;
  role: Role;
  /** Seconds since 1970. */
  expiresAt: number;
}

/**
 * Exchanges an invitation for an access token. With `token`, an earlier one of the same invitation, the identity stays: keep
 * it in sessionStorage, so that a reload is the same person. Rejects with a ForestageError.
 */
export function exchangeInvitation(options: {
  url?: string | URL; invitation: string; name?: string; token?: string;
}): Promise<Admission>;

/**
 * What an access token or an invitation says that it is for; null where it is neither. Whether it is true is for the server
 * to check.
 */
export function describeToken(token: string): {
  room: string; role: Role; name: string | null; identity: string | null;
  /** The sources that may be sent, where the token limits them. */
  publish?: Source[];
  /** Seconds since 1970. */
  expiresAt: number | null;
  isInvitation: boolean;
} | null;

/** What to open: a default device, none, or one that fits. */
export interface DeviceWish {
  camera?: boolean | MediaTrackConstraints;
  microphone?: boolean | MediaTrackConstraints;
}

/** Opens camera and microphone with one question to the person. Rejects with a ForestageError. */
export function openDevices(wish?: DeviceWish): Promise<{ camera?: MediaStreamTrack; microphone?: MediaStreamTrack }>;

/**
 * Opens what there is of camera and microphone; `missing` says by source why it is not open. Whoever refuses both is asked
 * once more, for the microphone alone.
 */
export function openWhatThereIs(wish: DeviceWish): Promise<{
  tracks: { camera?: MediaStreamTrack; microphone?: MediaStreamTrack };
  missing: { camera?: ForestageError; microphone?: ForestageError };
}>;

/** Asks for a screen, window or tab to share. Rejects with a ForestageError. */
export function openScreen(): Promise<{ screen: MediaStreamTrack; screenAudio?: MediaStreamTrack }>;

export type ErrorCode =
  // The server's: Signaling/README.md says what each means.
  | "badMessage" | "tooDeep" | "limitExceeded" | "unknownType" | "notJoined" | "alreadyJoined" | "badToken"
  | "tokenExpired" | "tokenRequired" | "forbidden" | "badOffer" | "noSuchRoom" | "roomFull" | "roomLocked"
  | "encryptionDiffers" | "roomEnded" | "removed" | "hostTaken" | "participantAway" | "screenTaken" | "badInvitation"
  | "invitationExpired" | "invitationRevoked" | "invitationUsedUp" | "noSuchInvitation" | "tooManyInvitations"
  | "tooManyRequests" | "queueFull" | "serverFull" | "draining" | "noSuchParticipant" | "noSuchTrack" | "noSuchSlot" | "noSuchSource" | "notOnStage" | "stageFull"
  | "conflict" | "busy" | "internal"
  // The SDK's own.
  | "connectionFailed" | "connectionLost" | "unsupportedBrowser" | "insecureContext" | "deviceDenied"
  | "deviceMissing" | "deviceBusy" | "closed" | (string & {});

/** `code` is for programs, `message` for people: it says what to do. */
export class ForestageError extends Error {
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown });
  readonly code: ErrorCode;
}

export interface Permissions {
  /** What may be sent while on stage. */
  publish: Source[];
  requestStage: boolean;
  moderate: boolean;
  chat: boolean;
}

export interface Self {
  id: string;
  identity: string;
  name: string;
  role: Role;
  permissions: Permissions;
  state: StageState;
}

export interface Room {
  name: string;
  codecs: { audio: string[]; video: string[] };
  locked: boolean;
  /** Whether payloads are encrypted end to end. */
  encrypted: boolean;
  /** Hosts who are present. */
  hosts: number;
  /** When the room ends because no host is there. */
  endsInMs?: number;
  limits: { stage: number; slots: number };
}

export interface Track {
  track: string;
  source: Source;
  muted: boolean;
  /** Names this track in each of its packets: RTCRtpReceiver.getContributingSources(). */
  csrc: number;
}

export interface Member {
  participant: string;
  name: string;
  role: Role;
  /** Position on stage, lower first. */
  order: number;
  tracks: Track[];
  /** Their connection is gone, for a moment or for good. */
  away?: boolean;
}

export interface StageRequest {
  participant: string;
  name: string;
  state: "requested" | "invited";
  /** Their connection is gone, for a moment or for good; they cannot be approved meanwhile. */
  away?: boolean;
}

export interface Stage {
  /** Rises with every change; pass it to approve() and the like to be refused where the person's state has changed. */
  readonly version: number;
  readonly members: Member[];
  /** Raised hands and open invitations; only for those who may moderate. */
  readonly requests: StageRequest[];
  member(participant: string | null): Member | null;
}

/** What one receive section carries. */
export interface Slot {
  state: SlotState;
  /** Why it is paused: the page does not show it, or the viewer's connection carries too little. */
  reason?: "hidden" | "bandwidth";
  mid?: string;
  track?: string;
  participant?: string;
  source?: Source;
  csrc?: number;
  /** With "cannotDecode": the sender was asked for another format, which comes in a moment. */
  second?: boolean;
}

/** A place where the server shows somebody; its stream stays, who sits there changes. */
export interface Seat {
  readonly use: "seat" | "screen" | "audio";
  /** Counts the seats of the same use: 0, 1, ... */
  readonly index: number;
  /** The picture's state, or the sound's where there is no picture. */
  readonly state: SlotState;
  readonly participant: string | null;
  readonly name: string | null;
  readonly video: Slot;
  readonly audio: Slot;
  readonly stream: MediaStream;
  readonly videoReceiver: RTCRtpReceiver | null;
  readonly audioReceiver: RTCRtpReceiver | null;
  readonly videoMid: string | null;
  readonly audioMid: string | null;
  /** The loudness right now, 0 to 1; null while unknown. */
  readonly audioLevel: number | null;
  /** The CSRC of the picture being shown at this moment; null while unknown. */
  readonly playingSource: number | null;
}

/**
 * What the server should know of how a seat is shown. The SDK measures size and visibility of attached seats by itself; what a
 * page says here goes before it.
 */
export interface ViewWish {
  track?: string;
  /** In device pixels. */
  width?: number;
  height?: number;
  /** 0 to 255, higher first. */
  priority?: number;
  /** false: need not be sent. */
  visible?: boolean;
}

export interface SendingStatistics {
  id: string; atMs: number; kind: "audio" | "video"; source: Source | null; rid: string | null; codec: string | null;
  octets: number; bitrate: number | null; packets: number; frames: number | null; keyFrames: number | null;
  width: number | null; height: number | null;
}

export interface ReceivingStatistics {
  id: string; atMs: number; kind: "audio" | "video"; mid: string; use: Seat["use"] | null; seat: number | null;
  participant: string | null; codec: string | null; octets: number; bitrate: number | null; packets: number;
  lost: number; jitterMs: number; frames: number | null; dropped: number | null; freezes: number | null;
  width: number | null; height: number | null; audioEnergy: number | null; keyframeRequests: number | null;
}

/** Bitrates are in bits per second since the call before, null at the first. */
export interface Statistics {
  atMs: number;
  roundTripMs: number | null;
  availableOutgoingBitrate: number | null;
  sending: SendingStatistics[];
  receiving: ReceivingStatistics[];
}

/** What one's network carries from the server, and what each seat gets of it. */
export interface Quality {
  /** In bits per second. */
  readonly estimate: number;
  /**
   * What holds the estimate down: "delay" and "loss" on the network, "demand" where all that is shown fits; the others are of
   * interest to programs only.
   */
  readonly limitedBy: "start" | "delay" | "loss" | "remb" | "reports" | "silence" | "demand" | "trust";
  /**
   * Seats with a picture: `layer` of `layers` is sent, counted from the smallest; 0 while none fits. `layers` is what the publisher
   * sends and the seat's size needs.
   */
  readonly seats: { readonly seat: Seat; readonly layer: number; readonly layers: number }[];
}

/** The `detail` of each event. */
export interface SessionEvents {
  /** The first event, in a turn of its own after connect() resolved. */
  joined: null;
  /** Seats whose content or state changed. */
  slots: { seats: Seat[] };
  /** Somebody on stage, or in the queue, changed; `entered` and `left` name participants. */
  stage: { entered: string[]; left: string[] };
  /** One's own way to the stage and back. */
  stagestate: {
    state: StageState;
    cause: "requested" | "withdrawn" | "approved" | "denied" | "invited" | "accepted" | "declined" | "expired" | "left"
      | "demoted" | "reconnected";
  };
  audience: { count: number };
  permissions: Permissions;
  room: Room;
  /** A host muted one's source; it is muted already. */
  muterequest: { source: Source; muted: boolean };
  /** Somebody's browser takes no format in which one sends this source: it is not seen there. Once for each source. */
  undecodable: { source: Source };
  /** Which encodings of one's source anybody wants, and how many bits per second of them are of use; the SDK sends no more. */
  encodings: { source: Source; encodings: { rid: string; active: boolean; maxBitrate?: number }[] };
  /** Whether somebody's browser needs one's source in a second codec; the SDK sends it while that is so. */
  secondcodec: { source: Source; active: boolean };
  /** What one's network carries has changed, or what the seats get of it; at most once a second, only where the server estimates it. */
  quality: Quality;
  speakers: { speakers: { participant: string; level: number }[] };
  /** One's own tracks, mutes or publications changed. */
  devices: null;
  /** The first frame of whoever is seated there; the time since they entered the stage, if they entered after us. */
  shown: { seat: Seat; participant: string | null; sinceEnteredMs: number | null };
  /** The browser refuses to play sound before a click: call playSound() in one. */
  soundblocked: null;
  connection: { state: RTCPeerConnectionState };
  /** The server will end within this time. */
  draining: { deadlineMs: number };
  stats: Statistics;
  /**
   * The connection is lost, and this is an attempt to come back, counted from 1. Seats go on showing what comes; requests wait
   * until the session is back. After two minutes without media, or where the server refuses, "closed" follows.
   */
  reconnecting: {
    attempt: number; reason: string;
    /** Only the signaling is lost: pictures and sound go on, and the session is resumed as it is. */
    isResuming: boolean;
  };
  /** While coming back: the room is not open (any more); the session waits for a host. */
  waiting: { message: string };
  /** The session is back: the same seats and tracks, and within 30 s the same place on stage or raised hand. */
  reconnected: {
    state: StageState;
    /** The session was resumed as it was: nothing has changed but what further events say. */
    isResumed: boolean;
  };
  /** Something failed that no method call waits for. */
  error: ForestageError;
  /** The last event. */
  closed: {
    reason: "left" | "roomEnded" | "removed" | "replaced" | "mediaLost" | "serverStopping" | "connectionLost"
      | "tokenExpired" | "invitationRevoked"
      | (string & {});
    message: string;
  };
}

/** A joined room. Methods that ask the server reject with a ForestageError when it refuses. */
export class Session extends EventTarget {
  private constructor();
  addEventListener<Name extends keyof SessionEvents>(
    type: Name, listener: (event: CustomEvent<SessionEvents[Name]>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Name extends keyof SessionEvents>(
    type: Name, listener: (event: CustomEvent<SessionEvents[Name]>) => void, options?: boolean | EventListenerOptions): void;
  removeEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;

  readonly participant: Self;
  readonly state: StageState;
  readonly room: Room;
  readonly stage: Stage;
  /** How many watch. */
  readonly audience: number;
  readonly seats: Seat[];
  readonly screen: Seat | null;
  /** Sound only; the SDK plays it. */
  readonly extraAudio: Seat[];
  /** As the last "quality" event; null before the first on this connection. */
  readonly quality: Quality | null;
  readonly isClosed: boolean;
  /** How often the browser wanted to negotiate since the join; stays 0. */
  readonly negotiations: number;
  /** How often the media had to find a new way between the same ends (ICE restarts), as after a change of network. */
  readonly restarts: number;
  /** Milliseconds since the call of connect(). */
  readonly timing: { start: number; offered: number; joined: number; connected?: number; firstFrame?: number };

  /** Shows a seat; the sound plays in `audio`, or in an element of the SDK's own. Returns a function that undoes it. */
  attach(seat: Seat, video: HTMLVideoElement | null, audio?: HTMLAudioElement | null): () => void;
  /** Plays what "soundblocked" was about; call it in a click. */
  playSound(): Promise<void>;
  /** Told at once, kept for the seat, and told again when the session comes back. An empty wish takes the last one back. */
  view(seat: Seat, wish: ViewWish): Promise<void>;

  track(source: Source): MediaStreamTrack | null;
  isPublished(source: Source): boolean;
  isMuted(source: Source): boolean;
  /** Opens what there is, a muted camera not before it is unmuted; on stage it goes out at once. What is not there is left out: `missingDevices` says why. */
  openDevices(wish?: DeviceWish): Promise<void>;
  /** Why a camera or microphone that was wished for last is not open. */
  readonly missingDevices: Partial<Record<"camera" | "microphone", ForestageError>>;
  /** With a track of yours, or a device or screen opened now. In the audience it goes out upon promotion. */
  publish(source: Source, track?: MediaStreamTrack): Promise<void>;
  unpublish(source: Source): Promise<void>;
  replaceTrack(source: Source, track: MediaStreamTrack): Promise<void>;
  /**
   * A muted microphone stays open and is silent; a muted camera that the SDK opened is closed, so that its light goes out, and
   * opened again when it is not muted any more. Nothing is negotiated. A mute lasts until the stage is left.
   */
  mute(source: Source, muted?: boolean): Promise<void>;

  /** Opens the devices, then asks for the stage: the camera is ready in the moment of approval. Resolves when `state` has changed. */
  raiseHand(devices?: DeviceWish): Promise<void>;
  lowerHand(): Promise<void>;
  /** Opens the devices, then accepts an invitation. */
  accept(devices?: DeviceWish): Promise<void>;
  decline(): Promise<void>;
  leaveStage(): Promise<void>;

  approve(participant: string, version?: number): Promise<void>;
  deny(participant: string, version?: number): Promise<void>;
  invite(participant: string, version?: number): Promise<void>;
  demote(participant: string, version?: number): Promise<void>;
  muteParticipant(participant: string, source: Source): Promise<void>;
  remove(participant: string): Promise<void>;
  lock(locked?: boolean): Promise<void>;
  end(): Promise<void>;

  /** Makes an invitation link's token: `https://HOST/?room=ROOM#invite=TOKEN`. The role is at most one's own. */
  createInvitation(wish?: { role?: Role; minutes?: number; uses?: number }): Promise<Invitation & { token: string }>;
  invitations(): Promise<Invitation[]>;
  /** Ends an invitation, and the tokens that came of it; who is in the room stays. */
  revokeInvitation(id: string): Promise<void>;

  /** The round trip of a message, in milliseconds. */
  ping(): Promise<number>;
  getStats(): Promise<Statistics>;
  leave(): Promise<void>;
}
