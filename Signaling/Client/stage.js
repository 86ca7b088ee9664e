/**
 * Who is on stage, and (for those who may moderate) whose hand is raised: the server's `stage` messages applied.
 */
export class Stage {
  #members = new Map();
  #requests = new Map();

  constructor({ version, members, requests }) {
    this.version = version;
    for (const member of members) this.#members.set(member.participant, member);
    for (const request of requests ?? []) this.#requests.set(request.participant, request);
  }

  /** Those on stage, in stage order. */
  get members() {
    return [...this.#members.values()].sort((a, b) => a.order - b.order);
  }

  /** Raised hands and open invitations, the oldest first. */
  get requests() {
    return [...this.#requests.values()];
  }

  member(participant) {
    return this.#members.get(participant) ?? null;
  }

  /** Applies a `stage` event; returns the participants who {entered, left} the stage by it. */
  apply({ version, changes }) {
    const entered = [], left = [];
    for (const { state, ...change } of changes) {
      const { participant, name, role } = change, away = change.away ? { away: true } : {};
      const wasOnStage = this.#members.has(participant);
      if (state === "onStage") {
        this.#members.set(participant, { participant, name, role, order: change.order, tracks: change.tracks ?? [], ...away });
        this.#requests.delete(participant);
        if (!wasOnStage) entered.push(participant);
        continue;
      }
      this.#members.delete(participant);
      if (wasOnStage) left.push(participant);
      if (state === "audience") this.#requests.delete(participant);
      else this.#requests.set(participant, { participant, name, state, ...away });
    }
    this.version = version;
    return { entered, left };
  }
}
