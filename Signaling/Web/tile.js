import { hue, icon, iconButton, initials, make } from "./dom.js";

/** What says beside a name that its bearer speaks, to the eye and to screen readers; seen within `.speaking` only. */
export function speakingMark() {
  return make("i", { className: "speaking-mark", role: "img", ariaLabel: "speaking" }, icon("sound"));
}

/** One picture on stage with a name, or a face of letters while there is no picture. */
export class Tile {
  #avatar = make("b", { ariaHidden: "true" });
  #note = make("small");
  #name = make("span");
  #mutedIcon = icon("microphone-off");
  #action = null;

  /** `onShape` is called when the picture has another shape: a phone was turned. */
  constructor({ isScreen = false, isMirrored = false, onShape = () => {} } = {}) {
    this.video = make("video", { playsInline: true, autoplay: true, muted: true, onresize: onShape, onloadedmetadata: onShape });
    this.element = make(
      "div", { className: "tile", role: "group", hidden: true }, this.video,
      make("div", { className: "avatar" }, this.#avatar, this.#note),
      make("div", { className: "name-tag" }, this.#name, this.#mutedIcon, speakingMark()));
    this.element.classList.toggle("screen", isScreen);
    this.element.classList.toggle("mirrored", isMirrored);
    this.#avatar.hidden = isScreen;
  }

  /** Shows who is here; `note` says why there is no picture, `action` is {label, onClick} of the button in the corner. */
  show({ name, label = name, hasPicture, note = "", isMuted = false, action = null }) {
    this.element.hidden = false;
    this.element.setAttribute("aria-label", label);
    this.element.classList.toggle("has-picture", hasPicture);
    this.element.style.setProperty("--hue", hue(name));
    this.#avatar.textContent = initials(name);
    this.#note.textContent = note;
    this.#name.textContent = label;
    this.#mutedIcon.style.display = isMuted ? "" : "none";
    if (this.#action?.label === action?.label) return;
    this.#action?.button.remove();
    this.#action = action && {
      label: action.label,
      button: iconButton("down", { label: action.label, className: "tile-action", onClick: () => action.onClick() }),
    };
    if (this.#action) this.element.append(this.#action.button);
  }

  hide() {
    this.element.hidden = true;
    this.element.classList.remove("speaking", "has-picture");
  }

  /** A ring around the picture, and a mark beside the name. */
  set isSpeaking(isSpeaking) {
    this.element.classList.toggle("speaking", isSpeaking);
  }

  /** Width to height of the picture, or null while there is none. */
  get picture() {
    const { videoWidth, videoHeight } = this.video;
    return this.element.classList.contains("has-picture") && videoHeight ? videoWidth / videoHeight : null;
  }

  /** Shows the picture whole, or fills the tile with it. */
  set isWhole(isWhole) {
    this.element.classList.toggle("whole", isWhole);
  }

  place({ left, top, width, height }) {
    const { style } = this.element;
    for (const [name, value] of Object.entries({ left, top, width, height })) style.setProperty(`--${name}`, `${value}px`);
    style.setProperty("--size", Math.min(width, height));
  }
}
