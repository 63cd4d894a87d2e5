// @ts-check
// The playground's own script: new choices change the very tag that is shown, and the widget's events are listed.
/**
 * @typedef {import("./widget").StepPayEventMap} EventMap
 * @typedef {{ name: string, more: string, after: string }} Entry
 */
(function () {
  "use strict";
  /** @type {(keyof EventMap)[]} */
  var EVENTS = [
    "steppay:open", "steppay:ready", "steppay:blocked", "steppay:return", "steppay:pending", "steppay:result",
    "steppay:close", "steppay:error",
  ];
  var LOG_KEY = "playground:log";
  var form = /** @type {HTMLFormElement} */ (byId("choices"));
  var path = /** @type {HTMLInputElement} */ (byId("path"));
  var list = byId("live");
  var startedAt = 0;
  var requests = 0;
  var noticeTimer = 0;

  /** @param {string} id @param {Document} [page] */
  function byId(id, page) {
    return /** @type {HTMLElement} */ ((page || document).getElementById(id));
  }

  /** @param {string} selector */
  function wordElement(selector) {
    var words = /** @type {HTMLTemplateElement} */ (byId("words"));
    return /** @type {HTMLElement} */ (words.content.querySelector(selector));
  }

  /** @param {string} name */
  function word(name) {
    return wordElement('[data-word="' + name + '"]').textContent || "";
  }

  // The widget asks for the rule of the page it is on; here it must be that of the chosen page.
  var originalFetch = window.fetch.bind(window);
  window.fetch = function (url, options) {
    var rule = String(url).split("/v1/pages?");
    return originalFetch(rule[1] ? rule[0] + "/v1/pages?path=" + encodeURIComponent(path.value) : url, options);
  };

  function address() {
    var choices = Array.from(new FormData(form), function (pair) { return [pair[0], String(pair[1])]; });
    return form.action + "?" + new URLSearchParams(choices);
  }

  // The server writes every text; here they only change places. A script that DOMParser has read never runs.
  async function apply() {
    var mine = ++requests;
    try {
      var response = await originalFetch(address());
      if (!response.ok) throw new Error(String(response.status));
      var page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (mine !== requests) return;
      ["preview", "chosen", "snippets", "language"].forEach(function (id) {
        byId(id).replaceWith(byId(id, page));
      });
      path.value = /** @type {HTMLInputElement} */ (byId("path", page)).value;
      history.replaceState(null, "", address());
      showScriptOnly();
      runTag(scriptTag(page));
      clearLog();
      showNotice("applied");
    } catch (_) {
      if (mine === requests) showNotice("offline");
    }
  }

  /** @param {Document} page */
  function scriptTag(page) {
    return /** @type {Element} */ (page.querySelector("script[data-steppay-checkout]"));
  }

  /** @param {Element} shown */
  function runTag(shown) {
    if (window.StepPayCheckout) window.StepPayCheckout.destroy();
    scriptTag(document).remove();
    var tag = document.createElement("script");
    Array.from(shown.attributes).forEach(function (attribute) {
      tag.setAttribute(attribute.name, attribute.value);
    });
    document.head.append(tag);
  }

  /** @param {string} name */
  function showNotice(name) {
    byId("notice").textContent = word(name);
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(function () {
      byId("notice").textContent = "";
    }, 4000);
  }

  /** @param {string} id */
  async function copy(id) {
    var code = byId(id);
    try {
      await navigator.clipboard.writeText(code.textContent || "");
      showNotice("copied");
    } catch (_) {
      getSelection()?.selectAllChildren(code);
      showNotice("selected");
    }
  }

  /** @param {Entry} entry */
  function note(entry) {
    var item = document.createElement("li");
    item.dataset.event = entry.name;
    [["code", entry.name], ["b", entry.more], ["span", word(entry.name)], ["time", entry.after]].forEach(function (part) {
      if (!part[1]) return;
      var node = document.createElement(part[0]);
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
    var more = "";
    if (detail) more = "verdict" in detail ? detail.verdict + " · " + detail.reason : detail.code;
    var after = "+" + ((Date.now() - startedAt) / 1000).toFixed(1) + " s";
    var entry = { name: name.replace("steppay:", ""), more: more, after: after };
    note(entry);
    store(entry);
  }

  /** @param {import("./widget").Verdict} verdict */
  function show(verdict) {
    var card = byId("verdict");
    card.hidden = false;
    var kind = wordElement('[data-verdict-word="' + verdict.verdict + '"]');
    card.dataset.verdict = verdict.verdict;
    card.dataset.tone = kind.dataset.tone;
    var code = document.createElement("code");
    code.textContent = verdict.verdict;
    byId("verdict-name").replaceChildren(kind.textContent + " ", code);
    byId("verdict-message").textContent = verdict.message || verdict.reason;
    byId("verdict-json").textContent = JSON.stringify(verdict, null, 2);
  }

  // A redirect leaves this page and comes back: the entries before it stay in the list. They hold no order code.
  /** @param {Entry} entry */
  function store(entry) {
    try {
      var log = stored() || { startedAt: startedAt, entries: [] };
      log.entries.push(entry);
      sessionStorage.setItem(LOG_KEY, JSON.stringify(log));
    } catch (_) {} // storage is blocked: the list starts anew
  }

  /** @returns {{ startedAt: number, entries: Entry[] } | null} */
  function stored() {
    return JSON.parse(sessionStorage.getItem(LOG_KEY) || "null");
  }

  function restore() {
    try {
      var log = stored();
      if (!log || !location.search.includes("steppay_return")) return sessionStorage.removeItem(LOG_KEY);
      startedAt = log.startedAt;
      log.entries.forEach(note);
    } catch (_) {} // as above
  }

  function clearLog() {
    startedAt = 0;
    list.replaceChildren();
    byId("verdict").hidden = true;
    byId("log-empty").hidden = false;
    try {
      sessionStorage.removeItem(LOG_KEY);
    } catch (_) {} // as above
  }

  function showScriptOnly() {
    document.documentElement.classList.add("script");
  }

  EVENTS.forEach(function (name) {
    document.addEventListener(name, function (event) {
      record(name, event.detail);
    });
  });
  document.addEventListener("steppay:result", function (event) {
    show(event.detail);
  });
  document.addEventListener("click", function (event) {
    var button = event.target instanceof Element && event.target.closest("[data-copy]");
    if (button) copy(button.getAttribute("data-copy") || "");
  });
  form.addEventListener("change", apply);
  form.addEventListener("submit", function (event) {
    var submitter = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (submitter && submitter.formAction !== form.action) return; // to the shop, for a fresh order
    event.preventDefault();
    apply();
  });
  restore();
  showScriptOnly();
})();
