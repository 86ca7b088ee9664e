// A participant whose picture and voice carry an id, on the SDK as the server serves it.
(() => {
  /**
   * Joins; `id` makes a painted camera (`scale` times 640x360, `noisy`: of several packets a picture, `fps`) and a tone, null only watches; `encryption` {key, codec} encrypts end to end.
   * Everything seen is kept in window.me. window.tokenFunction, where a test has set it, is what the SDK asks for tokens.
   */
  async function join({ id = null, scale = 1, noisy = false, fps = 15, encryption = null, ...options }) {
    const { connect } = await import("/client/forestage.js");
    const picture = id === null ? null : paint(id, fps, scale, noisy), sound = id === null ? null : await tone(id);
    const session = await connect({
      ...options, ...(window.tokenFunction && { token: window.tokenFunction }), camera: picture?.track, microphone: sound?.track,
      ...(encryption && { onConnection: testpage.cipher(encryption) }),
    });
    const me = { session, picture, sound, errors: [], states: [], shown: [], approvedAt: new Map(), videos: new Map() };
    window.me = me;
    document.body.replaceChildren();
    for (const seat of [...session.seats, ...(session.screen ? [session.screen] : [])]) {
      const video = document.createElement("video");
      video.width = 320;
      document.body.append(video);
      me.videos.set(seat, video);
      session.attach(seat, video);
    }
    const wallClock = () => performance.timeOrigin + performance.now();
    session.addEventListener("shown", ({ detail: { participant, sinceEnteredMs } }) =>
      me.shown.push({ participant, sinceEnteredMs, atMs: wallClock() }));
    session.addEventListener("error", ({ detail }) => me.errors.push(`${detail.code}: ${detail.message}`));
    session.addEventListener("stagestate", ({ detail }) => me.states.push({ state: detail.state, atMs: wallClock() }));
    session.addEventListener("closed", ({ detail }) => me.states.push({ state: `closed: ${detail.reason}`, atMs: wallClock() }));
    me.approve = async (participant) => {
      const atMs = wallClock();
      await session.approve(participant);
      return atMs;
    };
    return session.participant.id;
  }

  /** What each occupied seat shows: [{use, index, participant, name, state, id, counter, width, height}]. */
  function seen() {
    const { session, videos } = window.me;
    return [...videos].filter(([seat]) => seat.participant).map(([seat, video]) => ({
      use: seat.use, index: seat.index, participant: seat.participant, name: seat.name, state: seat.state,
      ...read(video), track: seat.video.track ?? null, members: session.stage.members.length,
    }));
  }

  /** The received side of getStats, of seats with somebody in them. */
  async function received() {
    const { receiving } = await window.me.session.getStats();
    return receiving.filter(({ participant }) => participant);
  }

  const { paint, read, tone } = globalThis.testpage;
  globalThis.testpage = { ...globalThis.testpage, join, seen, received };
})();
