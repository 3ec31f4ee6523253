/**
 * Which browser on which system this is, as far as help for people must tell them apart. Pure.
 *
 * @typedef {"chrome" | "edge" | "coccoc" | "firefox" | "safari" | "other"} BrowserName
 * @typedef {"windows" | "macos" | "android" | "ios" | "linux" | "other"} SystemName
 * @typedef {{ browser: BrowserName, version: number | null, system: SystemName }} Platform
 */

/** In this order: the later ones' names stand in the earlier ones' strings too. @type {[BrowserName, RegExp][]} */
const BROWSERS = [
  ["coccoc", /coc_coc_browser\/(\d+)/i],
  ["edge", /Edg(?:e|A|iOS)?\/(\d+)/],
  ["firefox", /(?:Firefox|FxiOS)\/(\d+)/],
  ["chrome", /(?:Chrome|CriOS)\/(\d+)/],
  ["safari", /Version\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari/],
];
/** @type {[SystemName, RegExp][]} */
const SYSTEMS = [
  ["ios", /iPhone|iPad|iPod/],
  ["android", /Android/],
  ["windows", /Windows/],
  ["macos", /Mac OS X/],
  ["linux", /Linux|X11|CrOS/],
];

/** Browsers inside other programs, which have settings of their own. */
const INSIDE = /\b(OPR|SamsungBrowser|Zalo|FBAN|FBAV)\b/;

/**
 * @param {Pick<Navigator, "userAgent" | "maxTouchPoints">} navigator an iPad calls itself a Mac, and is told by its touches
 * @returns {Platform}
 */
export function readPlatform({ userAgent, maxTouchPoints }) {
  const named = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? "other";
  const system = named === "macos" && maxTouchPoints > 1 ? "ios" : named;
  if (INSIDE.test(userAgent)) return { browser: "other", version: null, system };
  for (const [browser, pattern] of BROWSERS) {
    const found = pattern.exec(userAgent);
    if (found !== null) return { browser, version: Number(found[1]), system };
  }
  return { browser: "other", version: null, system };
}

const BROWSER_NAMES = {
  chrome: "Chrome",
  edge: "Edge",
  coccoc: "Cốc Cốc",
  firefox: "Firefox",
  safari: "Safari",
  other: "",
};
const SYSTEM_NAMES = {
  windows: "Windows",
  macos: "macOS",
  android: "Android",
  ios: "iOS",
  linux: "Linux",
  other: "",
};

/** The browser's name; empty for one that is not known. @param {BrowserName} browser */
export function nameBrowser(browser) {
  return BROWSER_NAMES[browser];
}

/** Names that are the same in every language: `Chrome 130, Windows`. @param {Platform} platform */
export function namePlatform({ browser, version, system }) {
  const named = [BROWSER_NAMES[browser], version ?? ""].join(" ").trim();
  return [named, SYSTEM_NAMES[system]].filter((part) => part !== "").join(", ");
}
