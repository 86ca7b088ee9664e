const prefix = "forestage.";

/** What this tab remembers across a reload; nothing where the browser keeps nothing for pages. */
export const memory = {
  get(key) {
    try {
      return JSON.parse(sessionStorage.getItem(prefix + key));
    } catch {
      return null;
    }
  },

  /** Whether it is kept. */
  set(key, value) {
    try {
      sessionStorage.setItem(prefix + key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },

  remove(key) {
    try {
      sessionStorage.removeItem(prefix + key);
    } catch {
      // there is nothing to remove
    }
  },

  /** Forgets everything that it was told. */
  clear() {
    try {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
    } catch {
      // there is nothing to forget
    }
  },
};
