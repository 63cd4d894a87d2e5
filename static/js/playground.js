// The playground's own script: new choices put in the very tag that is shown, and the widget's events are listed.
(function () {
  "use strict";
  var EVENTS = ["open", "ready", "blocked", "return", "pending", "result", "close", "error"];
  var KEPT = "playground:log";
  var form = document.getElementById("choices");
  var list = document.getElementById("live");
  var begun = 0;
  var asked = 0;

  function byId(id) {
    return document.getElementById(id);
  }

  function word(name) {
    return byId("words").content.querySelector('[data-word="' + name + '"]').textContent;
  }

  // The widget asks for the rule of the page it is on; here it must be that of the chosen page.
  var ask = window.fetch.bind(window);
  window.fetch = function (url, options) {
    var wanted = String(url).includes("/v1/pages?") ? "/v1/pages?path=" + encodeURIComponent(form.path.value) : url;
    return ask(wanted, options);
  };

  function address() {
    return "/playground?" + new URLSearchParams(new FormData(form));
  }

  // The server writes every text; here they only change places. A script that DOMParser has read never runs.
  async function apply() {
    var mine = ++asked;
    try {
      var answer = await ask(address());
      if (!answer.ok) throw new Error(answer.status);
      var page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asked) return;
      ["preview", "chosen", "snippets", "language"].forEach(function (id) {
        byId(id).replaceWith(page.getElementById(id));
      });
      form.path.value = page.getElementById("path").value;
      history.replaceState(null, "", address());
      showScriptOnly();
      runTag(page.querySelector("script[data-steppay-checkout]"));
      forget();
      say("applied");
    } catch (_) {
      if (mine === asked) say("offline");
    }
  }

  function runTag(shown) {
    if (window.StepPayCheckout) window.StepPayCheckout.destroy();
    document.querySelector("script[data-steppay-checkout]").remove();
    var tag = document.createElement("script");
    shown.getAttributeNames().forEach(function (name) {
      tag.setAttribute(name, shown.getAttribute(name));
    });
    document.head.append(tag);
  }

  function say(name) {
    byId("said").textContent = word(name);
    clearTimeout(say.timer);
    say.timer = setTimeout(function () {
      byId("said").textContent = "";
    }, 4000);
  }

  async function copy(id) {
    var code = byId(id);
    try {
      await navigator.clipboard.writeText(code.textContent);
      say("copied");
    } catch (_) {
      getSelection().selectAllChildren(code);
      say("selected");
    }
  }

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

  function happened(name, detail) {
    begun = begun || Date.now();
    var more = detail && (detail.verdict || detail.code);
    var entry = {
      name: name,
      more: more ? [more, detail.reason].filter(Boolean).join(" · ") : "",
      after: "+" + ((Date.now() - begun) / 1000).toFixed(1) + " s",
    };
    note(entry);
    keep(entry);
    if (name === "result") show(detail);
  }

  function show(verdict) {
    var card = byId("verdict");
    card.hidden = false;
    card.dataset.verdict = verdict.verdict;
    var name = byId("words").content.querySelector('[data-verdict-word="' + verdict.verdict + '"]');
    var code = document.createElement("code");
    code.textContent = verdict.verdict;
    byId("verdict-name").replaceChildren(name ? name.textContent + " " : "", code);
    byId("verdict-message").textContent = verdict.message || verdict.reason;
    byId("verdict-json").textContent = JSON.stringify(verdict, null, 2);
  }

  // A redirect leaves this page and comes back: what happened before stays in the list. It holds no order code.
  function keep(entry) {
    try {
      var kept = JSON.parse(sessionStorage.getItem(KEPT) || "null") || { begun: begun, entries: [] };
      kept.entries.push(entry);
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch (_) {} // storage is blocked: the list starts anew
  }

  function recall() {
    try {
      var kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
      if (!kept || !location.search.includes("steppay_return")) return sessionStorage.removeItem(KEPT);
      begun = kept.begun;
      kept.entries.forEach(note);
    } catch (_) {} // as above
  }

  function forget() {
    begun = 0;
    list.replaceChildren();
    byId("verdict").hidden = true;
    byId("log-empty").hidden = false;
    try {
      sessionStorage.removeItem(KEPT);
    } catch (_) {} // as above
  }

  function showScriptOnly() {
    document.documentElement.classList.add("script");
  }

  EVENTS.forEach(function (name) {
    document.addEventListener("steppay:" + name, function (event) {
      happened(name, event.detail);
    });
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (button) copy(button.dataset.copy);
  });
  form.addEventListener("change", apply);
  form.addEventListener("submit", function (event) {
    if (event.submitter && event.submitter.formAction !== form.action) return; // to the shop, for a fresh order
    event.preventDefault();
    apply();
  });
  recall();
  showScriptOnly();
})();
