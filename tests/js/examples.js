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
    votes: false,
    companion: false,
    weak: false,
    link: null,
    heads: null,
    names: [],
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
    policy: { lobby: "guests", locked: false, chat: "everybody", history: true, reactions: true },
    floor: null,
    speaking_seconds: null,
    queue: [],
    spotlight: null,
    shares: [],
    votes: [],
    capacity: 200,
    papers: [],
    ...changes,
  };
}

export function vote(changes = {}) {
  return {
    id: 1,
    subject: "Thông qua kế hoạch",
    kind: "ballot",
    secret: false,
    state: "open",
    opened_at: "2026-11-24T01:10:00.000Z",
    closed_at: null,
    entitled: 11,
    present: 9,
    cast: 3,
    quorum: 6,
    valid: null,
    tally: null,
    choices: [],
    ...changes,
  };
}

export function waiting(changes = {}) {
  return { id: "p9", name: "Nguyễn Văn An", detail: "Khách mời", since: "2026-11-24T01:00:00.000Z", ...changes };
}

export function chat(changes = {}) {
  return { id: 1, from: "p1", name: "Đức Trọng", text: "Đã nhận tài liệu", at: "2026-11-24T01:00:00.000Z", to: "everybody", ...changes };
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
    ice_servers: [],
    lobby: [],
    my_votes: [],
    ...changes,
  };
}

/** One good message of each type that a server sends. */
export const FROM_SERVER = [
  joined({
    chat: [chat()],
    may: ["record", "start", "end", "mute", "remove", "admit", "floor", "vote", "appoint", "caption"],
    room: room({
      floor: { participant: "p1", since: "2026-11-24T01:05:00.000Z", seconds: 300 },
      votes: [
        vote(),
        vote({
          state: "closed",
          valid: true,
          tally: { for: 8, against: 1, abstain: 0 },
          choices: [{ name: "Đại biểu A", choice: "for" }],
        }),
      ],
      papers: [{ id: 4, title: "Báo cáo", type: "application/pdf", size: 120_000 }],
    }),
    ice_servers: [{ urls: ["turn:hop.example:3478"], username: "u", credential: "c" }],
    lobby: [waiting()],
    my_votes: [{ vote: 1, choice: null }],
  }),
  {
    type: "waiting",
    now: "2026-11-24T01:00:00.000Z",
    title: "Giao ban tháng 11",
    starts_at: "2026-11-24T01:00:00.000Z",
    since: "2026-11-24T00:58:00.000Z",
  },
  { type: "lobby", people: [waiting()] },
  { type: "answer", sdp: "v=0" },
  {
    type: "offer",
    sdp: "v=0",
    generation: 3,
    slots: [{ mid: "0", kind: "video" }],
  },
  { type: "slots", slots: [{ mid: "0", participant: "p1", track: "t1", source: "camera" }] },
  { type: "candidate", connection: "receive", candidate: "candidate:1", mid: "0" },
  { type: "participant", participant: participant({ hand: "2026-11-24T01:00:00Z" }) },
  { type: "participants", participants: [participant(), participant({ id: "p3" })] },
  { type: "may", may: ["floor", "admit"] },
  { type: "left", id: "p1" },
  { type: "chat", ...chat() },
  { type: "room", room: room({ phase: "in_session", started_at: "2026-11-24T01:00:00.000Z", item: 0 }) },
  { type: "speaking", ids: ["p1"] },
  { type: "muted_by", name: "Chủ trì" },
  { type: "asked", what: "unmute", by: "Chủ trì" },
  { type: "reaction", participant: "p1", kind: "agree" },
  { type: "my_vote", vote: 1, choice: "for" },
  { type: "caption", participant: "p1", name: "Thư ký", text: "Xin chào", at: "2026-11-24T01:00:00.000Z" },
  { type: "notice", code: "disk_low", text: "Máy chủ sắp hết chỗ." },
  { type: "error", code: "not_allowed", text: "Bạn không có quyền.", about: "record" },
];

/** One good message of each type that a client sends. */
export const FROM_CLIENT = [
  { type: "join", version: 2, resume: null, name: "Nguyễn Văn An" },
  { type: "publish", sdp: "v=0", tracks: [{ mid: "0", source: "microphone" }] },
  { type: "answer", sdp: "v=0", generation: 3 },
  { type: "restart", connection: "publish" },
  { type: "candidate", connection: "publish", candidate: "", mid: null },
  { type: "muted", muted: true },
  { type: "hand", up: true },
  { type: "view", tracks: [{ track: "t1", height: 360 }], audio: true, limit: null },
  { type: "chat", text: "Đã nhận tài liệu", to: "chairs" },
  { type: "react", kind: "applause" },
  { type: "record", on: true },
  { type: "start" },
  { type: "agenda", item: 2 },
  { type: "end" },
  { type: "admit", participant: null },
  { type: "refuse", participant: "p9" },
  { type: "policy", locked: true, chat: "chairs" },
  { type: "mute", participant: "p1" },
  { type: "ask_unmute", participant: "p1" },
  { type: "remove", participant: "p1", may_return: true },
  { type: "appoint", participant: "p1", on: true },
  { type: "lower_hand", participant: null },
  { type: "queue", participants: ["p2", "p1"] },
  { type: "floor", participant: "p1", seconds: 300 },
  { type: "spotlight", participant: "p1" },
  { type: "speaking_time", seconds: 180 },
  { type: "present", participant: "p1" },
  { type: "vote_open", subject: "Thông qua kế hoạch", kind: "ballot", secret: true, quorum: null },
  { type: "vote_cast", vote: 1, choice: "abstain" },
  { type: "vote_close", vote: 1 },
  { type: "vote_withdraw", vote: 1 },
  { type: "declare", heads: 12, names: ["Nguyễn Văn An"] },
  { type: "companion", on: true },
  { type: "link", quality: "weak", weak: true },
  { type: "caption", text: "Kính thưa các đồng chí" },
  { type: "leave" },
];
