"""The law of modules: Package.swift lists what a target imports, and the server links no codec."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from program import BINARY, REPOSITORY, run

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.MULTILINE)

TYPE = re.compile(
    r"^(?:@\w+\s+)*(?:public|package)\s+(?:(?:final|indirect|nonisolated)\s+)*"
    r"(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)", re.MULTILINE)


def needed(program: Path) -> list[str]:
    """The shared libraries that a program names (`DT_NEEDED`)."""
    told = subprocess.run(["readelf", "-d", str(program)], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", told)


class Modules(unittest.TestCase):
    def test_every_import_is_declared(self) -> None:
        told = subprocess.run(
            ["swift", "package", "describe", "--type", "json"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        targets = json.loads(told.stdout)["targets"]
        ours = {target["c99name"] for target in targets}
        missing, imports = [], 0
        for target in targets:
            if target["module_type"] != "SwiftTarget":
                continue
            declared = set(target.get("target_dependencies", [])) | {target["name"]}
            for source in target["sources"]:
                path = Path(target["path"]) / source
                found = set(IMPORT.findall((REPOSITORY / path).read_text())) & ours
                imports += len(found)
                missing += [f"{path} imports {name}" for name in sorted(found - declared)]
        self.assertEqual(missing, [], "declare the arrow in Package.swift and Docs/Architecture.md, or remove it")
        self.assertGreater(imports, 1_000)

    def test_no_type_has_a_namesake_in_another_module(self) -> None:
        told = subprocess.run(
            ["swift", "package", "describe", "--type", "json"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        declared: dict[str, set[str]] = {}
        for target in json.loads(told.stdout)["targets"]:
            if target["module_type"] != "SwiftTarget" or target["path"].startswith("Tests/"):
                continue
            for source in target["sources"]:
                for name in TYPE.findall((REPOSITORY / target["path"] / source).read_text()):
                    declared.setdefault(name, set()).add(target["name"])
        twice = {name: sorted(modules) for name, modules in declared.items() if len(modules) > 1}
        self.assertEqual(
            twice, {},
            "give one of the two another name; a type of the protocol ends in Message or Name")
        self.assertIn("SignalingProtocol", declared["JoinedMessage"])
        self.assertGreater(len(declared), 300)

    def test_the_server_links_no_codec(self) -> None:
        codecs = ("libvpx.", "libopus.")
        self.assertEqual([name for name in needed(Path(BINARY)) if name.startswith(codecs)], [])
        # The measuring client does: a program's libraries are found at all.
        client = needed(Path(BINARY).with_name("forestage-load"))
        self.assertEqual(sorted(name.split(".")[0] for name in client if name.startswith(codecs)), ["libopus", "libvpx"])

    def test_the_server_knows_no_load_and_the_client_does(self) -> None:
        self.assertNotEqual(run("load").returncode, 0)
        client = str(Path(BINARY).with_name("forestage-load"))
        for words in (["run", "--help"], ["demo", "--help"]):
            told = subprocess.run([client, *words], capture_output=True, text=True, check=True).stdout
            self.assertIn("--url", told, words)
        demo = subprocess.run([client, "demo", "--help"], capture_output=True, text=True, check=True).stdout
        self.assertRegex(demo, r"--room[^-]*default: stage")


if __name__ == "__main__":
    unittest.main()
