// Pages that encrypt their frames end to end, with what browsers offer for it (RTCRtpScriptTransform).
(() => {
  /** Runs in the worker: encrypts or decrypts each frame, and drops what it cannot decrypt. */
  function work() {
    const nonceSize = 12;

    /** How much of a frame stays in clear: the server and the receiving browser read VP8's first octets, nothing else. */
    function clearSize(codec, octets) {
      if (codec !== "VP8") return 0;
      const isKeyframe = (octets[0] & 1) === 0;  // RFC 7741 section 4.3
      return isKeyframe ? 10 : 3;
    }

    function joined(...parts) {
      const whole = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
      let at = 0;
      for (const part of parts) {
        whole.set(new Uint8Array(part), at);
        at += part.byteLength;
      }
      return whole.buffer;
    }

    async function encrypted(octets, clear, key) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceSize));
      const head = octets.slice(0, clear);
      const secret = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv: nonce, additionalData: head }, key, octets.slice(clear));
      return joined(head, secret, nonce);
    }

    async function decrypted(octets, clear, key) {
      const head = octets.slice(0, clear), nonce = octets.slice(-nonceSize);
      const secret = octets.slice(clear, -nonceSize);
      return joined(head, await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData: head }, key, secret));
    }

    onrtctransform = async ({ transformer: { readable, writable, options } }) => {
      const key = await crypto.subtle.importKey("raw", new Uint8Array(16).fill(options.key), "AES-GCM", false, ["encrypt", "decrypt"]);
      const change = options.sends ? encrypted : decrypted;
      const transform = async (frame, controller) => {
        const octets = new Uint8Array(frame.data);
        if (octets.length) {
          try {
            frame.data = await change(octets, clearSize(options.codec, octets), key);
          } catch {
            return;  // another key's, or no cipher at all
          }
        }
        controller.enqueue(frame);
      };
      readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable).catch(() => {});
    };
  }

  /** What `connect` calls with its connection: everything sent is encrypted with the key, everything received decrypted. */
  function cipher({ key, codec }) {
    const source = URL.createObjectURL(new Blob([`(${work})()`], { type: "text/javascript" }));
    const worker = new Worker(source);
    return (connection) => {
      for (const { sender, receiver, direction } of connection.getTransceivers()) {
        const sends = direction === "sendonly", end = sends ? sender : receiver;
        const isVideo = receiver.track.kind === "video";
        end.transform = new RTCRtpScriptTransform(worker, { sends, key, codec: isVideo ? codec : null });
      }
    };
  }

  globalThis.testpage = { ...globalThis.testpage, cipher };
})();
