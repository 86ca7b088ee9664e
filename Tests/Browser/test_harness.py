"""The harness itself, with no server: an id painted in a page and read back behind a codec in the same page."""

import pytest

from harness.files import FileServer
from harness.page import Page, add_test_page, wait_for
from harness.paths import TEST_PAGE

LOOPBACK = """async (id) => {
  const picture = testpage.paint(id), sound = await testpage.tone(id);
  const here = new RTCPeerConnection(), there = new RTCPeerConnection();
  here.onicecandidate = ({candidate}) => candidate && there.addIceCandidate(candidate);
  there.onicecandidate = ({candidate}) => candidate && here.addIceCandidate(candidate);
  const video = Object.assign(document.createElement("video"), {autoplay: true, playsInline: true});
  document.body.append(video);
  there.ontrack = ({track}) => {
    video.srcObject ??= new MediaStream();
    video.srcObject.addTrack(track);
  };
  here.addTrack(picture.track);
  here.addTrack(sound.track);
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  window.loopback = {video, here, there};
  await video.play();
}"""


ENERGY = """async () => {
  for (const entry of (await loopback.there.getStats()).values()) {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") return entry.totalAudioEnergy;
  }
}"""


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_an_id_survives_the_codec(name: str, request: pytest.FixtureRequest) -> None:
    browser = request.getfixturevalue(name)
    page: Page = browser.open()
    with FileServer(TEST_PAGE) as files:
        page.goto(f"{files.url}/empty.html")
        page.evaluate("() => navigator.mediaDevices.getUserMedia({audio: true}).then(() => null)")
        add_test_page(page)
        identifier = 0xB5A7
        page.evaluate(LOOPBACK, identifier)
        seen = wait_for(page, "() => { const seen = testpage.read(loopback.video); return seen.id !== null && seen; }")
        assert seen["id"] == identifier
        first = wait_for(page, "() => testpage.read(loopback.video).counter")
        wait_for(page, "(first) => ![null, first].includes(testpage.read(loopback.video).counter)", first, what="a moving picture")
        assert wait_for(page, ENERGY) > 0
        if heard := page.evaluate("() => testpage.listen(loopback.video.srcObject, 800)"):
            assert abs(heard["loudest"] - page.evaluate("(id) => testpage.frequency(id)", identifier)) < 25, heard
        else:
            assert name == "firefox"
        assert page.errors == []
    page.close()
