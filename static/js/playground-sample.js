// @ts-check
// One sample screen: the theme that the address asks for, the widget's own screens without a payment, and no motion once
// it is shown. It runs before the page's other scripts, answers for the widget server, and lets nothing be remembered.
(function () {
  "use strict";
  var ribbon = /** @type {HTMLElement} */ (document.getElementById("sample"));
  var screen = ribbon.dataset.screen || "";
  var theme = ribbon.dataset.theme || "auto";
  var isWidget = ribbon.dataset.surface === "widget";
  var CODE = "order_15XqwcM1f";
  var LONG = 1000; // ms: what comes later would change the screen while it is looked at
  var TICK = 50;
  var setTimer = window.setTimeout.bind(window);
  var setTicker = window.setInterval.bind(window);
  /** @type {ReturnType<typeof setInterval>[]} */
  var tickers = [];

  /** @typedef {import("./widget").Verdict} Verdict */

  holdTimers();
  forgetEverything();
  if (window.parent !== window) leaveTheFocus();
  window.addEventListener("load", function () {
    applyTheme();
    applyLook();
    if (isWidget) showWidget();
    var looking = setTicker(function () {
      if (!isShown()) return;
      clearInterval(looking);
      tickers.forEach(clearInterval);
      raiseRibbon();
      setTimer(settle, TICK);
    }, TICK);
  });
  if (isWidget) {
    answerForTheServer();
    window.open = function () { return null; };
    new MutationObserver(raiseRibbon).observe(document.documentElement, { childList: true });
  }

  function holdTimers() {
    /** @param {() => void} act @param {number} [delay] */
    function later(act, delay) {
      if (screen === "slow" && delay === 5000) return setTimer(act, 0);
      return (delay || 0) < LONG ? setTimer(act, delay) : 0;
    }
    /** @param {() => void} act */
    function often(act) {
      tickers.push(setTicker(act, TICK));
      return tickers[tickers.length - 1];
    }
    Object.assign(window, { setTimeout: later, setInterval: often });
  }

  // Else the playground, which has the same origin, would find a sample as a payment that is to be followed.
  function forgetEverything() {
    ["localStorage", "sessionStorage"].forEach(function (name) {
      Object.defineProperty(window, name, { get: function () { throw new Error("a sample remembers nothing"); } });
    });
  }

  // A dialog in a frame would take the focus of the gallery around it, and scroll there.
  function leaveTheFocus() {
    HTMLElement.prototype.focus = function () {};
    var show = HTMLDialogElement.prototype.showModal;
    HTMLDialogElement.prototype.showModal = function () {
      this.inert = true;
      show.call(this);
    };
  }

  function answerForTheServer() {
    var ask = window.fetch.bind(window);
    window.fetch = function (url, options) {
      var path = /\/v1\/(verify|checkouts|pages)(\/|\?|$)/.exec(String(url));
      if (!path) return ask(url, options);
      if (path[1] === "pages") return answer({});
      var opens = path[1] === "checkouts" && path[2] !== "/";
      if (opens && ribbon.dataset.verdict) return answer({ verdict: JSON.parse(ribbon.dataset.verdict) });
      if (opens && screen !== "opening") return answer({ payUrl: ribbon.dataset.payPage, checkout: "A".repeat(22) });
      return new Promise(function () {});
    };
  }

  /** @param {object} body */
  function answer(body) {
    return Promise.resolve(new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } }));
  }

  function showWidget() {
    var widget = window.StepPayCheckout;
    if (screen === "checking" || screen === "slow") {
      widget.handleReturn(location.origin + "/?steppay_return=success." + CODE + ".");
    } else if (screen === "unopened") {
      widget.open({ order: function () { return Promise.reject(new Error("a sample")); }, mode: "iframe" });
    } else {
      widget.open({ order: CODE, mode: screen === "blocked" ? "tab" : "iframe" });
    }
    if (screen === "leave") document.addEventListener("steppay:ready", function () { part("close")[0].click(); });
  }

  /** @param {string} name @returns {HTMLElement[]} the elements with this part in the widget's dialogs */
  function part(name) {
    return Array.from(document.querySelectorAll("steppay-checkout")).flatMap(function (host) {
      var root = host.shadowRoot;
      return root ? /** @type {HTMLElement[]} */ (Array.from(root.querySelectorAll('[part~="' + name + '"]'))) : [];
    });
  }

  function isShown() {
    if (!isWidget) return true;
    if (screen === "opening") return part("opening").some(function (box) { return box.textContent; });
    if (screen === "paying") return part("frame")[0] && !part("opening")[0];
    /** @type {string} */
    var key = screen;
    if (screen === "slow") key = "checking";
    if (ribbon.dataset.verdict) {
      var verdict = /** @type {Verdict} */ (JSON.parse(ribbon.dataset.verdict));
      key = verdict.verdict === "pending" ? verdict.reason : verdict.verdict;
    }
    return part(key)[0] && part("title").some(function (title) { return title.textContent; });
  }

  // The style sheets ask for the reader's scheme; here the address decides.
  function applyTheme() {
    if (theme === "auto") return;
    document.documentElement.style.colorScheme = theme;
    Array.from(document.styleSheets).forEach(function (sheet) {
      Array.from(sheet.cssRules).forEach(function (rule) {
        var match = rule instanceof CSSMediaRule && /prefers-color-scheme:\s*(\w+)/.exec(rule.media.mediaText);
        if (match && rule instanceof CSSMediaRule) rule.media.mediaText = match[1] === theme ? "all" : "not all";
      });
    });
  }

  function applyLook() {
    var css = ribbon.dataset.css;
    var texts = ribbon.dataset.texts;
    if (texts) window.StepPayCheckout.configure({ texts: JSON.parse(texts) });
    if (!css) return;
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  }

  // Above the dialog, which lies above everything else.
  function raiseRibbon() {
    if (!isWidget || !ribbon.showPopover) return;
    ribbon.popover = "manual";
    if (ribbon.matches(":popover-open")) ribbon.hidePopover();
    ribbon.showPopover();
  }

  function settle() {
    /** @type {DocumentOrShadowRoot[]} */
    var places = [document];
    document.querySelectorAll("steppay-checkout").forEach(function (host) {
      if (host.shadowRoot) places.push(host.shadowRoot);
    });
    places.forEach(function (place) {
      place.getAnimations().forEach(function (motion) {
        if (motion.effect && motion.effect.getComputedTiming().endTime !== Infinity) return motion.finish();
        motion.pause();
        motion.currentTime = 0;
      });
    });
    document.documentElement.dataset.screenReady = "";
  }
})();
