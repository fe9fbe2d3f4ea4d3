"""The checksum of a symbol, by which a CPU tells whether a client's address still means what it meant."""

import struct

POLYNOMIAL = 0xF4ACFB13
# Numbers with a name count as what they are.
PLAIN = {40: 1, **dict.fromkeys([*range(128, 135), 171], 6), **dict.fromkeys([*range(144, 157), *range(168, 171)], 4)}
PLAIN |= {**dict.fromkeys([*range(160, 165), 192, 193, 195, 196, 197], 5), **dict.fromkeys([173, 174, 175, 208, 209, 210], 53)}


def crc(octets):
    value = 0
    for octet in octets:
        value ^= octet << 24
        for _ in range(8):
            value = (value << 1 ^ POLYNOMIAL if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


def symbol(path):
    """That of a path of names and soft data types, from the first member on, without elements of arrays."""
    inner = [struct.pack("<I", crc(name.encode() + bytes([PLAIN.get(soft, soft)]))) for name, soft in path]
    return crc(b"\x89".join(inner))
