/** Messages and people without surprises, for the tests. */

export function participant(changes = {}) {
  return {
    id: "p1",
    name: "Điểm cầu xã Đức Trọng",
    detail: "UBND xã Đức Trọng",
    role: "site",
    connected: true,
    muted: false,
    hand: null,
    order: 10,
    tracks: [{ id: "t1", source: "microphone", kind: "audio" }],
    ...changes,
  };
}

export function room(changes = {}) {
  return {
    title: "Giao ban tháng 11",
    phase: "waiting",
    started_at: null,
    ends_at: "2026-11-24T03:00:00.000Z",
    recording: { on: false, since: null, by: null },
    agenda: [{ title: "Tình hình thu ngân sách", presenter: "Sở Tài chính", minutes: 10 }],
    item: null,
    item_since: null,
    ...changes,
  };
}

export function chat(changes = {}) {
  return { id: 1, from: "p1", name: "Đức Trọng", text: "Đã nhận tài liệu", at: "2026-11-24T01:00:00.000Z", ...changes };
}

export function joined(changes = {}) {
  return {
    type: "joined",
    you: "p2",
    resume: "secret",
    now: "2026-11-24T01:00:00.000Z",
    room: room(),
    may: [],
    participants: [participant(), participant({ id: "p2", name: "Điểm cầu phường Xuân Hương", order: 5 })],
    chat: [],
    ...changes,
  };
}

/** One good message of each type that a server sends. */
export const FROM_SERVER = [
  joined({ chat: [chat()], may: ["record", "start", "end", "mute", "remove"] }),
  { type: "answer", sdp: "v=0" },
  {
    type: "offer",
    sdp: "v=0",
    generation: 3,
    tracks: [{ mid: "0", participant: "p1", track: "t1", source: "camera" }],
  },
  { type: "candidate", connection: "receive", candidate: "candidate:1", mid: "0" },
  { type: "participant", participant: participant({ hand: "2026-11-24T01:00:00Z" }) },
  { type: "left", id: "p1" },
  { type: "chat", ...chat() },
  { type: "room", room: room({ phase: "in_session", started_at: "2026-11-24T01:00:00.000Z", item: 0 }) },
  { type: "speaking", ids: ["p1"] },
  { type: "muted_by", name: "Chủ trì" },
  { type: "notice", code: "disk_low", text: "Máy chủ sắp hết chỗ." },
  { type: "error", code: "not_allowed", text: "Bạn không có quyền.", about: "record" },
];

/** One good message of each type that a client sends. */
export const FROM_CLIENT = [
  { type: "join", version: 1, resume: null, name: "Nguyễn Văn An" },
  { type: "publish", sdp: "v=0", tracks: [{ mid: "0", source: "microphone" }] },
  { type: "answer", sdp: "v=0", generation: 3 },
  { type: "restart", connection: "publish" },
  { type: "candidate", connection: "publish", candidate: "", mid: null },
  { type: "muted", muted: true },
  { type: "hand", up: true },
  { type: "chat", text: "Đã nhận tài liệu" },
  { type: "record", on: true },
  { type: "start" },
  { type: "agenda", item: 2 },
  { type: "end" },
  { type: "mute", participant: "p1" },
  { type: "remove", participant: "p1" },
  { type: "leave" },
];
