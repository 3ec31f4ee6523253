// What a page does in the tests of media: one connection that sends, one that receives.
const LAYERS = [
  { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
let sender = null;
let receiver = null;
const kept = new Map();

async function openSource(source) {
  if (source === "screen") {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 360;
    const paint = canvas.getContext("2d");
    let hue = 0;
    setInterval(() => {
      paint.fillStyle = `hsl(${(hue += 7)} 80% 50%)`;
      paint.fillRect(0, 0, 640, 360);
    }, 50);
    return canvas.captureStream(15).getVideoTracks()[0];
  }
  const wanted = source === "microphone" ? { audio: true } : { video: { width: 1280, height: 720 } };
  return (await navigator.mediaDevices.getUserMedia(wanted)).getTracks()[0];
}

async function publish(sources, restart = false) {
  sender ??= new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const source of sources) {
    const sendEncodings = source === "camera" ? LAYERS : [{}];
    const transceiver = sender.addTransceiver(await openSource(source), { direction: "sendonly", sendEncodings });
    kept.set(source, transceiver);
    if (source === "camera") {
      // A busy machine may drop pictures, but their size is what the tests look at.
      const parameters = transceiver.sender.getParameters();
      await transceiver.sender.setParameters({ ...parameters, degradationPreference: "maintain-resolution" });
    }
  }
  await sender.setLocalDescription(await sender.createOffer({ iceRestart: restart }));
  const tracks = [...kept].map(([source, transceiver]) => [transceiver.mid, source]);
  return { sdp: sender.localDescription.sdp, tracks };
}

async function unpublish(source) {
  kept.get(source).direction = "inactive";
  kept.delete(source);
  return publish([]);
}

async function accept(sdp) {
  await sender.setRemoteDescription({ type: "answer", sdp });
}

async function receive(sdp) {
  if (!receiver) {
    receiver = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    receiver.ontrack = (event) => {
      const element = document.createElement(event.track.kind);
      Object.assign(element, { autoplay: true, playsInline: true, muted: true });
      element.srcObject = new MediaStream([event.track]);
      document.body.append(element);
    };
  }
  await receiver.setRemoteDescription({ type: "offer", sdp });
  await receiver.setLocalDescription();
  return receiver.localDescription.sdp;
}

function closeReceiver() {
  receiver.close();
  receiver = null;
}

async function measure(connection, type, kind, field, mid) {
  let sum = 0;
  for (const entry of (await connection.getStats()).values()) {
    if (entry.type === type && entry.kind === kind && (!mid || entry.mid === mid)) sum += entry[field] ?? 0;
  }
  return sum;
}

/** Wait until `holds` returns something; `tell` says what was seen instead. */
async function until(holds, tell) {
  const end = performance.now() + 40000;
  for (;;) {
    const value = await holds();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(JSON.stringify(await tell()));
    await new Promise((done) => requestAnimationFrame(done));
  }
}

async function grown(kind, field, by, mid) {
  const first = await measure(receiver, "inbound-rtp", kind, field, mid);
  return until(
    async () => {
      const value = await measure(receiver, "inbound-rtp", kind, field, mid);
      return value - first >= by ? value : undefined;
    },
    async () => [kind, field, first, ...(await receiver.getStats()).values()],
  );
}

/** Wait until a slot shows pictures of this height. */
async function showsHeight(mid, height) {
  return until(
    async () => ((await measure(receiver, "inbound-rtp", "video", "frameHeight", mid)) === height ? true : undefined),
    async () => [mid, height, ...(await receiver.getStats()).values()].filter((one) => one.mid === mid || !one.type),
  );
}

/** Switch the layers above the first `count` off, as a browser does that lacks the bandwidth. */
async function sendLayers(count) {
  const from = kept.get("camera").sender;
  const parameters = from.getParameters();
  parameters.encodings.forEach((encoding, place) => (encoding.active = place < count));
  await from.setParameters(parameters);
}

/** Wait until the browser means to send that many bit/s of video. */
async function outgoingReaches(bitrate) {
  return until(
    async () => {
      const target = await measure(sender, "outbound-rtp", "video", "targetBitrate");
      return target >= bitrate ? target : undefined;
    },
    async () => [...(await sender.getStats()).values()],
  );
}

/** The pairs over sockets that the browser opened for its present description. */
async function listNewPairs(connection) {
  const [, ufrag] = connection.localDescription.sdp.match(/a=ice-ufrag:(\S+)/);
  const stats = await connection.getStats();
  const pairs = [...stats.values()].filter((one) => one.type === "candidate-pair");
  return pairs.filter((pair) => stats.get(pair.localCandidateId)?.usernameFragment === ufrag);
}

/** Wait until such a pair has had an answer. */
async function answeredAnew(connection) {
  return until(
    async () => ((await listNewPairs(connection)).some((pair) => pair.responsesReceived > 0) ? true : undefined),
    async () => [...(await connection.getStats()).values()],
  );
}

/** Wait until packets go to and fro over such a pair. */
async function movedAnew(connection) {
  return until(
    async () => {
      const pairs = await listNewPairs(connection);
      const used = pairs.some((pair) => pair.nominated && pair.packetsSent > 0 && pair.packetsReceived > 0);
      return used ? true : undefined;
    },
    async () => [...(await connection.getStats()).values()],
  );
}
