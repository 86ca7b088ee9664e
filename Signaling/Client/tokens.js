import { ForestageError } from "./errors.js";
import { signalingAddress } from "./link.js";

/** How often the exchange is tried again where many people come at once. */
const exchangeAttempts = 5;
/** An answer that takes longer never comes. */
const answerTimeoutMs = 10_000;

/**
 * Exchanges an invitation for an access token with an identity of its own; with `token`, an earlier one of the same
 * invitation, the identity stays. Resolves with {token, identity, room, role, expiresAt}.
 */
export async function exchangeInvitation({ url, invitation, name, token }) {
  const address = new URL(signalingAddress(url));
  address.protocol = { "ws:": "http:", "wss:": "https:" }[address.protocol] ?? address.protocol;
  address.pathname = "/v1/tokens";
  for (let attempt = 1; ; attempt += 1) {
    let response, answer;
    try {
      // As plain text: a page of another origin then needs no preflight.
      response = await fetch(address, { method: "POST", body: JSON.stringify({ invitation, name, token }), signal: AbortSignal.timeout(answerTimeoutMs) });
      answer = await response.json();
    } catch (error) {
      throw new ForestageError("connectionFailed", `No answer from ${address.origin}`, { cause: error });
    }
    if (response.ok) return answer;
    if (response.status !== 429 || attempt === exchangeAttempts) {
      throw new ForestageError(answer.code ?? "internal", answer.message ?? `The server answered ${response.status}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500 * attempt * (1 + Math.random())));
  }
}

/**
 * What an access token or an invitation is for: {room, role, name, identity, expiresAt, isInvitation} and, where the token
 * limits what may be sent, `publish`; null where it is neither. It reads what the token says; whether that is true is for the server to check.
 */
export function describeToken(token) {
  try {
    const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const octets = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(octets));
    if (typeof claims.room !== "string") return null;
    return {
      room: claims.room,
      role: claims.role ?? "viewer",
      name: claims.name ?? null,
      identity: claims.sub ?? null,
      expiresAt: claims.exp ?? null,
      isInvitation: claims.inv === true,
      ...(Array.isArray(claims.permissions?.publish) && { publish: claims.permissions.publish }),
    };
  } catch {
    return null;
  }
}
