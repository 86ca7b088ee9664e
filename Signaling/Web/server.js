/** An answer that has not come by then is asked for anew, after a pause. */
const answerMs = 8000, againMs = 1500;

/** What the page wants to know of its server. */
export const server = {
  /** Whether people come in by their own word, without a link; null while nobody knows. */
  isDevelopment: null,
  /** Resolves when it is known. */
  answered: ask(),
};

async function ask() {
  for (;;) {
    try {
      const answer = await fetch("/v1/configuration", { cache: "no-store", signal: AbortSignal.timeout(answerMs) });
      server.isDevelopment = (await answer.json()).development === true;
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}
