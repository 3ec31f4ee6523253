/**
 * The counters of streams in what a connection reports (W3C "Identifiers for WebRTC's Statistics API"). Pure.
 *
 * @typedef {import("./link-quality.js").Stream} Stream
 * @typedef {{ forEach(call: (entry: any) => void): void }} Report  an `RTCStatsReport`; browsers leave fields out
 */

/**
 * Of what I receive: by the participant who sends it.
 * @param {Report} report
 * @param {{ mid: string, participant: string }[]} incoming
 * @returns {Map<string, Map<string, Stream>>}
 */
export function readReceived(report, incoming) {
  const senders = new Map(incoming.map(({ mid, participant }) => [mid, participant]));
  /** @type {Map<string, Map<string, Stream>>} */
  const found = new Map();
  report.forEach((entry) => {
    const sender = entry.type === "inbound-rtp" ? senders.get(entry.mid) : undefined;
    if (sender === undefined) return;
    const streams = found.get(sender) ?? new Map();
    found.set(sender, streams);
    streams.set(entry.id, {
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
  return found;
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
