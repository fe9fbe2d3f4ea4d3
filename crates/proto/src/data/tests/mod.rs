//! Golden octets first, then each error, then properties.
mod address;
mod codec;
mod errors;
mod interface;
mod literal;
mod properties;
mod types;

use super::*;
use alloc::string::ToString;
use alloc::vec::Vec;
use alloc::{format, vec};

/// `"41 ac 00 00"` as octets.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn ty(text: &str) -> Type {
    text.parse().unwrap()
}
