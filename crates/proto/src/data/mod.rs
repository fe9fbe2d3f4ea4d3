//! Values, types, addresses.
mod address;
#[macro_use]
mod macros;
mod decode;
mod encode;
mod layout;
mod literal;
mod scan;
mod show;
mod text;
pub mod time;
mod types;
mod value;

pub use address::{Absolute, Address, AddressError, AddressFault, Area, Place, Symbol};
pub use decode::DecodeError;
pub use encode::EncodeError;
pub use layout::{Member, Struct};
pub use literal::{LiteralError, LiteralFault};
pub use text::{Encoding, Options, TextError};
pub use types::{Array, MAX_SIZE, MAX_STRING, MAX_WSTRING, Type, TypeError, TypeFault};
pub use value::{ConvertError, Value};
