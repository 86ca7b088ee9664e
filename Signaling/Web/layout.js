const gap = 12;

/** How flat and how upright a tile may be, width to height; pictures are cropped to it. */
const shapes = { lying: { min: 4 / 3, max: 1.95 }, upright: { min: 3 / 4, max: 16 / 9 } };

/**
 * Where `count` equal tiles go in a box so that they are as large as can be: [{left, top, width, height}] in pixels.
 * Upright boxes (phones) may have upright tiles, which show faces larger.
 */
export function grid(count, box) {
  const shape = box.width > box.height ? shapes.lying : shapes.upright;
  let best = { width: 0, height: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = Math.max(0, (box.width - gap * (columns - 1)) / columns);
    const down = Math.max(0, (box.height - gap * (rows - 1)) / rows);
    const width = Math.min(across, down * shape.max), height = Math.min(down, across / shape.min);
    if (width * height > best.width * best.height) best = { width, height, columns };
  }
  const { width, height, columns } = best;
  const rows = Math.ceil(count / columns);
  const top = (box.height - rows * height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (box.width - inRow * width - (inRow - 1) * gap) / 2;
    return {
      left: (box.left ?? 0) + left + (index % columns) * (width + gap),
      top: (box.top ?? 0) + top + row * (height + gap), width, height,
    };
  });
}

/** A shared screen large, `count` tiles beside it (below it in an upright box): {screen, tiles}. */
export function withScreen(count, box) {
  if (count === 0) return { screen: { left: 0, top: 0, ...box }, tiles: [] };
  if (box.width > box.height) {
    const strip = Math.min(260, box.width * 0.24);
    const screen = { left: 0, top: 0, width: box.width - strip - gap, height: box.height };
    return { screen, tiles: grid(count, { left: screen.width + gap, width: strip, height: box.height }) };
  }
  const screen = { left: 0, top: 0, width: box.width, height: Math.min(box.height * 0.5, box.width * 0.75) };
  const top = screen.height + gap;
  return { screen, tiles: grid(count, { top, width: box.width, height: box.height - top }) };
}
