"""axe-core, which finds what people with a keyboard, a screen reader or weak eyes would stumble over."""

from functools import cache
from importlib.resources import files

from .chromium import ChromiumPage
from .page import Page

# The ground behind the page is a gradient, whose contrast axe cannot tell: its end that is worst for text takes its place.
_WORST_GROUND = """() => document.head.append(Object.assign(document.createElement("style"),
  {id: "worst-ground", textContent: "body { background: var(--glow) !important }"}))"""


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


# The rules of axe that look at colours; the others find the same in every scheme.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]


def violations_in_both_schemes(page: ChromiumPage) -> list[str]:
    """What is wrong with the page as it stands, in the dark scheme, in which it is then again, and in the light one."""
    found = violations(page)
    page.playwright.emulate_media(color_scheme="light")
    found += [f"in light colours: {fault}" for fault in violations(page, _OF_COLOURS)]
    page.playwright.emulate_media(color_scheme="dark")
    return found


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What is wrong with the page as it stands: impact, rule and the elements."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate("(source) => { (0, eval)(source); }", _axe())
    page.evaluate(_WORST_GROUND)
    # Opacity on its way would count as weak contrast. What moves for ever is an ornament.
    page.evaluate("""() => Promise.allSettled(document.getAnimations()
      .filter(({effect}) => effect.getComputedTiming().endTime !== Infinity).map(({finished}) => finished))""")
    found = page.evaluate(
        "(rules) => axe.run(document, {resultTypes: ['violations'], ...(rules && {runOnly: rules})}).then(({violations}) => violations)", rules)
    page.evaluate("() => document.getElementById('worst-ground').remove()")
    return [f"{rule['impact']} {rule['id']}: {' '.join(node['failureSummary'].split())} {node['html'][:160]}"
            for rule in found for node in rule["nodes"]]
