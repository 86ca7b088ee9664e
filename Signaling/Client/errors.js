/** What to do about an error, by its code; appended to the message. */
const advice = {
  badToken: "Ask for a new link or token.",
  tokenExpired: "Ask for a new link or token.",
  tokenRequired: "Pass `token`; only a server in development mode does without.",
  removed: "They can let you in with a new link.",
  hostTaken: "Join as a viewer, or ask the host for an invitation.",
  badInvitation: "Ask for a new link.",
  invitationExpired: "Ask for a new link.",
  invitationRevoked: "Ask for a new link.",
  invitationUsedUp: "Ask for a new link.",
  tooManyInvitations: "Revoke invitations that are no longer needed.",
  participantAway: "Wait until they are back.",
  noSuchRoom: "Wait until the host has opened it.",
  serverFull: "Try again later.",
  draining: "Try again in a moment.",
  roomLocked: "A host has locked the room; ask to be let in.",
  encryptionDiffers: "Join with what the room was made with, or open another room.",
  roomFull: "Try again when somebody has left.",
  roomEnded: "The event is over.",
  forbidden: "This needs a permission that the participant's role does not have.",
  stageFull: "Somebody must leave the stage first.",
  conflict: "Somebody else was faster; look at the stage again.",
  busy: "Too many requests at once; wait for replies.",
  insecureContext: "Open the page over https, or as http://localhost on the server's own machine.",
  deviceDenied: "Allow camera and microphone for this site in the browser's address bar, then try again.",
  deviceMissing: "Connect a camera or microphone, then try again.",
  deviceBusy: "Close the other program that uses the camera or microphone, then try again.",
  connectionFailed: "Check the address and that the server runs.",
  connectionLost: "Check the network, then join again.",
  mediaLost: "A firewall may block UDP; join again, or try another network.",
};

/**
 * An error with a `code` for programs and a message that says what to do.
 * Codes are those of the signaling protocol, and the SDK's own: see `ErrorCode` in forestage.d.ts.
 */
export class ForestageError extends Error {
  constructor(code, message, options) {
    const what = message.replace(/\.?\s*$/, "");
    super(advice[code] ? `${what}. ${advice[code]}` : what, options);
    this.name = "ForestageError";
    this.code = code;
  }

  /** The error of getUserMedia and getDisplayMedia in our words. */
  static fromDevice(error, what) {
    if (error instanceof ForestageError) return error;
    const [code, message] = {
      NotAllowedError: ["deviceDenied", `The browser does not allow the ${what}`],
      SecurityError: ["deviceDenied", `The browser does not allow the ${what}`],
      NotFoundError: ["deviceMissing", `No ${what} was found`],
      OverconstrainedError: ["deviceMissing", `No ${what} fits what was asked for`],
      NotReadableError: ["deviceBusy", `The ${what} cannot be read`],
      AbortError: ["deviceBusy", `The ${what} cannot be read`],
    }[error?.name] ?? ["deviceMissing", `The ${what} cannot be opened: ${error?.message ?? error}`];
    return new ForestageError(code, message, { cause: error });
  }
}
