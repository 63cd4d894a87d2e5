// @ts-check
// The playground's own script: new choices change the very tag that is shown, and the look of the widget on this page.
import { byId, showNotice } from "./playground-page.js";
import { offerCode, showCode } from "./playground-code.js";
import { clearLog, followEvents } from "./playground-log.js";

/** What the server writes anew for other choices. */
const PARTS = ["preview", "chosen", "snippets", "language", "contrasts", "quick", "gallery"];
const PAUSE = 150; // ms between two moves of a slider
const form = /** @type {HTMLFormElement} */ (byId("choices"));
const path = /** @type {HTMLInputElement} */ (byId("path"));
const look = new CSSStyleSheet();
let requests = 0;
let running = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

// The widget asks for the rule of the page it is on; here it must be that of the chosen page.
const originalFetch = window.fetch.bind(window);
window.fetch = function (url, options) {
  const rule = String(url).split("/v1/pages?");
  return originalFetch(rule[1] ? rule[0] + "/v1/pages?path=" + encodeURIComponent(path.value) : url, options);
};

function address() {
  const choices = Array.from(new FormData(form), function (pair) { return [pair[0], String(pair[1])]; });
  return form.action + "?" + new URLSearchParams(choices);
}

// The server writes every text; here they only change places. A script that DOMParser has read never runs.
async function apply() {
  const mine = ++requests;
  try {
    const response = await originalFetch(address());
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (mine !== requests) return;
    PARTS.forEach(function (id) {
      const news = byId(id, page);
      if (news) byId(id).replaceWith(news);
    });
    path.value = /** @type {HTMLInputElement} */ (byId("path", page)).value;
    history.replaceState(null, "", address());
    showPhone(page);
    showCode();
    const now = behavior(page);
    if (now === running) return applyLook();
    running = now;
    runTag(scriptTag(page));
    clearLog();
    showNotice("applied");
  } catch {
    if (mine === requests) showNotice("offline");
  }
}

/** A frame that is replaced would flicker. @param {Document} page */
function showPhone(page) {
  const phone = byId("phone");
  const news = byId("phone", page)?.getAttribute("src");
  if (news && phone.getAttribute("src") !== news) phone.setAttribute("src", news);
}

/** What the widget has to start anew for. @param {Document} page */
function behavior(page) {
  const order = page.querySelector("#pay")?.getAttribute("data-steppay-order");
  return [scriptTag(page).outerHTML, /** @type {HTMLInputElement} */ (byId("path", page)).defaultValue, order].join("\n");
}

/** @param {Document} page */
function scriptTag(page) {
  return /** @type {Element} */ (page.querySelector("script[data-steppay-checkout]"));
}

/** @param {Element} shown */
function runTag(shown) {
  if (window.StepPayCheckout) window.StepPayCheckout.destroy();
  scriptTag(document).remove();
  const tag = document.createElement("script");
  Array.from(shown.attributes).forEach(function (attribute) {
    tag.setAttribute(attribute.name, attribute.value);
  });
  tag.onload = applyLook;
  document.head.append(tag);
}

/** The style sheet and the words that are shown for copying. */
function applyLook() {
  const preview = byId("preview");
  look.replaceSync(preview.dataset.css || "");
  if (window.StepPayCheckout) window.StepPayCheckout.configure({ texts: JSON.parse(preview.dataset.texts || "{}") });
}

function applySoon() {
  clearTimeout(pause);
  pause = setTimeout(apply, PAUSE);
}

document.adoptedStyleSheets = [...document.adoptedStyleSheets, look];
document.addEventListener("change", function (event) {
  // One of its controls lies outside of it.
  if (/** @type {HTMLInputElement} */ (event.target).form === form) apply();
});
form.addEventListener("input", function (event) {
  if (event.target instanceof HTMLInputElement && /color|range/.test(event.target.type)) applySoon();
});
form.addEventListener("submit", function (event) {
  const submitter = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (submitter && submitter.formAction !== form.action) return; // to the shop, for a fresh order
  event.preventDefault();
  apply();
});
document.documentElement.classList.add("script");
running = behavior(document);
followEvents();
offerCode();
document.addEventListener("DOMContentLoaded", applyLook);
