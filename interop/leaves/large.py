"""Programs of 100,000 leaves: rows of devices, one block that is wide, one that is a table; and one without any repetition."""

from description import POINT, array, block, m, udt
from kinds import BOOL_KIND, NAMED, of_string
from model import Program

LEAVES = 100_000
DEVICE = udt(
    "ud_Device",
    m("on", BOOL_KIND),
    m("count", NAMED["UDInt"]),
    m("level", NAMED["Real"]),
    m("name", of_string(8)),
    m("where", POINT),
    m("state", NAMED["Word"]),
    m("since", NAMED["Time"]),
)
# Ten leaves each: 90 blocks of 100 devices, 5,000 members of one block, 50 rows of 100 numbers.
WIDE = [NAMED[name] for name in ("Int", "Real", "Byte", "LReal", "DWord")] + [BOOL_KIND]
PROGRAM = Program(
    udts=[POINT, DEVICE],
    blocks=[
        *(block(n, "Line%02d" % n, m("devices", array(DEVICE, (1, 100))), optimised=n % 2 == 1) for n in range(1, 91)),
        block(91, "Wide", *(m("member_%04d" % n, WIDE[n % len(WIDE)]) for n in range(5000))),
        block(92, "Table", m("cells", array(NAMED["Int"], (1, 50), (-50, 49)))),
    ],
)

# Each leaf is a member with a name of its own, so nothing is said once for many.
OWN = Program(
    udts=[],
    blocks=[block(n, "Own%02d" % n, *(m("member_%02d_%04d" % (n, i), WIDE[i % len(WIDE)]) for i in range(5000))) for n in range(1, 21)],
)
