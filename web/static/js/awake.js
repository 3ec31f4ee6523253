/** Keeps a phone's screen from going dark in a meeting: a sleeping phone sends and shows nothing. */

/** Ask for it now, and again whenever the page comes back into view: leaving it ends the lock. */
export function keepAwake() {
  if (!("wakeLock" in navigator)) return;
  const ask = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock.request("screen");
    } catch (error) {
      // Refused on low battery, for instance; the meeting goes on without.
      if (!(error instanceof DOMException)) throw error;
      console.info("The screen may go dark:", error.message);
    }
  };
  document.addEventListener("visibilitychange", () => void ask());
  void ask();
}
