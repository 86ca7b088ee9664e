// A picture that says whose it is, and a reader that understands it after a codec had its way with it.
//
// 640x360, black and white cells of 80x60 in 8 columns: rows 0-2 hold the id (16 bits) and its check (8 bits), rows
// 3-4 a frame counter (12 bits) and its check (4 bits); the strip below them moves.
(() => {
  const width = 640, height = 360, columns = 8, rows = 5, cellWidth = 80, cellHeight = 60;

  /** CRC-8 (polynomial 0x07) over the bits, the most significant first. */
  function check(value, bits) {
    let crc = 0xff;
    for (let i = bits - 1; i >= 0; i -= 1) {
      const carry = ((crc >> 7) ^ (value >> i)) & 1;
      crc = ((crc << 1) & 0xff) ^ (carry ? 0x07 : 0);
    }
    return crc;
  }

  function cells(id, counter) {
    const bits = [];
    const put = (value, count) => { for (let i = count - 1; i >= 0; i -= 1) bits.push((value >> i) & 1); };
    put(id, 16); put(check(id, 16), 8);
    put(counter, 12); put(check(counter, 12) & 0xf, 4);
    return bits;
  }

  /** Paints the id into a canvas at `fps`, `noisy` so that each picture takes several packets; returns {track, counter(), stop()}. */
  function paint(id, fps = 15, scale = 1, noisy = false) {
    const canvas = document.createElement("canvas");
    canvas.width = width * scale;
    canvas.height = height * scale;
    const context = canvas.getContext("2d", { alpha: false });
    context.scale(scale, scale);
    let counter = 0;
    const draw = () => {
      counter = (counter + 1) & 0xfff;
      cells(id, counter).forEach((bit, index) => {
        context.fillStyle = bit ? "#fff" : "#000";
        context.fillRect((index % columns) * cellWidth, Math.floor(index / columns) * cellHeight, cellWidth, cellHeight);
      });
      context.fillStyle = `hsl(${(id * 37) % 360} 60% 40%)`;
      context.fillRect(0, rows * cellHeight, width, height - rows * cellHeight);
      context.fillStyle = "#eee";
      context.fillRect((counter * 8) % width, rows * cellHeight, 48, height - rows * cellHeight);
      for (let square = 0; noisy && square < 400; square += 1) {
        context.fillStyle = `hsl(${Math.random() * 360} 80% 50%)`;
        context.fillRect(Math.random() * width, rows * cellHeight + Math.random() * 56, 8, 4);
      }
    };
    draw();
    const timer = setInterval(draw, 1000 / fps);
    const track = canvas.captureStream(fps).getVideoTracks()[0];
    track.contentHint = "motion";
    return { track, counter: () => counter, stop: () => { clearInterval(timer); track.stop(); } };
  }

  const readWidth = 160, readHeight = 90;
  let surface;

  /** What the video element shows now: {id, counter} (null where the check fails), and its size in pixels. */
  function read(video) {
    const result = { id: null, counter: null, width: video.videoWidth, height: video.videoHeight };
    if (!video.videoWidth) return result;
    if (!surface) {
      const canvas = document.createElement("canvas");
      canvas.width = readWidth;
      canvas.height = readHeight;
      surface = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    }
    surface.drawImage(video, 0, 0, readWidth, readHeight);
    const pixels = surface.getImageData(0, 0, readWidth, readHeight).data;
    const w = readWidth / columns, h = (readHeight * cellHeight) / height;
    const bit = (index) => {
      const left = (index % columns) * w, top = Math.floor(index / columns) * h;
      let sum = 0, count = 0;
      for (let y = Math.ceil(top + h / 4); y < top + (3 * h) / 4; y += 1) {
        for (let x = Math.ceil(left + w / 4); x < left + (3 * w) / 4; x += 1) {
          sum += pixels[(y * readWidth + x) * 4 + 1];
          count += 1;
        }
      }
      return sum / count > 127 ? 1 : 0;
    };
    const take = (from, count) => {
      let value = 0;
      for (let i = from; i < from + count; i += 1) value = (value << 1) | bit(i);
      return value;
    };
    const id = take(0, 16), counter = take(24, 12);
    if (take(16, 8) === check(id, 16)) result.id = id;
    if (take(36, 4) === (check(counter, 12) & 0xf)) result.counter = counter;
    return result;
  }

  globalThis.testpage = { ...globalThis.testpage, paint, read };
})();
