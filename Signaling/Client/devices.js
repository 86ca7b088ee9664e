import { ForestageError } from "./errors.js";

const defaults = {
  camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

/** Throws where the browser hides devices: on http from another machine's address. */
function requireDevices() {
  if (globalThis.navigator?.mediaDevices) return;
  const where = globalThis.location ? ` (${globalThis.location.origin})` : "";
  throw new ForestageError("insecureContext", `Browsers allow camera and microphone on secure pages only, not here${where}`);
}

/** Opens camera and microphone, in one question to the person: {camera, microphone} of tracks. */
export async function openDevices({ camera = true, microphone = true } = {}) {
  requireDevices();
  const constraints = (wish, name) => (wish === true ? defaults[name] : wish);
  const what = [camera && "camera", microphone && "microphone"].filter(Boolean).join(" and ");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: constraints(camera, "camera"), audio: constraints(microphone, "microphone"),
    });
    const [video] = stream.getVideoTracks(), [audio] = stream.getAudioTracks();
    if (video) video.contentHint = "motion";
    return { ...(video && { camera: video }), ...(audio && { microphone: audio }) };
  } catch (error) {
    throw ForestageError.fromDevice(error, what);
  }
}

/**
 * Opens what there is of camera and microphone: {tracks, missing}, where `missing` says by source why it is not open.
 * A person without a camera, or who does not want to be seen, can be heard all the same.
 */
export async function openWhatThereIs(wish) {
  const wanted = ["microphone", "camera"].filter((source) => wish[source]);
  const missing = {};
  let tracks = {}, failure = null;
  try {
    tracks = await openDevices({ camera: false, microphone: false, ...wish });
  } catch (error) {
    failure = error;
  }
  for (const source of failure ? wanted : []) {
    missing[source] = failure.cause ? ForestageError.fromDevice(failure.cause, source) : failure;
    if (wanted.length === 1 || failure.code === "insecureContext") continue;
    // Who has just refused both is asked once more, for the microphone; not for the camera too.
    if (source === "camera" && failure.code === "deviceDenied" && !(await isGranted(source))) continue;
    try {
      tracks[source] = (await openDevices({ camera: false, microphone: false, [source]: wish[source] }))[source];
      delete missing[source];
    } catch (error) {
      missing[source] = error;
    }
  }
  return { tracks, missing };
}

/** Whether the browser opens the device without asking. */
async function isGranted(name) {
  try {
    return (await navigator.permissions.query({ name })).state === "granted";
  } catch {
    return false;  // a browser that does not tell
  }
}

/** The same device as the track's, for opening it again. */
export function sameDevice(track, source) {
  const { deviceId } = track.getSettings();
  return deviceId ? { ...defaults[source], deviceId: { ideal: deviceId } } : true;
}

/** Asks for a screen, window or tab: {screen, screenAudio?} of tracks. */
export async function openScreen() {
  requireDevices();
  if (!navigator.mediaDevices.getDisplayMedia) {
    throw new ForestageError("unsupportedBrowser", "This browser cannot share a screen");
  }
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 30 } }, audio: true });
    const [video] = stream.getVideoTracks(), [audio] = stream.getAudioTracks();
    video.contentHint = "detail";
    return { screen: video, ...(audio && { screenAudio: audio }) };
  } catch (error) {
    throw ForestageError.fromDevice(error, "screen");
  }
}
