"""Fetch the browser's third-party files from npm into ``web/static/vendor``, at fixed versions and checked hashes.

    python web/vendor/make.py           # write the files and their licences
    python web/vendor/make.py --check   # write nothing; exit 1 when what is there differs

The result is committed, so that neither running nor building the program needs the network. The typeface is cut to what
Vietnamese and English need; the icons in use become one sprite; of the chart library only what is drawn is bundled.
"""

import argparse
import base64
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "web" / "static" / "vendor"
OWN_ICONS = Path(__file__).parent / "icons"
SVG = "http://www.w3.org/2000/svg"

# The icons in use, by their names in Lucide.
ICONS = tuple(
    """
    arrow-down arrow-left arrow-right arrow-up badge-check ban bell building-2 calendar calendar-check
    calendar-days calendar-plus calendar-x captions chart-column check chevron-left chevron-right circle
    circle-alert circle-check circle-dot circle-question-mark circle-user circle-x clipboard-list clock
    copy download ellipsis external-link eye file-text filter gauge hand headphones history house info
    key-round layout-grid link list list-checks lock log-in log-out maximize message-square mic mic-off
    minus monitor monitor-up monitor-x network pencil phone-off picture-in-picture-2 pin pin-off play
    plus radio refresh-cw save scroll-text search send settings shield shield-alert shield-check signal
    signal-low signal-medium speaker square thumbs-up trash-2 triangle-alert type undo-2 unlink upload
    user user-check user-plus user-x users users-round video video-off volume-2 volume-x vote wifi
    wifi-off x zap
    """.split()  # noqa: SIM905 - a list of a hundred short words reads better as text
)


@dataclass(frozen=True)
class Package:
    """One npm package. ``files`` maps a path inside it to a path below ``web/static/vendor``."""

    name: str
    version: str
    integrity: str  # of the package, as npm publishes it
    licence: str  # SPDX
    files: dict[str, str] = field(default_factory=dict)
    licence_file: str = "LICENSE"

    @property
    def slug(self) -> str:
        return self.name.strip("@").replace("/", "-")


FONT_FILES = {
    f"files/be-vietnam-pro-{part}-{weight}-normal.woff2": f"fonts/be-vietnam-pro-{part}-{weight}.woff2"
    for part in ("latin", "vietnamese")
    for weight in (400, 600)
}
PACKAGES = [
    Package(
        "@fontsource/be-vietnam-pro",
        "5.3.0",
        "sha512-xhAQBGHDxP5BF8IJxedy5MoWUmc1DlPCcZbMLhvnPkf8TaYCbbUVs3LjpuJ4BYdTrdiCLaewNaY8z+owq/FqFw==",
        "OFL-1.1",
        FONT_FILES,
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        "0BSD",
        {"dist/htmx.min.js": "htmx.min.js"},
    ),
    Package(
        "echarts",
        "6.1.0",
        "sha512-q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==",
        "Apache-2.0",
    ),
    Package(
        "zrender",
        "6.1.0",
        "sha512-oEGMDB6pOP2S6OwRR4PdVv610zrjnA3Bh+JnSG12fYJlBKjtNAoEb5fSUoCOOINlH96I2fU38/A2UpRKs67xYQ==",
        "BSD-3-Clause",
    ),
    Package(
        "lucide-static",
        "1.62.0",
        "sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
        "ISC",
    ),
]

# Needed to make a file, not shipped themselves.
TOOLS = [
    Package(
        "tslib",
        "2.3.0",
        "sha512-N82ooyxVNm6h1riLCoyS9e3fuJ3AMG2zIZs2Gd1ATcSFjSA23Q0fzjjZeh0jbJvWVDZ0cJT8yaNNaaXHzueNjg==",
        "0BSD",
        licence_file="LICENSE.txt",
    ),
    Package(
        "esbuild-wasm",
        "0.28.2",
        "sha512-GccVwhv3mmOUVQHCQm2Ox/rby8n/EqUwvZxE6Pjfikrq/lWw9g9WX/u9EykWnpot3Ko6j426DgQdea2xWKIAQA==",
        "MIT",
        licence_file="LICENSE.md",
    ),
]
CHART = """
import { use, init } from "echarts/core";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
use([AriaComponent, GridComponent, LineChart, MarkLineComponent, SVGRenderer]);
export { init };
"""


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """The files of the published package by path. Ends the program when it is not the one that was chosen."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    content = (folder / name).read_bytes()
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if integrity != package.integrity:
        sys.exit(f"{package.name} {package.version}: {integrity} is not the chosen package")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            reader = archive.extractfile(member)
            if reader is not None:
                files[member.name.partition("/")[2]] = reader.read()
    return files


def build_sprite(lucide: dict[str, bytes]) -> bytes:
    """One SVG with a ``<symbol>`` for each icon in use, Lucide's and our own."""
    drawings = {name: lucide[f"icons/{name}.svg"] for name in ICONS}
    drawings |= {file.stem: file.read_bytes() for file in OWN_ICONS.glob("*.svg")}
    lines = [f'<svg xmlns="{SVG}">', "<!-- Lucide, ISC licence; form-* are our own. Made by web/vendor/make.py. -->"]
    for name, drawing in sorted(drawings.items()):
        ET.register_namespace("", SVG)
        root = ET.fromstring(drawing)  # noqa: S314 - the package was checked against its hash
        inside = "".join(ET.tostring(part, encoding="unicode").strip() for part in root)
        inside = re.sub(rf' xmlns="{re.escape(SVG)}"', "", inside)
        lines.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{inside}</symbol>'
        )
    return "\n".join([*lines, "</svg>", ""]).encode()


def build_chart_library(packages: dict[str, dict[str, bytes]], folder: Path) -> bytes:
    """One ES module with the parts of ECharts that ``CHART`` names, bundled and minified."""
    for name, files in packages.items():
        for path, content in files.items():
            target = folder / "node_modules" / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    (folder / "chart.js").write_text(CHART)
    bundler = folder / "node_modules" / "esbuild-wasm" / "bin" / "esbuild"
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"]
    banner = "--banner:js=/* Apache ECharts, ZRender, tslib: see licences/. Made by web/vendor/make.py. */"
    command = ["node", str(bundler), "chart.js", *options, banner, "--log-level=warning"]
    return subprocess.run(command, check=True, capture_output=True, cwd=folder).stdout


def collect() -> dict[str, bytes]:
    """Every vendored file by its path below ``web/static/vendor``."""
    result = {}
    notes = ["Third-party files, made by web/vendor/make.py. Do not edit.", ""]
    with tempfile.TemporaryDirectory() as folder:
        fetched = {package.name: fetch(package, Path(folder)) for package in PACKAGES + TOOLS}
        result["echarts.js"] = build_chart_library(
            {name: fetched[name] for name in ("echarts", "zrender", "tslib", "esbuild-wasm")}, Path(folder)
        )
        for package in PACKAGES:
            files = fetched[package.name]
            for source, target in package.files.items():
                result[target] = files[source]
            result[f"licences/{package.slug}.txt"] = files[package.licence_file] + files.get("NOTICE", b"")
            notes.append(f"{package.name} {package.version} ({package.licence}): licences/{package.slug}.txt")
            if package.name == "lucide-static":
                result["icons.svg"] = build_sprite(files)
    result["README.txt"] = "\n".join([*notes, ""]).encode()
    return result


def read_present() -> dict[str, bytes]:
    return {file.relative_to(TARGET).as_posix(): file.read_bytes() for file in TARGET.rglob("*") if file.is_file()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the files differ")
    check = parser.parse_args().check
    files = collect()
    if check:
        if read_present() != files:
            sys.exit("web/static/vendor is not what web/vendor/make.py makes")
        return
    shutil.rmtree(TARGET, ignore_errors=True)
    for path, content in files.items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_bytes(content)
    print(f"{len(files)} files, {sum(map(len, files.values())) // 1024} KiB in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
