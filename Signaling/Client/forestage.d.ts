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
  /** The server, or its signaling endpoint (http, https, ws or wss). Default: where the page came from. */
  url?: string | URL;
  /** An access token. Only a server in development mode does without, and takes `room`, `name` and `role` instead. */
  token?: string;
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
   * redundant audio (RFC 2198), where the room takes it and the browser knows it (Firefox does not).
   */
  codecs?: { video: readonly VideoCodec[]; audio: readonly AudioCodec[] };
  /** Whether the camera is sent in three sizes. Default true. */
  simulcast?: boolean;
  /** Tracks to publish once on stage, in place of devices. They stay yours: the SDK never stops them. */
  camera?: MediaStreamTrack;
  microphone?: MediaStreamTrack;
  screen?: MediaStreamTrack;
  screenAudio?: MediaStreamTrack;
  /** Added to the RTCPeerConnection's configuration, for example `iceServers`. */
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

/** What to open: a default device, none, or one that fits. */
export interface DeviceWish {
  camera?: boolean | MediaTrackConstraints;
  microphone?: boolean | MediaTrackConstraints;
}

/** Opens camera and microphone with one question to the person. Rejects with a ForestageError. */
export function openDevices(wish?: DeviceWish): Promise<{ camera?: MediaStreamTrack; microphone?: MediaStreamTrack }>;

/** Asks for a screen, window or tab to share. Rejects with a ForestageError. */
export function openScreen(): Promise<{ screen: MediaStreamTrack; screenAudio?: MediaStreamTrack }>;

export type ErrorCode =
  // The server's: Signaling/README.md says what each means.
  | "badMessage" | "tooDeep" | "limitExceeded" | "unknownType" | "notJoined" | "alreadyJoined" | "badToken"
  | "tokenExpired" | "tokenRequired" | "forbidden" | "badOffer" | "noSuchRoom" | "roomFull" | "roomLocked"
  | "encryptionDiffers" | "roomEnded" | "noSuchParticipant" | "noSuchTrack" | "noSuchSlot" | "noSuchSource" | "notOnStage" | "stageFull"
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
}

export interface StageRequest {
  participant: string;
  name: string;
  state: "requested" | "invited";
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
  mid?: string;
  track?: string;
  participant?: string;
  source?: Source;
  csrc?: number;
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

/** What the server should know of how a seat is shown. */
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
      | "demoted";
  };
  audience: { count: number };
  permissions: Permissions;
  room: Room;
  /** A host muted one's source; it is muted already. */
  muterequest: { source: Source; muted: boolean };
  /** Somebody's browser takes no format in which one sends this source: it is not seen there. Once for each source. */
  undecodable: { source: Source };
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
  /** Something failed that no method call waits for. */
  error: ForestageError;
  /** The last event. */
  closed: {
    reason: "left" | "roomEnded" | "removed" | "replaced" | "mediaLost" | "serverStopping" | "connectionLost"
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
  readonly isClosed: boolean;
  /** How often the browser wanted to negotiate since the join; stays 0. */
  readonly negotiations: number;
  /** Milliseconds since the call of connect(). */
  readonly timing: { start: number; offered: number; joined: number; connected?: number; firstFrame?: number };

  /** Shows a seat; the sound plays in `audio`, or in an element of the SDK's own. Returns a function that undoes it. */
  attach(seat: Seat, video: HTMLVideoElement | null, audio?: HTMLAudioElement | null): () => void;
  /** Plays what "soundblocked" was about; call it in a click. */
  playSound(): Promise<void>;
  view(seat: Seat, wish: ViewWish): Promise<void>;

  track(source: Source): MediaStreamTrack | null;
  isPublished(source: Source): boolean;
  isMuted(source: Source): boolean;
  openDevices(wish?: DeviceWish): Promise<void>;
  /** With a track of yours, or a device or screen opened now. In the audience it goes out upon promotion. */
  publish(source: Source, track?: MediaStreamTrack): Promise<void>;
  unpublish(source: Source): Promise<void>;
  replaceTrack(source: Source, track: MediaStreamTrack): Promise<void>;
  mute(source: Source, muted?: boolean): Promise<void>;

  /** Opens the devices, then asks for the stage: the camera is ready in the moment of approval. */
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

  /** The round trip of a message, in milliseconds. */
  ping(): Promise<number>;
  getStats(): Promise<Statistics>;
  leave(): Promise<void>;
}
