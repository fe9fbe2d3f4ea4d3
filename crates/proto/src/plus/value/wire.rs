//! Values on the wire.
use super::{Member, Struct, Value};
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

impl Wire<'_> for Value {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Err(r.bad("value"))
    }
    fn write(&self, _out: &mut Vec<u8>) {}
}

impl Value {
    /// A value that is the last of its fence: one of an unknown type is kept as [`Data::Other`](super::Data::Other).
    pub fn read_last(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::read(r)
    }
}

pub(crate) fn read_members(r: &mut Reader<'_>, _depth: usize) -> Result<Vec<Member>, Malformed> {
    Err(r.bad("members"))
}
pub(crate) fn put_members(_out: &mut Vec<u8>, _members: &[Member]) {}

impl Wire<'_> for Struct {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Err(r.bad("struct"))
    }
    fn write(&self, _out: &mut Vec<u8>) {}
}
