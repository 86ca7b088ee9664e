import { toast } from "./toasts.js";

/** Why devices ("camera", "microphone", or both) are not there, as the sentence's end. */
const reasons = {
  deviceMissing: (what) => `no ${what} was found`,
  deviceDenied: (what) => `your browser does not allow the ${what}; its address bar lets you change that`,
  deviceBusy: (what) => `another program uses the ${what}`,
  insecureContext: () => "browsers allow camera and microphone on https pages only",
};
const unknownReason = (what) => `the ${what} cannot be opened`;

/** What people should know when a camera or microphone is not there: by source the error; "" where nothing is missing. */
export function whatIsMissing(missing, { isOnStage }) {
  const sources = ["camera", "microphone"].filter((source) => missing[source]);
  if (!sources.length) return "";
  const has = sources.length === 2 ? "without camera and microphone" : sources[0] === "camera" ? "with your microphone only" : "with your camera only";
  const codes = [...new Set(sources.map((source) => missing[source].code))];
  const why = codes.map((code) => (reasons[code] ?? unknownReason)(sources.filter((source) => missing[source].code === code).join(" and ")));
  const begin = isOnStage ? `You are on stage ${has}` : `You can go on stage ${has}`;
  return `${begin}: ${why.join(", and ")}.`;
}

/** Says in the room what is missing, when the hand goes up and on stage. */
export function sayWhatIsMissing(session) {
  const isOnStage = session.state === "onStage";
  if (!isOnStage && session.state !== "requested") return;
  const allowed = session.participant.permissions.publish;
  const missing = Object.fromEntries(Object.entries(session.missingDevices ?? {})
    .filter(([source]) => allowed.includes(source) && !session.track(source)));
  const text = whatIsMissing(missing, { isOnStage });
  if (text) toast(text, { topic: "stagestate" });
}
