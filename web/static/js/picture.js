/** The pictures of cameras and screens in the page's `<video>` elements. */

/**
 * Show this track, unless it is there already; none hides the element.
 * @param {HTMLVideoElement} video @param {MediaStreamTrack | null} track
 * @returns {boolean} whether that is another one than before
 */
export function setPicture(video, track) {
  video.hidden = track === null;
  const shown = video.srcObject instanceof MediaStream ? (video.srcObject.getVideoTracks()[0] ?? null) : null;
  if (shown === track) return false;
  video.srcObject = track === null ? null : new MediaStream([track]);
  return true;
}

/** The same for an element that is moved about while it plays. @param {HTMLVideoElement} video @param {MediaStreamTrack | null} track */
export function playPicture(video, track) {
  if (setPicture(video, track) && track !== null) void video.play().catch(ignoreInterruption);
}

/** A picture that is taken away or moved while it begins to play is no fault. @param {unknown} error */
export function ignoreInterruption(error) {
  if (!(error instanceof DOMException) || error.name !== "AbortError") throw error;
}
