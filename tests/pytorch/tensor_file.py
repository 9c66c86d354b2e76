"""Reads and writes safetensors files: the few dtypes that the cases need, nothing else.

Format: eight bytes with the header's length (little-endian), the header (JSON, from name to dtype, shape and
byte range), then the tensors' bytes, little-endian and row-major. https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import json
import struct
from typing import Mapping

import numpy as np

_DTYPES: dict[str, np.dtype] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "U8": np.dtype("u1"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def to_bytes(tensors: Mapping[str, np.ndarray]) -> bytes:
    """A whole file. The same tensors in the same order give the same bytes."""
    header: dict[str, object] = {}
    parts: list[bytes] = []
    position = 0
    for name, array in tensors.items():
        dtype = array.dtype.newbyteorder("<")
        if dtype not in _NAMES:
            raise TypeError(f"{name}: the dtype {array.dtype} cannot be stored")
        data = np.ascontiguousarray(array, dtype).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(array.shape),
            "data_offsets": [position, position + len(data)],
        }
        parts.append(data)
        position += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    # The format asks for tensors that start at a multiple of eight bytes; the header is filled up with spaces.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def from_bytes(data: bytes) -> dict[str, np.ndarray]:
    """All tensors of a file, in the header's order."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors
