"""A page that is kept waiting when it starts shows so, and goes on as far as it can: no question to the server holds the lobby back."""

from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError, Route

from harness.app import PLAYING, join_as_host, join_as_viewer, wait_for_text
from harness.chromium import Chromium, ChromiumPage
from harness.keyed import KeyedServer
from harness.page import wait_for
from harness.server import ForestageServer


class Stalled:
    """Requests to the address are not answered before `release`, or never."""

    def __init__(self, page: ChromiumPage, address: str):
        self.page, self.address, self.routes = page, address, list[Route]()
        page.playwright.route(address, lambda route: self.routes.append(route))

    def release(self) -> None:
        self.page.playwright.unroute(self.address)
        for route in self.routes:
            try:
                route.continue_()
            except PlaywrightError:
                pass  # the page has given this one up, and asks anew


def open_at_once(page: ChromiumPage, url: str) -> None:
    """Does not wait for the page to be complete."""
    page.playwright.goto(url, wait_until="commit")


def test_a_server_that_does_not_say_what_it_is_holds_nobody_back(chromium: Chromium, server: ForestageServer) -> None:
    page = chromium.open(390, 844)
    Stalled(page, "**/v1/configuration")
    open_at_once(page, f"{server.url}/?room=stalled")
    page.playwright.wait_for_selector("#name:visible")
    page.playwright.fill("#name", "Ada")
    wait_for_text(page, "#lobby-status", "The server does not answer yet")
    join_as_host(page)
    wait_for(page, PLAYING, "Ada (you)")
    # A reload finds the way back without that answer, too.
    page.playwright.reload(wait_until="commit")
    wait_for(page, PLAYING, "Ada (you)")
    assert page.errors == []
    page.close()


def test_a_server_with_keys_that_says_so_late_shuts_the_doors(chromium: Chromium, tmp_path: Path) -> None:
    with KeyedServer(tmp_path) as server:
        page = chromium.open()
        stalled = Stalled(page, "**/v1/configuration")
        open_at_once(page, server.url)
        wait_for_text(page, "#lobby-status", "You can try to come in")
        stalled.release()
        wait_for_text(page, "#lobby-shut", "You need an invitation")
        assert not page.playwright.is_visible("#join-viewer") and page.playwright.inner_text("#lobby-status") == ""
        assert page.errors == []
        page.close()


def test_an_invitation_whose_exchange_is_slow_says_so_and_lets_in_at_last(chromium: Chromium, tmp_path: Path) -> None:
    with KeyedServer(tmp_path) as server:
        host = chromium.open()
        host.goto(f"{server.url}/?room=slow#token={server.token('slow', 'ada', 'host')}")
        join_as_host(host, "Ada")
        invitation = host.evaluate("() => forestage.session.createInvitation({role: 'viewer'}).then(({token}) => token)")
        page = chromium.open(390, 844)
        stalled = Stalled(page, "**/v1/tokens")
        open_at_once(page, f"{server.url}/?room=slow#invite={invitation}")
        wait_for_text(page, "#lobby-title", "slow")
        page.playwright.fill("#name", "Grace")
        wait_for_text(page, "#lobby-status", "This page goes on asking")
        assert page.playwright.is_disabled("#join-viewer")
        stalled.release()
        join_as_viewer(page)
        wait_for(page, PLAYING, "Ada")
        # After a reload the way back leads through the exchange again: who does not want to wait may go back.
        stalled = Stalled(page, "**/v1/tokens")
        page.playwright.reload(wait_until="commit")
        wait_for_text(page, "#waiting-title", "Coming back")
        page.playwright.click("#waiting-back")
        page.playwright.wait_for_selector("#lobby:visible")
        assert page.playwright.inner_text("#lobby-error") == ""
        stalled.release()
        join_as_viewer(page)
        wait_for(page, PLAYING, "Ada")
        for each in (host, page):
            assert each.errors == []
            each.close()


@pytest.mark.parametrize("module", ["/client/session.js", "/app.js"])
def test_a_module_that_does_not_come_leaves_no_empty_page(chromium: Chromium, server: ForestageServer, module: str) -> None:
    page = chromium.open(390, 844)
    Stalled(page, f"**{module}")
    open_at_once(page, server.url)
    page.playwright.wait_for_selector("#lobby-status:visible >> text=One moment")
    page.playwright.wait_for_selector("#lobby-slow:visible >> text=reload the page")
    page.close()
