// @ts-check
// The code to copy: one tab for each language (ARIA practice: tabs), and marks on the lines that have changed since they
// were copied.
import { byId, showNotice } from "./playground-page.js";

/** @type {Map<string, string>} what was copied, by the id of its element */
const copied = new Map();
let chosenTab = "tab-html";

/** @returns {HTMLElement[]} */
function tabs() {
  return Array.from(byId("snippets").querySelectorAll("[role=tab]"));
}

/** @param {string} id @param {boolean} [focus] */
function choose(id, focus) {
  chosenTab = id;
  tabs().forEach(function (tab) {
    const is = tab.id === id;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
    byId(tab.getAttribute("aria-controls") || "").hidden = !is;
    if (is && focus) tab.focus();
  });
}

/** @param {KeyboardEvent} event */
function move(event) {
  const all = tabs();
  const now = all.findIndex(function (tab) { return tab === event.target; });
  /** @type {Record<string, number>} */
  const targets = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: all.length - 1 };
  if (now < 0 || !(event.key in targets)) return;
  event.preventDefault();
  choose(all[(targets[event.key] + all.length) % all.length].id, true);
}

/** @param {string} id */
async function copy(id) {
  const code = byId(id);
  copied.set(id, code.textContent || "");
  mark(id);
  try {
    await navigator.clipboard.writeText(code.textContent || "");
    showNotice("copied");
  } catch {
    getSelection()?.selectAllChildren(code);
    showNotice("selected");
  }
}

/** @param {string} id marks the lines that are not in what was copied */
function mark(id) {
  const code = byId(id);
  const text = code.textContent || "";
  const before = copied.get(id);
  const changed = before !== undefined && before !== text;
  byId(id + "-stale").hidden = !changed;
  if (!changed) return code.replaceChildren(text);
  const known = new Set(before.split("\n"));
  code.replaceChildren(...text.split("\n").flatMap(function (line, place) {
    const node = known.has(line) ? line : document.createElement("mark");
    if (typeof node !== "string") node.textContent = line;
    return place ? ["\n", node] : [node];
  }));
}

/** New code is on the page: the tab stays, and what changed is marked. */
export function showCode() {
  choose(chosenTab);
  copied.forEach(function (_, id) { mark(id); });
}

export function offerCode() {
  document.addEventListener("click", function (event) {
    const at = event.target instanceof Element ? event.target : null;
    const button = at?.closest("[data-copy]");
    const tab = at?.closest("[role=tab]");
    if (button) copy(button.getAttribute("data-copy") || "");
    if (tab) choose(tab.id);
  });
  document.addEventListener("keydown", move);
  showCode();
}
