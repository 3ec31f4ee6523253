"""XML from outside as a tree of plain nodes: no document type, no entities of its own, bounded in size and depth.

Elements of the edXML namespace bear their name alone; others are kept as ``{namespace}name`` and match nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from meetings.errors import N_, Invalid

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
OLD_NAMESPACE = "http://www.go.vn/eDoc"
LARGEST = 96 * 2**20  # bytes; a third of it is the price of base64
DEEPEST, MOST_NODES, MOST_ATTRIBUTES = 24, 20_000, 32

TOO_LARGE = N_("Gói edXML quá lớn nên không nhận.")
BROKEN = N_("Gói edXML không đúng định dạng XML.")
DECLARES = N_("Gói edXML có khai báo kiểu tài liệu (DTD) nên không nhận.")
TOO_DEEP = N_("Gói edXML có cấu trúc quá phức tạp nên không nhận.")
FOREIGN = N_("Tệp này không phải gói edXML theo QCVN 102:2016/BTTTT.")
OLD = N_("Gói edXML theo định dạng cũ (eDoc). Hãy yêu cầu nơi gửi dùng QCVN 102:2016/BTTTT.")


@dataclass(slots=True)
class Node:
    """An element: its attributes by bare name, the elements in it, and the text in it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def find(self, *names: str) -> "Node | None":
        """The first one on the way of ``names``."""
        node: Node | None = self
        for name in names:
            node = next((child for child in node.children if child.name == name), None) if node else None
        return node

    def find_all(self, name: str) -> Iterator["Node"]:
        return (child for child in self.children if child.name == name)

    def read(self, *names: str) -> str:
        """The text there; empty where there is nothing."""
        found = self.find(*names)
        return found.text if found else ""


def read_tree(data: bytes) -> Node:
    """The root ``edXML``. ``Invalid`` says why not."""
    if len(data) > LARGEST:
        raise Invalid(TOO_LARGE)
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse_declaration
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.add_text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: an encoding that nobody knows
        raise Invalid(BROKEN) from error
    root = builder.root
    if root is None or root.name != "edXML":
        is_old = root is not None and root.name.startswith(f"{{{OLD_NAMESPACE}}}")
        raise Invalid(OLD if is_old else FOREIGN)
    return root


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def refuse_declaration(self, *_parts: object) -> None:
        raise Invalid(DECLARES)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_NODES or len(attributes) > MOST_ATTRIBUTES:
            raise Invalid(TOO_DEEP)
        bare = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(_name(name), bare)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def add_text(self, text: str) -> None:
        self._open[-1].pieces.append(text)


def _name(name: str) -> str:
    space, _blank, bare = name.rpartition(" ")
    return bare if space == NAMESPACE else f"{{{space}}}{bare}"
