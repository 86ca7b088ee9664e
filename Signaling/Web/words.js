/** What is told to people in place of the server's own texts, by error code. */
const words = {
  badMessage: "The server did not understand this page. Reload it and try again.",
  unknownType: "The server does not know this yet. Reload the page and try again.",
  tooDeep: "The server did not understand this page. Reload it and try again.",
  limitExceeded: "That is too long. Make it shorter and try again.",
  notJoined: "You are not in the room any more. Join again.",
  alreadyJoined: "You are in the room already.",
  badToken: "This link is not valid. Ask for a new one.",
  tokenExpired: "This link has expired. Ask for a new one.",
  tokenRequired: "You need a personal link to come in here. Ask the host for one.",
  badInvitation: "This invitation is not valid. Ask for a new one.",
  invitationExpired: "This invitation has expired. Ask for a new one.",
  invitationRevoked: "This invitation was taken back. Ask the host for a new one.",
  invitationUsedUp: "This invitation has been used as often as it may be. Ask for a new one.",
  forbidden: "You are not allowed to do that here.",
  badOffer: "This browser and the server found no common way to send sound and pictures. Try a newer browser.",
  noSuchRoom: "This stage is not open yet. Try again when a host has opened it.",
  roomFull: "The room is full. Try again when somebody has left.",
  roomLocked: "The room is locked. Ask the host to let you in.",
  roomEnded: "The event is over.",
  hostTaken: "Somebody else is host here already. Join as viewer, or ask them for an invitation.",
  participantAway: "Their connection is gone at the moment. Wait until they are back.",
  noSuchInvitation: "This link was taken back already, or its time is over.",
  tooManyInvitations: "There are as many links as a room may have. Take back some that nobody needs.",
  tooManyRequests: "Too many people come in at this moment. Try again in a minute.",
  removed: "A host has removed you from this room.",
  replaced: "You are in this room in another window or on another device.",
  resumeExpired: "You were away for too long. Join again.",
  resumeIncomplete: "Too much has happened while you were away. Join again.",
  noSuchParticipant: "That person is not here any more.",
  noSuchTrack: "That camera or microphone is not on any more.",
  noSuchSlot: "That place is not there any more.",
  noSuchSource: "That camera, microphone or screen is not there.",
  encryptionDiffers: "This room is encrypted end to end, or not, unlike your link. Ask for the right link.",
  stageFull: "The stage is full. Somebody must leave it first.",
  conflict: "Something has changed in between. Look again, then decide.",
  queueFull: "So many hands are raised that yours finds no room. Try again in a while.",
  serverFull: "The server is full. Try again later.",
  draining: "The server is about to restart. Try again in a minute.",
  busy: "That was too much at once. Wait a moment and try again.",
  internal: "The server made a mistake. Try again.",
  connectionFailed: "The server cannot be reached. Check your network and try again.",
  connectionLost: "The connection is lost. Check your network and try again.",
  mediaLost: "No sound and picture come through any more. A firewall may block them; another network may help.",
};

/** Codes whose texts come from the browser SDK and speak to people already: they name the device, or who shares a screen, and what to do. */
const spoken = new Set(["deviceDenied", "deviceMissing", "deviceBusy", "insecureContext", "unsupportedBrowser", "screenTaken"]);

/** An error as people should read it; one that has no words here is named by its code, so that it can be asked about. */
export function plainWords({ code, message }) {
  if (Object.hasOwn(words, code ?? "")) return words[code];
  if (spoken.has(code)) return message;
  return code ? `That did not work (${code}). Try again, or reload the page.` : "That did not work. Reload the page and try again.";
}
