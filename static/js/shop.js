// The demo shop's own script: it shows what the widget says, and nothing else.
// A real shop would only need "steppay:result", and would still fulfill from its backend.
(function () {
  "use strict";
  var NAMES = ["open", "ready", "blocked", "return", "pending", "result", "close", "error"];
  var list = document.getElementById("live");
  var card = document.getElementById("verdict");
  var words = document.getElementById("words");
  if (!list || !card) return;

  function note(name, detail) {
    var item = document.createElement("li");
    var label = document.createElement("code");
    label.textContent = "steppay:" + name;
    item.dataset.event = name;
    item.append(label);
    var more = detail && (detail.verdict || detail.code);
    if (more) item.append(" " + more + (detail.reason ? " · " + detail.reason : ""));
    list.append(item);
  }

  function word(name) {
    var found = words && words.content.querySelector('[data-word="' + name + '"]');
    return found ? found.textContent : name;
  }

  function show(verdict) {
    card.hidden = false;
    card.dataset.verdict = verdict.verdict;
    card.dataset.reason = verdict.reason;
    var code = document.createElement("code");
    code.textContent = verdict.verdict;
    document.getElementById("verdict-name").replaceChildren(word(verdict.verdict) + " ", code);
    document.getElementById("verdict-message").textContent = verdict.message || "";
    // A detail may also carry the session, which is no data.
    var plain = Object.assign({}, verdict);
    delete plain.session;
    document.getElementById("verdict-json").textContent = JSON.stringify(plain, null, 2);
  }

  NAMES.forEach(function (name) {
    document.addEventListener("steppay:" + name, function (event) {
      note(name, event.detail);
      if (name === "result") show(event.detail);
    });
  });
})();
