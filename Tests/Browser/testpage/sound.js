// A tone that says whose it is, and an ear for it.
(() => {
  let context;

  /** The page's audio context, or null where it does not start: Firefox needs an audio device for it. */
  async function audioContext() {
    if (context === undefined) {
      context = new AudioContext({ sampleRate: 48000 });
      const patience = new Promise((resolve) => setTimeout(resolve, 2000));
      await Promise.race([context.resume(), patience]);
      if (context.state !== "running") context = null;
    }
    return context;
  }

  /** The tone of an id in hertz: 32 tones, 100 Hz apart. */
  const frequency = (id) => 300 + (id % 32) * 100;

  /** An endless tone; returns {track, stop()}. Without an audio context it is the browser's fake microphone. */
  async function tone(id) {
    const context = await audioContext();
    if (!context) {
      const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
      return { track, stop: () => track.stop() };
    }
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const destination = context.createMediaStreamDestination();
    oscillator.frequency.value = frequency(id);
    gain.gain.value = 0.3;
    oscillator.connect(gain).connect(destination);
    oscillator.start();
    const track = destination.stream.getAudioTracks()[0];
    return { track, stop: () => { oscillator.stop(); track.stop(); } };
  }

  /** Listens to the stream's audio for a while: {loudest (Hz), level (dB of that bin)}, or null without a context. */
  async function listen(stream, milliseconds = 400) {
    const context = await audioContext();
    if (!context) return null;
    const source = context.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    source.connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    source.disconnect();
    let best = 0;
    for (let i = 1; i < bins.length; i += 1) if (bins[i] > bins[best]) best = i;
    return { loudest: (best * context.sampleRate) / analyser.fftSize, level: Math.max(-1000, bins[best]) };
  }

  globalThis.testpage = { ...globalThis.testpage, frequency, tone, listen };
})();
