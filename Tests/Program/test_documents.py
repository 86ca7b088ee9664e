"""The pages of the project are true where a program can tell: links, paths, names of types, metrics."""

import json
import platform
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from program import REPOSITORY, Running

# Folders that builds and tests make.
MADE = {".build", ".git", ".venv", "node_modules"}
PAGES = sorted(
    path for path in REPOSITORY.rglob("*.md")
    if not any(part in MADE or part.startswith(".build") for part in path.relative_to(REPOSITORY).parts)
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# Names that look like types of ours and belong to the web platform, to other programs or to papers.
FOREIGN = {
    "MediaStream", "RTCPeerConnection", "RTCIceServer", "RTCRtpScriptTransform", "WebSocket", "JSON", "SSL", "BIO",
    "ClientHello", "ChangeCipherSpec", "Finished", "GStreamer", "OpenSSL", "GnuTLS", "WebRTC", "NIO",
}


def name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    made = set()
    for heading in re.findall(r"^#{1,6} +(.+?)\s*$", FENCE.sub("", page.read_text()), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        made.add(f"{anchor}-{count}" if count else anchor)
    return made


class Links(unittest.TestCase):
    def test_every_link_leads_to_a_file_and_a_heading(self) -> None:
        broken, count = [], 0
        for page in PAGES:
            text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                if not file.exists() or (anchor and anchor not in anchors(file)):
                    broken.append(f"{name(page)}: {target}")
        self.assertEqual(broken, [])
        self.assertGreater(count, 30)

    def test_the_readme_leads_to_every_page(self) -> None:
        readme = (REPOSITORY / "README.md").read_text()
        self.assertEqual([name(page) for page in PAGES if page.parent.name == "Docs" and name(page) not in readme], [])


class Names(unittest.TestCase):
    def test_every_browser_test_is_listed(self) -> None:
        text = (REPOSITORY / "Tests/Browser/README.md").read_text()
        files = [path.name for path in (REPOSITORY / "Tests/Browser").glob("test_*.py")]
        self.assertEqual([file for file in files if f"`{file}`" not in text], [])

    def test_every_path_exists(self) -> None:
        missing = []
        for page in PAGES:
            for path in re.findall(r"`((?:Sources|Tests|Docs|Signaling)/[\w./+-]+)`", FENCE.sub("", page.read_text())):
                if not (REPOSITORY / path).exists() and not (REPOSITORY / f"{path}.swift").exists():
                    missing.append(f"{name(page)}: {path}")
        self.assertEqual(missing, [])

    def test_every_class_with_a_lock_is_named(self) -> None:
        (told,) = re.findall(r"^- Classes with a lock.*?(?=^- )", (REPOSITORY / "Docs/Architecture.md").read_text(),
                             re.MULTILINE | re.DOTALL)
        files = [path for folder in ("Sources", "Signaling") for path in (REPOSITORY / folder).rglob("*.swift")]
        locking = {path.stem for path in files
                   if re.search(r"\bMutex\b *[(<]", path.read_text()) and "LoadClient" not in path.parts}
        self.assertEqual(locking, set(re.findall(r"`(\w+)`", told)) - {"ConnectionCount"})

    def test_every_file_of_the_walks_exists(self) -> None:
        section = (REPOSITORY / "Docs/Architecture.md").read_text().split("## Files of the two paths")[1]
        walks = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        counts = [int(count) for count in re.findall(r"(\d+) (?:files )?in (?:four steps|all)", section)]
        files = {path.stem for folder in ("Sources", "Signaling") for path in (REPOSITORY / folder).rglob("*.*")}
        named = [[name for line in walk.splitlines() for name in line[10:].split()] for walk in walks]
        self.assertEqual([name for names in named for name in names if name not in files], [])
        self.assertEqual([len(set(names)) for names in named], counts)

    def test_every_type_and_member_is_in_the_sources(self) -> None:
        sources = [path.read_text() for folder in ("Sources", "Signaling", "Tests")
                   for suffix in ("swift", "h", "js", "ts") for path in (REPOSITORY / folder).rglob(f"*.{suffix}")
                   if "node_modules" not in path.parts]
        words = set(re.findall(r"\w+", "\n".join(sources)))
        files = {path.stem for path in (REPOSITORY / "Sources").rglob("*.swift")}
        unknown, count = [], 0
        for page in (page for page in PAGES if page.parent.name == "Docs"):
            for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text())):
                # `Type`, `Type.member`, `Type+Topic`
                if not re.fullmatch(r"(?:[A-Z]+[a-z]\w*[A-Z]|[A-Z]{2,}[a-z])\w*(?:[.+]\w+)*", code) or code in FOREIGN:
                    continue
                count += 1
                if code not in files and not all(word in words for word in re.split(r"[.+]", code)):
                    unknown.append(f"{name(page)}: {code}")
        self.assertEqual(unknown, [], "the page names what the sources no longer have")
        self.assertGreater(count, 100)


class Modules(unittest.TestCase):
    # Targets of tests and measurements, which the page leaves out.
    OTHERS = {"TestSupport", "CongestionBed", "congestion-cases", "PacketFeeder", "packet-loop", "packet-reference"}

    def test_the_table_of_modules_is_the_packages(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            told = subprocess.run(
                ["swift", "package", "--package-path", str(REPOSITORY), "--scratch-path", scratch, "dump-package"],
                check=True, capture_output=True, text=True,
            ).stdout
        described = {
            target["name"]: {names[0] for dependency in target["dependencies"] for names in dependency.values()}
            for target in json.loads(told)["targets"] if target["type"] != "test"
        }
        package = {
            name: sorted(dependencies & described.keys()) for name, dependencies in described.items()
            if name not in self.OTHERS
        }
        # libipsec-mb is for x86-64 alone.
        absent = set() if platform.machine() == "x86_64" else {"CIPSecMB"}
        section = (REPOSITORY / "Docs/Architecture.md").read_text().split("## Modules")[1].split("\n## ")[0]
        table = {}
        for targets, imports in re.findall(r"^\| (`.*?) \| .* \|(.*)\|$", section, re.MULTILINE):
            for target in set(re.findall(r"`([\w-]+)`", targets)) - absent:
                table[target] = sorted(set(re.findall(r"`([\w-]+)`", imports)) - absent)
        self.maxDiff = None
        self.assertEqual(table, package)


class Metrics(unittest.TestCase):
    # Families that appear with their first value.
    LATE = {f"forestage_client_{name}_seconds" for name in ("join", "first_frame", "promotion", "view_promotion")}

    def test_the_table_of_metrics_is_the_servers(self) -> None:
        with Running("--dev", "--http", "127.0.0.1:0") as server:
            status, text = server.get(server.ports[0], "/metrics")
        self.assertEqual(status, 200)
        served = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
        self.assertGreater(len(served), 15)
        section = (REPOSITORY / "Docs/Operations.md").read_text().split("## Health and metrics")[1]
        table = {}
        for row in re.findall(r"^\| (`forestage_.*)$", section, re.MULTILINE):
            names, kind, *_ = row.split(" | ")
            for family in re.findall(r"`(\w+)", names):
                table[family] = kind
        self.assertEqual({family: kind for family, kind in table.items() if family not in self.LATE}, served)
        self.assertEqual(self.LATE - table.keys(), set())


if __name__ == "__main__":
    unittest.main()
