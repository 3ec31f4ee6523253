/**
 * The counters of streams in what a connection reports (W3C "Identifiers for WebRTC's Statistics API"). Pure.
 *
 * @typedef {import("./link-quality.js").Stream} Stream
 * @typedef {{ forEach(call: (entry: any) => void): void }} Report  an `RTCStatsReport`; browsers leave fields out
 */

/**
 * Of what I receive. A stream that its sender's own link spoils says nothing of mine: it is left out.
 * @param {Report} report
 * @param {{ mid: string, participant: string }[]} incoming
 * @param {(participant: string) => boolean} isSpoiled
 * @returns {Map<string, Stream>} a slot that changes hands begins a new stream
 */
export function readReceived(report, incoming, isSpoiled) {
  const senders = new Map(incoming.map(({ mid, participant }) => [mid, participant]));
  /** @type {Map<string, Stream>} */
  const streams = new Map();
  report.forEach((entry) => {
    const sender = entry.type === "inbound-rtp" ? senders.get(entry.mid) : undefined;
    if (sender === undefined || isSpoiled(sender)) return;
    streams.set(`${entry.id} ${sender}`, {
      kind: entry.kind,
      packets: entry.packetsReceived ?? 0,
      lost: entry.packetsLost ?? 0,
      samples: entry.totalSamplesReceived ?? 0,
      // What was filled in while nobody spoke was not missed.
      concealed: (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0),
      jitter: entry.jitter ?? 0,
      delay: 0,
    });
  });
  return streams;
}

/** The packets of sound and pictures that came in. @param {Report} report */
export function countArrived(report) {
  let arrived = 0;
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") arrived += entry.packetsReceived ?? 0;
  });
  return arrived;
}

/** There and back by the checks of the connection in use, in seconds; 0 when it is not known. @param {Report} report */
export function readTrip(report) {
  /** @type {Set<string>} */
  const chosen = new Set();
  report.forEach((entry) => {
    if (entry.type === "transport" && entry.selectedCandidatePairId) chosen.add(entry.selectedCandidatePairId);
  });
  let trip = 0;
  report.forEach((entry) => {
    if (entry.type !== "candidate-pair" || !(chosen.has(entry.id) || entry.selected === true)) return;
    trip = Math.max(trip, entry.currentRoundTripTime ?? 0);
  });
  return trip;
}

/**
 * Of what I send: what the server says has arrived. Its count of the lost is taken over the window, as the part lost
 * (`fractionLost`) is that of one report alone.
 * @param {Report} report
 * @returns {Map<string, Stream>}
 */
export function readSent(report) {
  const sent = new Map();
  report.forEach((entry) => {
    if (entry.type === "outbound-rtp") sent.set(entry.id, entry);
  });
  /** @type {Map<string, Stream>} */
  const streams = new Map();
  report.forEach((entry) => {
    const own = entry.type === "remote-inbound-rtp" ? sent.get(entry.localId) : undefined;
    if (own === undefined) return;
    const lost = entry.packetsLost ?? 0;
    const packets = Math.max(0, (own.packetsSent ?? 0) - lost);
    const { jitter = 0, roundTripTime: delay = 0 } = entry;
    streams.set(entry.id, { kind: own.kind, packets, lost, samples: 0, concealed: 0, jitter, delay });
  });
  return streams;
}
