"""One visit to each screen, which collects its pictures, its tree, what it says aloud, and what does not fit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page as Tab

from tests.browser.approved import Column
from tests.browser.demo_fixture import RunningDemo
from tests.browser.screens import SIZES, Screen

TIGHT = {"320 px": (320, 640), "200 %": (640, 400), "landscape": (740, 360)}
"""`200 %`: 1280 x 800 pixels, zoomed."""
# What differs from run to run: ports, order codes, the hashes of the widget, times.
STEADY = r"""() => {
  const rules = [
    [/https?:\/\/[\w.-]+:\d+/g, 'https://pay.shop.kr'], [/[\w-]+\.localhost(:\d+)?/g, 'pay.shop.kr'],
    [/order_[0-9a-zA-Z]{6,}/g, 'order_15XqwcM1f'], [/sha(256|384|512)-[\w+\/=]+/g, 'sha384-AAAA'],
    [/widget-[0-9a-f]{8,}/g, 'widget-00000000'], [/\d{4}-\d\d-\d\d/g, '2026-03-02'], [/\d\d:\d\d(:\d\d)?/g, '10:15'],
  ];
  const steady = (text) => rules.reduce((kept, [pattern, instead]) => kept.replace(pattern, instead), text);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (steady(node.data) !== node.data) node.data = steady(node.data);
  }
  for (const frame of document.querySelectorAll('iframe')) frame.style.visibility = 'hidden'; // samples, still loading
  for (const input of document.querySelectorAll('input, textarea')) {
    const kept = steady(input.value);
    if (kept !== input.value) input.value = kept;
  }
}"""
HIDE_THE_RIBBON = "document.getElementById('sample').style.visibility = 'hidden'"
# What a screen reader speaks: changes inside a live region that was there before them.
LISTEN = """
window.spoken = [];
const REGION = '[aria-live=polite],[aria-live=assertive],[role=status],[role=alert]';
const listen = (root) => new MutationObserver((changes) => {
  const words = new Map();
  const fresh = changes.flatMap((change) => [...change.addedNodes]);
  for (const { target, addedNodes } of changes) {
    const region = (target.closest ? target : target.parentElement).closest(REGION);
    if (!region || !region.isConnected || fresh.some((node) => node.contains(region))) continue;
    const added = [...addedNodes].map((node) => node.textContent.trim()).filter(Boolean);
    words.set(region, [...(words.get(region) || []), ...added]);
  }
  for (const said of words.values()) if (said.length) window.spoken.push(said.join(' '));
}).observe(root, { childList: true, subtree: true });
addEventListener('DOMContentLoaded', () => listen(document));
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  listen(root);
  return root;
};
"""
ADDRESS = re.compile(r"\n *- /url: .*")
"""A line of a tree that differs from run to run, and that is not read out."""
FLAWS = """() => {
  const inWidget = [...document.querySelectorAll('steppay-checkout')]
    .flatMap((host) => [...host.shadowRoot.querySelectorAll('*')]);
  const say = (what) => (node) => `${what}: <${node.localName}> ${node.textContent.slice(0, 40)}`;
  const cut = (node) => node.localName !== 'iframe' && node.clientWidth && node.scrollWidth > node.clientWidth + 1
    && getComputedStyle(node).textOverflow !== 'ellipsis'; // a long name of a shop
  const isBelow = (node) => /^(button|h2)$/.test(node.localName)
    && (node.getBoundingClientRect().bottom > innerHeight + 1 || node.getBoundingClientRect().top < -1);
  const { scrollWidth } = document.documentElement;
  return [
    ...(scrollWidth > innerWidth ? [`${scrollWidth} px wide`] : []),
    ...inWidget.filter(cut).map(say('cut')), ...inWidget.filter(isBelow).map(say('out of sight')),
  ];
}"""
SAID = """() => {
  const titles = [...document.querySelectorAll('steppay-checkout')].pop()?.shadowRoot;
  const title = (titles || document).querySelector(titles ? '.title, .opening' : '[role=status] h1');
  return [title ? title.textContent.trim() : '', window.spoken];
}"""


Said = tuple[str, list[str]]
"""The title of a screen, and what was spoken."""


@dataclass
class Visit:
    columns: dict[str, Column] = field(default_factory=dict)
    trees: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    said: dict[str, Said] = field(default_factory=dict)
    flaws: list[str] = field(default_factory=list)

    def see(self, screen: Screen, lang: str, tab: Tab) -> None:
        name = f"{screen.name} ({lang})"
        if screen.is_sample:
            self.said[f"{screen.surface} {name}"] = said(tab)
        for theme, width in screen.columns(lang):
            show_as(tab, SIZES[width], theme)
            column = f"{screen.surface}-{lang}-{theme}-{width}"
            picture = tab.screenshot(animations="disabled")
            self.columns.setdefault(column, Column(column)).seen[screen.name] = picture
            self._note_flaws(f"{column}: {screen.name}", tab)
        if screen.has_tree:
            parts = [part.aria_snapshot() for part in tab.locator(screen.whole).all()]
            self.trees[screen.surface][name] = ADDRESS.sub("", "\n".join(parts))
        for how, size in TIGHT.items():
            tab.set_viewport_size({"width": size[0], "height": size[1]})
            self._note_flaws(f"{screen.surface} {name}, {how}", tab)

    def _note_flaws(self, where: str, tab: Tab) -> None:
        self.flaws += [f"{where}: {flaw}" for flaw in tab.evaluate(FLAWS)]


def said(tab: Tab) -> Said:
    title, spoken = tab.evaluate(SAID)
    return title, spoken


def is_spoken_once(surface: str, title: str, spoken: list[str]) -> bool:
    """A screen of the widget by its live region; a return page is read as a page, and its region changes later."""
    times = sum(title in words for words in spoken) if title else 0
    return times == int(surface == "widget" and bool(title)) and len(set(spoken)) == len(spoken)


def open_screen(tab: Tab, screen: Screen, address: str) -> None:
    tab.goto(address)
    if not screen.is_sample:
        tab.evaluate(STEADY)
        return
    tab.locator("html[data-screen-ready]").wait_for(state="attached")
    tab.evaluate(HIDE_THE_RIBBON)


def show_as(tab: Tab, size: tuple[int, int], theme: Any) -> None:
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    tab.emulate_media(color_scheme=theme)


def visit(open_tab: Callable[[str], Tab], demo: RunningDemo, screens: Iterable[Screen], langs: Iterable[str]) -> Visit:
    """`open_tab`: a fresh profile in a language."""
    found, wanted = Visit(), list(screens)
    for lang in langs:
        tab = open_tab(lang)
        tab.context.add_init_script(LISTEN)
        for screen in wanted:
            tab.set_viewport_size({"width": 1280, "height": 800})
            open_screen(tab, screen, screen.address(demo, lang))
            found.see(screen, lang, tab)
        tab.context.close()
    return found
