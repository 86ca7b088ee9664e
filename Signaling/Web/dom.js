/** The element with this id; a missing one is our own mistake and throws. */
export function byID(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}

/** Makes an element: properties are set, children (elements or strings) appended. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An icon out of index.html's sheet. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Puts another icon into a button. */
export function setIcon(button, name) {
  button.querySelector("use").setAttribute("href", `#i-${name}`);
}

/** A small button with an icon, and a text or at least a label for screen readers. */
export function iconButton(name, { text, label, className = "", onClick }) {
  const button = make("button", { type: "button", className: `button tiny ${className}`, onclick: onClick }, icon(name));
  if (text) button.append(make("span", { textContent: text }));
  else button.classList.add("round");
  if (label) {
    button.setAttribute("aria-label", label);
    button.title = label;
  }
  return button;
}

/** The letters that stand for a face, and a hue of its own for each name. */
export function initials(name) {
  const words = name.trim().split(/\s+/u);
  const first = (word) => [...(word ?? "")][0] ?? "";
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : "")).toUpperCase() || "?";
}

export function hue(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}
