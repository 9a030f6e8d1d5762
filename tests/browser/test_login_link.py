"""The printed link in Chromium: one click in the terminal, and one is at home."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from interactions.web.login_link import path_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_presses_its_button_itself(browser: Browser, live_server: LiveServer, owner: User) -> None:
    page = browser.new_page()
    page.goto(live_server.url + path_for(owner))
    page.wait_for_url(f"{live_server.url}/")
    page.close()


def test_without_script_there_is_a_button(browser: Browser, live_server: LiveServer, owner: User) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(live_server.url + path_for(owner))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    page.close()


def test_a_used_link_says_how_to_get_another(browser: Browser, live_server: LiveServer, owner: User) -> None:
    link = live_server.url + path_for(owner)
    owner.set_password("meanwhile-another-one")
    owner.save()
    page = browser.new_page()
    page.goto(link)
    expect(page.get_by_text("This link has been used.")).to_be_visible()
    expect(page.get_by_text("make login")).to_be_visible()
    page.get_by_role("link", name="Sign in with a password").click()
    page.wait_for_url(f"{live_server.url}/login/")
    page.close()
