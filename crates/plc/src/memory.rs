//! Memory areas and data blocks: plain octets, found by number in one step.
use crate::program::{Interface, Program};
use crate::{Error, Sizes};
use hepta_proto::classic::Area;
use hepta_proto::classic::server::Range;
use hepta_proto::plus::typed::Layout;

/// Octets of the longest data block.
const LONGEST_BLOCK: usize = 65_536;

/// All octets of one CPU. [`Plc::memory`](crate::Plc::memory) lends it for several accesses that belong together.
#[derive(Debug, Default)]
pub struct Memory {
    inputs: Vec<u8>,
    outputs: Vec<u8>,
    flags: Vec<u8>,
    timers: Vec<u8>,
    counters: Vec<u8>,
    /// By number. As long as the highest number in use, so a lookup is an index.
    blocks: Vec<Option<Box<Block>>>,
    /// What its symbols are.
    pub(crate) program: Program,
    /// Writes that the change feed has not been told of; kept only while somebody listens.
    written: Option<Vec<Range>>,
}

/// A data block.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Block {
    /// Its octets.
    pub octets: Vec<u8>,
    /// Has it optimised access? Then it has no addresses: classic clients are told that it does not exist.
    pub optimised: bool,
}

impl Memory {
    pub(crate) fn new(sizes: &Sizes) -> Self {
        Self {
            inputs: vec![0; sizes.inputs],
            outputs: vec![0; sizes.outputs],
            flags: vec![0; sizes.flags],
            timers: vec![0; 2 * sizes.timers],
            counters: vec![0; 2 * sizes.counters],
            ..Self::default()
        }
    }

    /// Octets of an area or of a data block, its length included: `memory.octets(Area::Flags, 0)`.
    ///
    /// An area that this CPU does not have (timers of an S7-1200) is no area of length 0 but an error.
    #[inline]
    pub fn octets(&self, area: Area, db: u16) -> Result<&[u8], Error> {
        let octets = match area {
            Area::Db | Area::InstanceDb => return Ok(&self.block(db).ok_or(Error::NoBlock(db))?.octets),
            Area::Flags => &self.flags,
            Area::Inputs => &self.inputs,
            Area::Outputs => &self.outputs,
            Area::Timers => &self.timers,
            Area::Counters => &self.counters,
            _ => return Err(Error::NoArea(area)),
        };
        if octets.is_empty() { Err(Error::NoArea(area)) } else { Ok(octets) }
    }
    #[inline]
    fn octets_mut(&mut self, area: Area, db: u16) -> Option<&mut [u8]> {
        Some(match area {
            Area::Db | Area::InstanceDb => {
                self.blocks.get_mut(usize::from(db))?.as_mut()?.octets.as_mut_slice()
            }
            Area::Flags => &mut self.flags,
            Area::Inputs => &mut self.inputs,
            Area::Outputs => &mut self.outputs,
            Area::Timers => &mut self.timers,
            Area::Counters => &mut self.counters,
            _ => return None,
        })
    }

    /// The octets of `range`, all or none.
    #[inline]
    pub fn get(&self, range: Range) -> Result<&[u8], Error> {
        let octets = self.octets(range.area, range.db)?;
        let (start, end) = bounds(range);
        usize::try_from(start)
            .ok()
            .zip(usize::try_from(end).ok())
            .and_then(|(start, end)| octets.get(start..end))
            .ok_or(Error::OutOfRange { area: range.area, db: range.db, start, end, size: octets.len() })
    }
    /// Copies `data` to `range`, all or nothing. `range` has as many octets as `data`, whatever its length says.
    #[inline]
    pub fn put(&mut self, range: Range, data: &[u8]) -> Result<(), Error> {
        let range = Range { len: u32::try_from(data.len()).unwrap_or(u32::MAX), ..range };
        self.change(range, |octets| octets.copy_from_slice(data))
    }
    /// Sets or clears one bit of the first octet of `range`.
    #[inline]
    pub fn put_bit(&mut self, range: Range, bit: u8, value: bool) -> Result<(), Error> {
        let mask = 1 << (bit & 7);
        self.change(Range { len: 1, ..range }, |octets| {
            for octet in octets {
                *octet = if value { *octet | mask } else { *octet & !mask };
            }
        })
    }
    #[inline]
    fn change(&mut self, range: Range, change: impl FnOnce(&mut [u8])) -> Result<(), Error> {
        self.get(range)?;
        let (start, end) = bounds(range);
        let octets = self
            .octets_mut(range.area, range.db)
            .and_then(|octets| octets.get_mut(usize::try_from(start).ok()?..usize::try_from(end).ok()?));
        // `get` has looked: they are there.
        let Some(octets) = octets else { return Err(Error::NoArea(range.area)) };
        change(octets);
        if let Some(written) = &mut self.written {
            written.push(range);
        }
        Ok(())
    }

    /// The data block with that number.
    #[inline]
    pub fn block(&self, number: u16) -> Option<&Block> {
        self.blocks.get(usize::from(number))?.as_deref()
    }
    /// Numbers and contents of all data blocks, ascending.
    pub fn blocks(&self) -> impl Iterator<Item = (u16, &Block)> {
        (0..=u16::MAX).zip(&self.blocks).filter_map(|(number, block)| Some((number, block.as_deref()?)))
    }
    /// A block of which nothing is said but its octets has an interface without members.
    pub(crate) fn add_block(&mut self, number: u16, block: Block, now: u64) -> Result<(), Error> {
        let octets = block.octets.len();
        if number == 0 {
            return Err(Error::BlockNumber);
        }
        if octets > LONGEST_BLOCK {
            return Err(Error::BlockSize { number, octets });
        }
        if self.block(number).is_some() {
            return Err(Error::BlockExists(number));
        }
        let layout = if block.optimised { Layout::Optimised } else { Layout::Standard };
        let zeros = block.octets.iter().all(|octet| *octet == 0);
        let initial = if zeros { None } else { Some(block.octets.clone().into()) };
        self.put_block(number, block, Interface::of_block(number, layout, octets, initial, now));
        Ok(())
    }
    /// Adds a block that is known to fit, or puts it in the place of another.
    pub(crate) fn put_block(&mut self, number: u16, block: Block, interface: Interface) {
        let place = usize::from(number);
        if self.blocks.len() <= place {
            self.blocks.resize_with(place + 1, || None);
        }
        self.program.add(number, interface);
        if let Some(slot) = self.blocks.get_mut(place) {
            *slot = Some(Box::new(block));
        }
    }
    pub(crate) fn remove_block(&mut self, number: u16) -> Result<Block, Error> {
        self.program.remove(number);
        let slot = self.blocks.get_mut(usize::from(number));
        slot.and_then(Option::take).map(|block| *block).ok_or(Error::NoBlock(number))
    }

    /// Keeps account of writes from here on, or stops doing so.
    #[inline]
    pub(crate) fn record(&mut self, on: bool) {
        if on != self.written.is_some() {
            self.written = on.then(Vec::new);
        }
    }
    /// Takes the account.
    #[inline]
    pub(crate) fn written(&mut self) -> impl Iterator<Item = Range> {
        self.written.as_mut().map(|written| written.drain(..)).into_iter().flatten()
    }
}

/// First octet, and the one behind the last. Timers and counters are counted, not their octets: two each.
#[inline]
fn bounds(range: Range) -> (u64, u64) {
    let each = if matches!(range.area, Area::Timers | Area::Counters) { 2 } else { 1 };
    let start = each * u64::from(range.start);
    (start, start + u64::from(range.len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        Memory::new(&Sizes { inputs: 16, outputs: 16, flags: 16, timers: 4, counters: 0 })
    }
    fn db(db: u16, start: u32, len: u32) -> Range {
        Range { area: Area::Db, db, start, len }
    }

    #[test]
    fn nothing_is_made_up() {
        let mut m = memory();
        m.add_block(65_535, Block { octets: vec![7; 65_536], optimised: false }, 0).unwrap();
        assert_eq!(m.get(db(65_535, 65_535, 1)), Ok(&[7][..]));
        for (start, len) in [(65_535, 2), (65_536, 1), (u32::MAX, u32::MAX), (0, u32::MAX)] {
            assert!(matches!(m.get(db(65_535, start, len)), Err(Error::OutOfRange { .. })), "{start} {len}");
        }
        assert_eq!(m.get(db(1, 0, 1)), Err(Error::NoBlock(1)));
        assert_eq!(m.octets(Area::Counters, 0), Err(Error::NoArea(Area::Counters)));
        assert_eq!(m.put(db(65_535, 65_534, 0), &[1, 2, 3]).unwrap_err().code().0, 5);
        assert_eq!(m.get(db(65_535, 65_534, 2)), Ok(&[7, 7][..]), "all or nothing");
    }

    #[test]
    fn timers_are_counted() {
        let (mut m, t3) = (memory(), Range { area: Area::Timers, db: 0, start: 3, len: 2 });
        m.put(t3, &[1, 2]).unwrap();
        assert_eq!(m.octets(Area::Timers, 0), Ok(&[0, 0, 0, 0, 0, 0, 1, 2][..]));
        assert!(m.get(Range { start: 4, ..t3 }).is_err());
    }

    #[test]
    fn one_bit_alone() {
        let mut m = memory();
        let m3 = Range { area: Area::Flags, db: 0, start: 3, len: 1 };
        m.put(m3, &[0b1010_0000]).unwrap();
        m.put_bit(m3, 0, true).unwrap();
        m.put_bit(m3, 7, false).unwrap();
        assert_eq!(m.get(m3), Ok(&[0b0010_0001][..]));
    }

    #[test]
    fn blocks_come_and_go() {
        let mut m = memory();
        assert_eq!(m.add_block(0, Block::default(), 0), Err(Error::BlockNumber));
        let long = Block { octets: vec![0; 65_537], optimised: false };
        assert_eq!(m.add_block(1, long, 0), Err(Error::BlockSize { number: 1, octets: 65_537 }));
        m.add_block(9, Block::default(), 0).unwrap();
        m.add_block(2, Block::default(), 0).unwrap();
        assert_eq!(m.add_block(2, Block::default(), 0), Err(Error::BlockExists(2)));
        assert_eq!(m.blocks().map(|(number, _)| number).collect::<Vec<_>>(), [2, 9]);
        m.remove_block(2).unwrap();
        assert_eq!(m.remove_block(2), Err(Error::NoBlock(2)));
    }
}
