//! The CRC of a symbol: what an item address carries to be refused if the program has changed since.
//!
//! CRC-32, polynomial F4ACFB13, the high bit first, from 0, no final XOR. Each level of the path is summed up alone: name in
//! UTF-8, then the soft data type; of an array `10`, the element's type, and the lower bound in four octets, the low one first.
//! The path's is the CRC of these sums, each the low octet first, with `89` between them.
use super::lists::SoftType;

const POLYNOMIAL: u32 = 0xf4ac_fb13;

/// One member's, as a `VartypeList` has it for each; `lower` is the lower bound if it is an array, and 0 for one of several
/// dimensions.
///
/// ```
/// use hepta_proto::plus::{crc, lists::SoftType};
/// let di = crc::path([crc::member("di", SoftType::DINT, None)]);
/// assert_eq!(di, 0x5f70_933e);
/// ```
pub fn member(name: &str, soft: SoftType, lower: Option<i32>) -> u32 {
    let named = add(0, name.as_bytes());
    match lower {
        None => add(named, &[code(soft)]),
        Some(lower) => add(add(named, &[0x10, code(soft)]), &lower.to_le_bytes()),
    }
}

/// That of a path, from those of its members, the outermost first: field 1 of an item address.
pub fn path(members: impl IntoIterator<Item = u32>) -> u32 {
    let mut sum = Sum::default();
    members.into_iter().for_each(|member| sum.add(member));
    sum.path()
}

/// That of a path, member by member.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum(Option<u32>);

impl Sum {
    pub(crate) fn add(&mut self, member: u32) {
        let start = self.0.map_or(0, |sum| add(sum, &[0x89]));
        self.0 = Some(add(start, &member.to_le_bytes()));
    }
    pub(crate) fn path(self) -> u32 {
        self.0.unwrap_or(0)
    }
}

/// The type as it is summed up: what is built on another type counts as that.
const fn code(soft: SoftType) -> u8 {
    match soft.0 {
        40 => 1,
        128..=134 | 171 => 6,
        144..=156 | 168..=170 => 4,
        160..=164 | 192 | 193 | 195..=197 => 5,
        173..=175 | 208..=210 => 53,
        other => other,
    }
}

fn add(sum: u32, octets: &[u8]) -> u32 {
    octets.iter().fold(sum, |sum, octet| {
        let [high, ..] = sum.to_be_bytes();
        // An octet is below 256: there is always an entry.
        (sum << 8) ^ TABLE.get(usize::from(high ^ octet)).copied().unwrap_or(0)
    })
}

/// What eight steps make of each octet.
static TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut octet = 0u32;
    while octet < 256 {
        let (mut sum, mut bit) = (octet << 24, 0);
        while bit < 8 {
            sum = (sum << 1) ^ if sum >> 31 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        table[octet as usize] = sum;
        octet += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_sources_have_it() {
        let one = |name, soft, lower| path([member(name, SoftType(soft), lower)]);
        assert_eq!(one("Test2", 7, None), 0x4ca7_0840);
        assert_eq!(one("TEST 3", 1, Some(0)), 0x0cc8_65fb);
        assert_eq!(one("TEST 3", 40, Some(0)), 0x0cc8_65fb);
        assert_eq!(one("sintItems", 55, Some(1)), 0x6e16_f413);
        assert_eq!(one("realItems", 8, Some(1)), 0x007c_d376);
        let st = member("st", SoftType(17), None);
        assert_eq!(path([st, member("b", SoftType(5), None)]), 0x8c68_cfc2);
        assert_eq!(
            path([member("ts", SoftType(67), None), member("NANOSECOND", SoftType(54), None)]),
            0xb17e_700f
        );
        assert_eq!(path([]), 0);
    }
}
