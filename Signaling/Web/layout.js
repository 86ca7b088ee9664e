const gap = 12;

/** How upright and how flat a tile may be, width to height, where it does not take its picture's own shape. */
const lying = { min: 4 / 3, max: 16 / 9 }, upright = { min: 9 / 16, max: 3 / 4 };
/** The shape of a picture that is not there yet. */
const usual = 16 / 9;
/** So few pictures have room for their own shapes, and are shown whole. */
const fewest = 2;
/** The part of a picture that a tile may cut away: what 4:3 takes from 16:9. */
const mostCut = 0.26;

/**
 * The shapes that tiles may have for pictures of these shapes (width to height, null where there is no picture):
 * one or two tiles follow their pictures, more share the range of the majority: upright where most hold a phone.
 */
export function tileShapes(pictures) {
  if (pictures.length === 0) return lying;
  if (pictures.length > fewest) {
    const uprightCount = pictures.filter((picture) => picture && picture < 1).length;
    return uprightCount * 2 > pictures.length ? upright : lying;
  }
  const known = pictures.map((picture) => picture ?? usual);
  return { min: Math.min(...known), max: Math.max(...known) };
}

/** Whether a picture is shown whole in its tile, with bars: always where there are few, else where a tile would cut away too much of it. */
export function isWhole(picture, { width, height }, count) {
  if (count <= fewest || !picture || !width || !height) return true;
  const tile = width / height;
  return 1 - Math.min(picture / tile, tile / picture) > mostCut;
}

/** Where `count` equal tiles go in a box so that they are as large as can be: [{left, top, width, height}] in pixels. */
export function grid(count, box, shape = lying) {
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
export function withScreen(count, box, shape = lying) {
  if (count === 0) return { screen: { left: 0, top: 0, ...box }, tiles: [] };
  if (box.width > box.height) {
    const strip = Math.min(260, box.width * 0.24);
    const screen = { left: 0, top: 0, width: box.width - strip - gap, height: box.height };
    return { screen, tiles: grid(count, { left: screen.width + gap, width: strip, height: box.height }, shape) };
  }
  const screen = { left: 0, top: 0, width: box.width, height: Math.min(box.height * 0.5, box.width * 0.75) };
  const top = screen.height + gap;
  return { screen, tiles: grid(count, { top, width: box.width, height: box.height - top }, shape) };
}
