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
