"""The page is accessible in every state: axe, and by hand what axe cannot see."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.states import EMERGENCY, NARROW, STATES, asked, caption

TAGS = [
    "wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag21aaa", "wcag22a", "wcag22aa",
    "wcag22aaa", "best-practice",
]  # fmt: skip
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
SNAPSHOTS = Path(__file__).parent / "snapshots"


def axe_finds_nothing(page: Page) -> None:
    page.evaluate(AXE)
    found: Any = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS
    )
    faults = [*found["violations"], *found["incomplete"]]
    if page.evaluate("matchMedia('(forced-colors: active)').matches"):  # the reader's own colours
        faults = [fault for fault in faults if not fault["id"].startswith("color-contrast")]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in faults] == []
    assert {"color-contrast-enhanced", "target-size"} <= {rule["id"] for rule in found["passes"]}


def targets_are_large(page: Page) -> None:
    """2.5.5 (AAA): 44 by 44 at least, a label counted with its box."""
    small = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, summary")].map((target) => {
            const box = (target.closest("label") ?? target).getBoundingClientRect();
            return [target.outerHTML, Math.round(box.width), Math.round(box.height)];
        }).filter(([, width, height]) => width && (width < 44 || height < 44))"""
    )
    assert small == []


def lines_are_readable(page: Page) -> None:
    """1.4.10: no sideways scroll. 1.4.8 (AAA): at most 80 characters a line, 1.5 apart."""
    measures: Any = page.evaluate(
        """() => ({
            sideways: document.documentElement.scrollWidth - innerWidth,
            lines: [...document.querySelectorAll("p, li")].filter((p) => p.offsetWidth).map((p) => {
                const style = getComputedStyle(p);
                const pen = document.createElement("canvas").getContext("2d");
                pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
                const letter = pen.measureText("abcdefghijklmnopqrstuvwxyz ").width / 27;
                const height = parseFloat(style.lineHeight) / parseFloat(style.fontSize);
                return [p.clientWidth / letter, height, style.textAlign];
            }),
        })"""
    )
    assert measures["sideways"] <= 0
    for characters, height, align in measures["lines"]:
        assert characters <= 80
        assert height >= 1.5
        assert align != "justify"


def from_the_top(page: Page) -> None:
    """The next Tab goes to the first thing of the page."""
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); scrollTo(0, 0) }")


@pytest.mark.parametrize("name", STATES)
def test_state(open_page: Open, name: str) -> None:
    page = open_page(**STATES[name].options)
    STATES[name].reach(page)
    axe_finds_nothing(page)
    targets_are_large(page)
    lines_are_readable(page)
    outline = (SNAPSHOTS / f"{name}.yaml").read_text(encoding="utf-8")
    assert page.locator("body").aria_snapshot() == outline.rstrip("\n"), "see `make screenshots`"


def test_focus_is_always_seen(open_page: Open) -> None:
    """2.4.7, 2.4.11, 2.4.13 (AAA): thick, of strong contrast, and nothing lies upon it."""
    page = open_page(**NARROW)
    asked(EMERGENCY)(page)
    from_the_top(page)
    seen = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        at: Any = page.evaluate(
            """() => {
                const focus = document.activeElement, box = focus.getBoundingClientRect();
                if (focus === document.body) return null;
                const x = box.x + box.width / 2, y = box.y + box.height / 2;
                const top = document.elementFromPoint(x, y);
                const style = getComputedStyle(focus);
                return [focus.outerHTML, style.outlineStyle, parseFloat(style.outlineWidth),
                    style.outlineColor === getComputedStyle(document.body).color,
                    Boolean(top) && (focus.contains(top) || top.contains(focus))];
            }"""
        )
        if at is None:
            break
        html, style, width, strong, clear = at
        assert style == "solid", html
        assert width >= 2, html
        assert strong, html
        assert clear, html
        seen += 1
    assert seen > 20


def test_order_of_focus(open_page: Open) -> None:
    """What matters first comes first, and nothing hidden is reached."""
    page = open_page()
    asked("what causes muscle spasms")(page)
    from_the_top(page)
    found = []
    for _ in range(20):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.innerText || document.activeElement.id"))
    assert found == [
        "Skip to the question", "Call 911", "text", "Ask", "Speak", "aloud", "Go to the answer",
        "Play", "Stop", "Back one sentence", "Repeat", "Slower", "Faster",
        "Yes", "No", "More", "Next", "Previous", "What they are", "What symptoms come with them",
    ]  # fmt: skip


def test_text_spacing_survives(open_page: Open) -> None:
    """1.4.12: nothing is cut off or overlaps with the reader's own spacing."""
    page = open_page(viewport={"width": 320, "height": 600})
    caption(page)
    page.evaluate(
        """() => { for (const one of document.querySelectorAll("body *")) {
            one.style.lineHeight = "1.5"; one.style.letterSpacing = ".12em";
            one.style.wordSpacing = ".16em";
        } }"""
    )
    cut = page.evaluate(
        """() => [...document.querySelectorAll("p, button, a, label, h1, h2, legend")]
            .filter((e) => e.offsetWidth && !e.closest(".unseen, .skip")
                && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"))
            .map((e) => e.outerHTML)"""
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_reduced_motion(open_page: Open) -> None:
    """2.3.3 (AAA)."""
    page = open_page(reduced_motion="reduce", permissions=["microphone"])
    STATES["listening"].reach(page)
    assert page.evaluate("document.getAnimations().length") == 0


def test_labels_in_names_and_headings(open_page: Open) -> None:
    """2.5.3: the name begins with the label seen. 2.4.10 (AAA), 1.3.1: sections have headings."""
    page = open_page()
    caption(page)
    for control in page.locator("button:visible, a:visible").all():
        label = " ".join(control.inner_text().split())
        assert control.get_attribute("aria-label") is None
        assert label
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].filter((h) => h.offsetWidth)"
        ".map((h) => h.tagName)"
    )
    assert levels[0] == "H1"
    assert levels.count("H1") == 1
    assert "H3" not in levels
    assert page.get_by_role("main").count() == 1
    assert page.locator("html").get_attribute("lang") == "en-US"


def test_bigger_text_alone(open_page: Open) -> None:
    """1.4.4: text at 200 % by the reader's own font size."""
    page = open_page()
    caption(page)
    page.evaluate("document.documentElement.style.fontSize = '250%'")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_no_single_letter_acts(open_page: Open) -> None:
    """2.1.4: letters typed beside the question box do nothing."""
    page = open_page()
    page.get_by_role("button", name="Ask", exact=True).focus()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        page.keyboard.press(letter)
    expect(page.get_by_role("status")).to_be_empty()
