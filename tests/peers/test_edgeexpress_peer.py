"""The EdgeExpress peer refuses what EdgeExpress refuses, with its codes."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.peers.edgeexpress_driver import KEY, TERMINAL, XWEBID, EdgeExpressPeer
from tests.peers.sockets import LOOPBACK, listening_hosts

PAN = "4111111111111111"
HOSTED = "/HostPayService/v1/hostpay/transactions"
DIRECT = "/HostPayService/v1/directpay/express"
SETTING = (
    "<HOSTPAYSETTING><RETURNOPTION><RETURNURL>http://127.0.0.1:9/back/</RETURNURL></RETURNOPTION></HOSTPAYSETTING>"
)


@pytest.fixture(scope="module")
def running() -> Iterator[EdgeExpressPeer]:
    with EdgeExpressPeer() as peer:
        yield peer


@pytest.fixture
def peer(running: EdgeExpressPeer) -> EdgeExpressPeer:
    """In its first state."""
    running.reset()
    return running


def ask(peer: EdgeExpressPeer, path: str, kind: str, inner: str, key: str = KEY) -> dict[str, str]:
    """The answer's fields."""
    who = f"<XWEBID>{XWEBID}</XWEBID><XWEBTERMINALID>{TERMINAL}</XWEBTERMINALID><XWEBAUTHKEY>{key}</XWEBAUTHKEY>"
    body = f"<REQUEST>{who}<TRANSACTIONTYPE>{kind}</TRANSACTIONTYPE>{inner}</REQUEST>"
    answer = requests.post(peer.url + path, data=body.encode(), timeout=5)
    assert answer.status_code == 200
    return dict(re.findall(r"<(\w+)>([^<]*)</", answer.text))


def open_page(peer: EdgeExpressPeer, order: str = "ORDER1", amount: str = "30.00") -> dict[str, str]:
    """What the request for a page is answered."""
    inner = f"<ORDERID>{order}</ORDERID><AMOUNT>{amount}</AMOUNT><ALLOWDUPLICATES>true</ALLOWDUPLICATES>"
    return ask(peer, HOSTED, "CREDITSALE", f"{inner}<INVOICENO>{order}</INVOICENO>{SETTING}")


def submit(address: str) -> requests.Response:
    """Fill the page and press its button."""
    form = {"number": PAN, "expiry": "12/40", "cvv": "123"}
    return requests.post(address, data=form, allow_redirects=False, timeout=5)


def test_it_listens_on_loopback_alone(peer: EdgeExpressPeer) -> None:
    assert listening_hosts(peer.url) == [LOOPBACK]


def test_wrong_key_and_unmodelled_calls_are_refused(peer: EdgeExpressPeer) -> None:
    query = "<ORDERID>A</ORDERID>"
    codes = [
        ask(peer, DIRECT, "QUERYPAYMENT", query, key="wrong")["RESPONSECODE"],
        ask(peer, DIRECT, "CREDITAUTH", query)["RESPONSECODE"],
        ask(peer, DIRECT, "QUERYPAYMENT", query + "<CLERK>x</CLERK>")["RESPONSECODE"],
        open_page(peer, amount="0.00")["RESPONSECODE"],
        open_page(peer, amount="100000.00")["RESPONSECODE"],
    ]
    assert codes == ["803", "806", "806", "806", "806"]


def test_unfinished_and_unknown_orders_are_the_same(peer: EdgeExpressPeer) -> None:
    open_page(peer)
    answers = [ask(peer, DIRECT, "QUERYPAYMENT", f"<ORDERID>{order}</ORDERID>") for order in ("ORDER1", "OTHER")]
    assert answers[0] == answers[1]
    assert answers[0]["RESPONSECODE"] == "814"


def test_page_pays_once_however_many_tabs_and_pages(peer: EdgeExpressPeer) -> None:
    first, second = open_page(peer)["PAYPAGEURL"], open_page(peer)["PAYPAGEURL"]
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(submit, [first, second, first, second]))
    assert statuses == [303, 409, 409, 409]
    assert (open_page(peer)["RESPONSECODE"], peer.movements()) == ("815", [("purchase", 3000)])


def test_page_ends_after_ten_minutes(peer: EdgeExpressPeer) -> None:
    address = open_page(peer)["PAYPAGEURL"]
    assert requests.get(address, timeout=5).status_code == 200
    peer.control("clock", seconds=601)
    assert (submit(address).status_code, peer.movements()) == (410, [])


def test_no_number_of_a_card_is_kept(peer: EdgeExpressPeer) -> None:
    submit(open_page(peer)["PAYPAGEURL"])
    answer = ask(peer, DIRECT, "QUERYPAYMENT", "<ORDERID>ORDER1</ORDERID>")
    assert (answer["APPROVEDAMOUNT"], (peer.stderr() + str(answer)).count(PAN)) == ("30.00", 0)
