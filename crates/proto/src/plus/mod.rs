//! S7CommPlus (0x72): symbolic access to S7-1200 and S7-1500.
//!
//! | module | what |
//! | --- | --- |
//! | [`vlq`] | integers of variable length |
//! | [`value`] | a typed value: what variables, attributes and parameters hold |
//! | [`object`] | a tree of attributes, relations and children |
//! | [`lists`], [`tagdesc`] | the members of a type: how they are called and where they are |
//! | [`code`], [`id`], [`outcome`] | what the numbers are called; the return value |
//! | [`crc`] | the checksum of a symbol |
//! | [`typed`] | values of the wire for types of variables, and back |
//! | [`address`] | what a multi request asks for, and the qualifier that goes with it |

pub mod address;
pub mod code;
pub mod crc;
pub mod id;
pub mod lists;
pub mod object;
pub mod outcome;
pub mod tagdesc;
pub mod typed;
pub mod value;
pub mod vlq;

pub use address::{ItemAddress, Qualifier};
pub use object::{Element, Object};
pub use outcome::ReturnValue;
pub use value::{Data, Value, ValueType};
