"""Writes the files that the numpy readers are tested with: real ones, and what Python itself reads from them.

    python tests/formats/python/make_fixtures.py && deno fmt tests/base/python

Run with numpy 1 it writes numpy1.json, with numpy 2 numpy2.json (the two name their modules differently), and each time
python2.json, whose pickles are spelled out opcode by opcode as Python 2 wrote them; Python 3 reads them back here before
they are written. Files are held as Base64 of their gzip; under "pororo" are the side files of a small Pororo-SV.
"""
import base64, collections, csv, gzip, io, json, math, os, pickle, struct
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MAJOR = np.__version__.split(".")[0]


def plain(value):
    """A value as JSON can hold it; byte strings as one character a byte."""
    if isinstance(value, np.ndarray):
        flat = value.ravel(order="C").tolist()
        return {"array": list(value.shape), "data": [int(v) if value.dtype.kind == "b" else plain(v) for v in flat]}
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("latin1")
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {"dict": [[plain(k), plain(v)] for k, v in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(plain(v) for v in value)}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, int) and abs(value) > 2**53 - 1:
        return {"int": str(value)}
    return value


def packed(data):
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def fixture(data, value):
    return {"bytes": packed(data), "value": plain(value)}


# --- what Python 3 writes

shared = ["twice"]
everything = {
    "constants": [None, True, False],
    "integers": [0, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**31, 2**40, -(2**53) + 1, 2**70, -(2**70)],
    "floats": [0.0, -1.5, 1e300, 1e-300, 0.1, float("inf"), float("-inf"), float("nan")],
    "texts": ["", "plain", "na\u00efve \u201cq\u201d \u96ea \U0001f427", "line\nend \\ back", "long " * 60],
    "bytes": [b"", b"abc", b"\x00\x80\xff\n", b"long " * 60],
    "bytearray": bytearray(b"\x01\x02"),
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "nested": {"a": {"b": [[], [{}]]}, 7: "seven", b"k": 1},
    "sets": [set(), {1, 2, 3}, frozenset([4, 5])],
    "ordered": collections.OrderedDict([("x", 1), ("y", 2)]),
    "counter": collections.Counter({"egg": 2}),
    "default": collections.defaultdict(list, {"k": [1]}),
    "complex": 1.5 - 2j,
    "shared": [shared, shared],
    "float64": np.array([[1.5, -2.0], [0.0, 4.0]]),
    "int64": np.array([1, -2, 2**40]),
    "fortran": np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3)),
    "big endian": np.array([1, 2], dtype=">i2"),
    "bool": np.array([True, False]),
    "empty": np.zeros((0, 3), dtype="f4"),
    "byte strings": np.array([b"ab", b"c"]),
    "unicode": np.array(["ab", "\u96ea"]),
    "objects": np.array([["a", [1]], [None, 2.5]], dtype=object),
    "fortran objects": np.asfortranarray(np.array([["a", "b", "c"], ["d", "e", "f"]], dtype=object)),
    "scalars": [np.float32(0.5), np.int64(-7), np.bool_(True), np.str_("s"), np.bytes_(b"t"), np.float16(-2.5)],
}


def pickles():
    files = {f"protocol {protocol}": packed(pickle.dumps(everything, protocol=protocol)) for protocol in range(6)}
    return {"files": files, "value": plain(everything)}


def npys():
    arrays = {
        "scalar": np.array(2.5),
        "empty": np.zeros((0,), "<f8"),
        "no columns": np.zeros((3, 0), "<i2"),
        "strings": np.array([[b"ab", b""], [b"\x00x", b"\xe9"]]),
        "unicode": np.array([["ab", ""], ["\u96ea\U0001f427", "b'c'"]]),
        "big-endian unicode": np.array(["ab", "\u96ea"]).astype(">U2"),
        "booleans": np.array([[True], [False]]),
        "fortran": np.asfortranarray(np.arange(24, dtype="<i4").reshape(2, 3, 4)),
        "fortran strings": np.asfortranarray(np.array([[b"a", b"bc"], [b"d", b"e"], [b"f", b"g"]])),
        "objects": np.array([[1, "a"], [None, [2.5, b"\xff"]]], dtype=object),
        "fortran objects": np.asfortranarray(np.array([["a", "b", "c"], ["d", "e", "f"]], dtype=object)),
        "dictionary": np.array({"a/1": ["x", "y"], "b/2": []}, dtype=object),
        "ragged": np.array([[0, 1, 2], [3]], dtype=object),
    }
    for order in "<>":
        for kind in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
            values = [[0, 1, 2], [100, 5, 6]] if kind[0] == "u" else [[0, 1, -2], [100, -5, 6]]
            arrays[order + kind] = np.array(values).astype(order + kind)
    arrays["half precision"] = np.array([6e-8, 6.1e-5, 65504, -1 / 3, math.inf, -math.inf, math.nan], "<f2")
    for name, array in arrays.items():
        if MAJOR == "2" or array.dtype == object:  # the two write all others alike
            yield name, fixture(saved(array), array)
    if MAJOR == "1":
        return
    for version in [(1, 0), (2, 0), (3, 0)]:
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, arrays["<f4"], version=version)
        yield f"version {version[0]}", fixture(buffer.getvalue(), arrays["<f4"])
    yield "bare pickle", fixture(pickle.dumps({"a": 1}), np.array({"a": 1}, dtype=object))


# --- what Python 2 wrote: bytes stand for its str, str for its unicode


def python2(value, protocol):
    memo = [0]

    def put():
        memo[0] += 1
        if protocol == 0:
            return b"p%d\n" % memo[0]
        return b"q" + bytes([memo[0]]) if memo[0] < 256 else b"r" + struct.pack("<i", memo[0])

    def name(module, attribute):
        return b"c%s\n%s\n" % (module, attribute) + put()

    def sequence(items):
        parts = b"".join(write(item) for item in items)
        if protocol == 0:
            return b"(" + parts + b"t" + put()
        return (parts + bytes([0x84 + len(items)]) if 1 <= len(items) <= 3 else b"(" + parts + b"t") + put()

    def write(item):
        if item is None:
            return b"N"
        if isinstance(item, bool):
            return (b"I01\n" if item else b"I00\n") if protocol == 0 else (b"\x88" if item else b"\x89")
        if isinstance(item, int):
            if protocol == 0:
                return b"I%d\n" % item if abs(item) < 2**31 else b"L%dL\n" % item
            if 0 <= item < 256:
                return b"K" + bytes([item])
            return b"J" + struct.pack("<i", item) if abs(item) < 2**31 else b"\x8a\x08" + struct.pack("<q", item)
        if isinstance(item, float):
            return b"F%r\n" % item if protocol == 0 else b"G" + struct.pack(">d", item)
        if isinstance(item, bytes):
            if protocol == 0:
                return b"S" + repr(item)[1:].encode() + b"\n" + put()
            length = b"U" + bytes([len(item)]) if len(item) < 256 else b"T" + struct.pack("<i", len(item))
            return length + item + put()
        if isinstance(item, str):
            if protocol == 0:
                escaped = item.replace("\\", "\\u005c").replace("\n", "\\u000a")
                return b"V" + escaped.encode("raw-unicode-escape") + b"\n" + put()
            return b"X" + struct.pack("<i", len(item.encode())) + item.encode() + put()
        if isinstance(item, tuple):
            return sequence(item)
        if isinstance(item, list):
            start = b"(l" + put() if protocol == 0 else b"]" + put()
            if protocol == 0:
                return start + b"".join(write(v) + b"a" for v in item)
            return start + b"(" + b"".join(write(v) for v in item) + b"e" if item else start
        if isinstance(item, dict):
            start = b"(d" + put() if protocol == 0 else b"}" + put()
            if protocol == 0:
                return start + b"".join(write(k) + write(v) + b"s" for k, v in item.items())
            return start + b"(" + b"".join(write(k) + write(v) for k, v in item.items()) + b"u" if item else start
        if isinstance(item, set):
            return name(b"__builtin__", b"set") + sequence(([*item],)) + b"R" + put()
        if isinstance(item, np.ndarray):
            empty = name(b"numpy.core.multiarray", b"_reconstruct")
            empty += b"(" + name(b"numpy", b"ndarray") + write((0,)) + write(b"b") + b"t" + put() + b"R" + put()
            content = item.ravel().tolist() if item.dtype == object else item.tobytes()
            return empty + b"(" + write(1) + write(item.shape) + dtype(item.dtype) + write(False) + write(content) + b"tb"
        raise TypeError(type(item))

    def dtype(kind):
        letters = {"S": f"S{kind.itemsize}", "O": "O8"}.get(kind.kind, kind.str[1:]).encode()
        made = name(b"numpy", b"dtype") + sequence((letters, 0, 1)) + b"R" + put()
        size = kind.itemsize if kind.kind == "S" else -1
        order = b"|" if kind.kind in "SO" else b"<"
        flags = 63 if kind.kind == "O" else 0
        return made + write((3, order, None, None, None, size, 1 if size > 0 else -1, flags)) + b"b"

    return (b"" if protocol == 0 else b"\x80" + bytes([protocol])) + write(value) + b"."


def python2_npy(value, protocol=2):
    """As numpy.save wrote it there: an array of no axes around a dictionary."""
    pickled = python2(as_array(value), protocol)
    header = f"{{'descr': '|O', 'fortran_order': False, 'shape': {as_array(value).shape!r}, }}"
    header += " " * (-(11 + len(header)) % 16) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + pickled
    back = np.load(io.BytesIO(data), allow_pickle=True, encoding="latin1")
    assert plain(back) == plain(as_array(value)), (back, value)
    return data




def as_array(value):
    if isinstance(value, np.ndarray):
        return value
    array = np.empty((), dtype=object)
    array[()] = value
    return array


def python2s():
    old = {
        b"constants": [None, True, False],
        b"integers": [0, 255, 256, -1, 2**31 - 1, 2**40],
        b"floats": [0.5, -1e300],
        b"strings": [b"", b"plain", b"it's \"quoted\"", b"\x00\x80\xff\n\t\\", b"long " * 60],
        b"unicode": ["", "\u201cq\u201d \u96ea", "line\nend \\ back"],
        b"tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        b"set": {1, 2},
        b"nested": {b"a": {b"b": []}},
        b"array": np.array([[1.5, 2.0]]),
        b"byte strings": np.array([b"ab", b"c"]),
    }
    files = {protocol: python2(old, protocol) for protocol in [0, 2]}
    for data in files.values():
        assert plain(pickle.loads(data, encoding="latin1")) == plain(old)
    return {"files": {f"protocol {n}": packed(data) for n, data in files.items()}, "value": plain(old)}


# --- the side files of a small Pororo-SV: four episodes, whose strips tests/data/sets/pororo/fixture.ts paints

NAMES = ["Pororo", "Loopy", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry"]
EPISODES = {
    "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1": 15,
    "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep10": 6,
    "Pororo_ENGLISH2_3/Pororo_ENGLISH2_3_ep2": 8,
    "Pororo_ENGLISH2_3/Pororo_ENGLISH2_3_ep3": 5,
}
SCENES = ["finds a yellow egg under the trees", "says \u201chello\u201d, and waves", "runs over the snow", "is surprised"]


def pororo():
    captions, labels, first, following = {}, {}, [], []
    for episode, count in EPISODES.items():
        for n in range(1, count + 1):
            key = f"{episode}/{n}"
            captions[key] = [f"{NAMES[(n + k) % 9]} {SCENES[(n + k) % 4]}." for k in range(1 + n % 3)]
            labels[key] = np.array([int(any(name in c for c in captions[key])) for name in NAMES])
        # In the order of torchvision's ImageFolder, which sorts the names of files as text: 1, 10, 11, 2.
        for file in sorted(f"{n}.png" for n in range(1, count + 1)):
            n = int(file[:-4])
            if n <= count - 4:
                first.append(f"{episode}/{n}.png")
                following.append([f"{episode}/{n + i}.png" for i in range(1, 5)])
    counter = {f"{episode}/": count for episode, count in EPISODES.items()}
    return captions, labels, counter, first, following


def pororo_csv(captions):
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for key, sentences in captions.items():
        _, episode, n = key.split("/")
        for sentence in sentences:
            rows.writerow([episode, n, sentence])
    return text.getvalue().encode()


def saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def ragged(*lists):
    array = np.empty((len(lists),), dtype=object)
    for i, items in enumerate(lists):
        array[i] = items
    return array


# Numbers of the 18 windows: 11 of the first episode (1, 10, 11, 2, ...), then 2, 4 and 1.
TRAIN, TEST = [13, 2, 8, 0, 11, 5, 7, 3, 17, 10, 1, 14, 16], [4, 12, 6, 9, 15]
SEEN_TRAIN, SEEN, UNSEEN = [0, 2, 3, 5, 6, 8, 12, 10], [1, 4, 7, 11], [13, 14, 15, 16, 17]


def pororo_python2():
    captions, labels, counter, first, following = pororo()
    old = lambda text: text.encode()  # as Python 2 has it: UTF-8 in a byte string
    files = {
        "descriptions.npy": python2_npy({old(k): [old(c) for c in v] for k, v in captions.items()}),
        "labels.npy": python2_npy({old(k): v for k, v in labels.items()}),
        "frames_counter.npy": python2_npy({old(k): v for k, v in counter.items()}, protocol=0),
        "img_cache4.npy": saved(np.array([old(p) for p in first])),
        "following_cache4.npy": saved(np.array([[old(p) for p in row] for row in following])),
        "train_test_ids.npy": python2_npy(ragged(TRAIN, TEST)),
        "train_seen_unseen_ids.npy": python2_npy(ragged(SEEN_TRAIN, SEEN, UNSEEN)),
    }
    return {**files, "descriptions.csv": pororo_csv(captions)}


def pororo_python3():
    captions, labels, counter, first, following = pororo()
    # Paths were often saved as the text of a byte string's repr; numpy 2's file holds them as objects.
    written = (lambda p: str(p.encode())) if MAJOR == "1" else (lambda p: p)
    kind = str if MAJOR == "1" else object
    return {
        "descriptions.npy": saved(as_array(captions)),
        "labels.npy": saved(as_array({k: [int(x) for x in v] if MAJOR == "2" else v for k, v in labels.items()})),
        "frames_counter.npy": saved(as_array(counter)),
        "img_cache4.npy": saved(np.array([written(p) for p in first], dtype=kind)),
        "following_cache4.npy": saved(np.array([[written(p) for p in row] for row in following], dtype=kind)),
        "train_test_ids.npy": saved(ragged(np.array(TRAIN), np.array(TEST))),
        "train_seen_unseen_ids.npy": saved(ragged(np.array(SEEN_TRAIN), np.array(SEEN), np.array(UNSEEN))),
        "descriptions.csv": pororo_csv(captions),
    }


def encoded(files):
    return {name: packed(data) for name, data in files.items()}


def write(name, content):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(content, file)
        file.write("\n")


write(f"numpy{MAJOR}.json", {"pickle": pickles(), "npy": dict(npys()), "pororo": encoded(pororo_python3())})
write("python2.json", {"pickle": python2s(), "npy": {}, "pororo": encoded(pororo_python2())})
