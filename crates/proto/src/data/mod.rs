//! Values, types, addresses: what a variable is, where it stands, and what its octets say.
//!
//! | to | use |
//! |---|---|
//! | read an address as users write it | [`Address`], or [`Absolute`] if names are not wanted |
//! | say what a variable is | [`Type`]; [`Struct`] for members with offsets, [`Type::array`] for many |
//! | get octets out of a value, and back | [`Type::encode`], [`Type::decode`]; [`Options`] for other encodings |
//! | write one text without touching its declared maximum | [`Type::encode_body`] at [`Type::body_offset`] |
//! | read and show values as text | [`Type::parse`], and `Display` of [`Value`] |
//! | compute with dates | [`time`] |
//!
//! Offsets are those of blocks with standard access: elements of optimised blocks have none. All numbers are big-endian.
//! Nothing here panics, whatever the octets and texts are; what is no value is an error that says where and why.
//!
//! ```
//! use hepta_proto::data::{Absolute, Type, Value};
//!
//! let setpoint: Absolute = "DB1.DBD4:REAL".parse()?;
//! let mut octets = Vec::new();
//! setpoint.ty.encode(&setpoint.ty.parse("21.5")?, &mut octets)?;
//! assert_eq!(octets, [0x41, 0xac, 0, 0]);
//! assert_eq!(setpoint.ty.decode(&octets)?, Value::Real(21.5));
//! assert_eq!(Type::DateAndTime.decode(&[0x14, 8, 0x20, 0x11, 0x59, 0x43, 0x91, 0x24])?.to_string(),
//!     "DT#2014-08-20-11:59:43.912");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
mod access;
mod address;
#[macro_use]
mod macros;
mod decode;
mod encode;
mod handle;
mod interface;
mod layout;
mod literal;
pub(crate) mod scan;
mod show;
mod text;
pub mod time;
mod types;
mod value;

pub use access::Access;
pub use address::{Absolute, Address, AddressError, AddressFault, Area, Place, Symbol};
pub use decode::DecodeError;
pub use encode::EncodeError;
pub use handle::Handle;
pub use interface::{Counts, Field, Notes, Origin, Section, System};
pub use layout::{Member, Struct};
pub use literal::{LiteralError, LiteralFault};
pub use text::{Encoding, Options, TextError};
pub use types::{Array, MAX_SIZE, MAX_STRING, MAX_WSTRING, Type, TypeError, TypeFault};
pub use value::{ConvertError, Value};

#[cfg(test)]
mod tests;
