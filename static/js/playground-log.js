// @ts-check
// What the widget does, as a list of its events, and the verdict at their end.
import { byId, word, wordElement } from "./playground-page.js";

/**
 * @typedef {import("./widget").StepPayEventMap} EventMap
 * @typedef {{ name: string, more: string, after: string }} Entry
 */

/** @type {(keyof EventMap)[]} */
const EVENTS = [
  "steppay:open", "steppay:ready", "steppay:blocked", "steppay:return", "steppay:pending", "steppay:result",
  "steppay:close", "steppay:error",
];
const LOG_KEY = "playground:log";
const list = byId("live");
let startedAt = 0;

/** @param {Entry} entry */
function note(entry) {
  const item = document.createElement("li");
  item.dataset.event = entry.name;
  [["code", entry.name], ["b", entry.more], ["span", word(entry.name)], ["time", entry.after]].forEach(function (part) {
    if (!part[1]) return;
    const node = document.createElement(part[0]);
    node.textContent = part[1];
    item.append(node);
  });
  list.append(item);
  byId("log-empty").hidden = true;
}

/**
 * @param {string} name
 * @param {EventMap[keyof EventMap]["detail"]} detail
 */
function record(name, detail) {
  startedAt = startedAt || Date.now();
  let more = "";
  if (detail) more = "verdict" in detail ? detail.verdict + " · " + detail.reason : detail.code;
  const after = "+" + ((Date.now() - startedAt) / 1000).toFixed(1) + " s";
  const entry = { name: name.replace("steppay:", ""), more: more, after: after };
  note(entry);
  store(entry);
}

/** @param {import("./widget").Verdict} verdict */
function show(verdict) {
  const card = byId("verdict");
  card.hidden = false;
  const kind = wordElement('[data-verdict-word="' + verdict.verdict + '"]');
  card.dataset.verdict = verdict.verdict;
  card.dataset.tone = kind.dataset.tone;
  const code = document.createElement("code");
  code.textContent = verdict.verdict;
  byId("verdict-name").replaceChildren(kind.textContent + " ", code);
  byId("verdict-message").textContent = verdict.message || verdict.reason;
  byId("verdict-json").textContent = JSON.stringify(verdict, null, 2);
}

// A redirect leaves this page and comes back: the entries before it stay in the list. They hold no order code.
/** @param {Entry} entry */
function store(entry) {
  try {
    const log = stored() || { startedAt: startedAt, entries: [] };
    log.entries.push(entry);
    sessionStorage.setItem(LOG_KEY, JSON.stringify(log));
  } catch {} // storage is blocked: the list starts anew
}

/** @returns {{ startedAt: number, entries: Entry[] } | null} */
function stored() {
  return JSON.parse(sessionStorage.getItem(LOG_KEY) || "null");
}

function restore() {
  try {
    const log = stored();
    if (!log || !location.search.includes("steppay_return")) return sessionStorage.removeItem(LOG_KEY);
    startedAt = log.startedAt;
    log.entries.forEach(note);
  } catch {} // as above
}

export function clearLog() {
  startedAt = 0;
  list.replaceChildren();
  byId("verdict").hidden = true;
  byId("log-empty").hidden = false;
  try {
    sessionStorage.removeItem(LOG_KEY);
  } catch {} // as above
}

export function followEvents() {
  EVENTS.forEach(function (name) {
    document.addEventListener(name, function (event) {
      record(name, event.detail);
    });
  });
  document.addEventListener("steppay:result", function (event) {
    show(event.detail);
  });
  restore();
}
