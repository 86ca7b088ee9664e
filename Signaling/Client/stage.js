/**
 * Who is on stage, and (for those who may moderate) whose hand is raised: the server's `stage` messages applied.
 */
export class Stage {
  #members = new Map();
  #requests = new Map();

  constructor(stage) {
    this.#set(stage);
  }

  #set({ version, members, requests }) {
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

  /** Starts anew after a further join; returns the participants who {entered, left} the stage meanwhile. */
  reset(stage) {
    const before = new Set(this.#members.keys());
    this.#members.clear();
    this.#requests.clear();
    this.#set(stage);
    const now = new Set(this.#members.keys());
    return {
      entered: [...now].filter((participant) => !before.has(participant)),
      left: [...before].filter((participant) => !now.has(participant)),
    };
  }

  /** Applies a `stage` event; returns the participants who {entered, left} the stage by it. */
  apply({ version, changes }) {
    const entered = [], left = [];
    for (const { state, ...change } of changes) {
      const { participant, name, role } = change;
      const away = change.away ? { away: true } : {};
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
