"""The SDK's type declarations, read by the TypeScript compiler (Debian's node-typescript) as an embedder's project would."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.paths import CLIENT

PROGRAM = """
import { connect, sources, ForestageError, type Session, type Seat } from "./forestage";

async function main(video: HTMLVideoElement): Promise<void> {
  const session: Session = await connect({ room: "demo", name: "Ada", role: "host", seats: 2, publish: sources });
  session.addEventListener("shown", (event) => { const seat: Seat = event.detail.seat; session.attach(seat, video); });
  const closed = (event: Event) => console.log(event.type);
  session.addEventListener("closed", closed, { once: true });
  session.removeEventListener("closed", closed);
  try {
    await session.raiseHand();
  } catch (error) {
    if (error instanceof ForestageError) console.log(error.code, error.message);
  }
  await session.leave();
}
"""
MISTAKES = [
    'connect({ seats: "two" });',
    'connect().then((session) => session.publish("cinema"));',
    'connect().then((session) => session.addEventListener("shown", (event) => event.detail.nobody));',
]


@pytest.mark.skipif(shutil.which("tsc") is None, reason="no tsc: install node-typescript")
def test_an_embedders_program_compiles_and_its_mistakes_do_not(tmp_path: Path) -> None:
    shutil.copy(CLIENT / "forestage.d.ts", tmp_path)
    (tmp_path / "program.ts").write_text(PROGRAM)
    mistakes = {f"mistake{number}.ts": mistake for number, mistake in enumerate(MISTAKES)}
    for name, mistake in mistakes.items():
        (tmp_path / name).write_text('import { connect } from "./forestage";\n' + mistake)
    # All at once: the compiler takes seconds to start.
    told = subprocess.run(
        ["tsc", "--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom,dom.iterable", "forestage.d.ts", "program.ts", *mistakes],
        cwd=tmp_path, capture_output=True, text=True, timeout=300).stdout
    refused = {line.split("(")[0] for line in told.splitlines() if ": error TS" in line}
    assert refused == set(mistakes), told


def test_every_public_name_of_the_sdk_is_declared() -> None:
    declared = (CLIENT / "forestage.d.ts").read_text()
    code = (CLIENT / "forestage.js").read_text()
    names = re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", code, re.MULTILINE)
    names += [name.strip() for group in re.findall(r"^export \{([^}]*)\}", code, re.MULTILINE) for name in group.split(",")]
    assert "connect" in names
    for name in filter(None, names):
        assert re.search(rf"^export (?:declare )?(?:function|class|const) {name}\b", declared, re.MULTILINE), name
