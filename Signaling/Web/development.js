import { byID } from "./dom.js";

// A development server asks nobody for a token; whoever opens the page should know what that means.
try {
  const configuration = await (await fetch("/v1/configuration")).json();
  for (const id of ["development-notice", "development-note"]) byID(id).hidden = !configuration.development;
} catch {
  // Without a server there is nothing to say; the attempt to join will say so.
}
