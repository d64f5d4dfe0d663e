// Whether a click can have been meant: the prompt was in full view, uncovered and large enough, for long enough.

/** Nobody reads and decides faster. */
const SETTLE_MS = 500;
/** Smaller than this, in CSS pixels, the prompt cannot be read. */
const LEAST_WIDTH = 240;
const LEAST_HEIGHT = 160;
/** A button that is smaller was not made for a finger or an eye: CSS pixels, and those of the screen. */
const LEAST_BUTTON = 20;
const LEAST_BUTTON_ON_SCREEN = 12;
/** Rounding of fractions of pixels takes this much at most. */
const IN_FULL = 0.98;

const RESTARTS = ["resize", "pageshow", "visibilitychange"];

/**
 * Watches `parts` of the prompt, all of which have to be in full view. `changed` is told when the answer may be another.
 * Where the browser can tell (`trackVisibility`) nothing may cover or fade them, and they may not be shrunk.
 */
export function guard(parts, changed) {
  const seen = new Map();
  let since = performance.now();
  let timer;

  const restart = () => {
    since = performance.now();
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS + 20);
    changed();
  };
  const take = (entries) => {
    let differs = false;
    for (const { target, isVisible = true, intersectionRatio, boundingClientRect: { width, height } } of entries) {
      const now = [isVisible && intersectionRatio >= IN_FULL, Math.round(width), Math.round(height)].join();
      differs ||= seen.get(target) !== now;
      seen.set(target, now);
    }
    if (differs) restart();
  };
  const observer = new IntersectionObserver(take, { threshold: [0, IN_FULL, 1], trackVisibility: true, delay: 100 });
  for (const part of parts) observer.observe(part);
  for (const type of RESTARTS) addEventListener(type, restart, true);
  restart();

  return {
    restart,

    /** Why a click on this button is not to be taken for a decision; nothing if it may be. */
    objection(button) {
      take(observer.takeRecords());
      const { width, height } = button.getBoundingClientRect();
      const least = Math.min(width, height);
      if (innerWidth < LEAST_WIDTH || innerHeight < LEAST_HEIGHT) return "small";
      if (least < LEAST_BUTTON || least * devicePixelRatio < LEAST_BUTTON_ON_SCREEN) return "small";
      if (document.visibilityState !== "visible") return "covered";
      if (parts.some((part) => seen.get(part)?.startsWith("false"))) return "covered";
      if (parts.some((part) => !seen.has(part)) || performance.now() - since < SETTLE_MS) return "wait";
    },

    end() {
      observer.disconnect();
      clearTimeout(timer);
      for (const type of RESTARTS) removeEventListener(type, restart, true);
    },
  };
}
