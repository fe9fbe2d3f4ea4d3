//! S7CommPlus (0x72): symbolic access to S7-1200 and S7-1500.
//!
//! | module | what |
//! | --- | --- |
//! | [`vlq`] | integers of variable length |
//! | [`value`] | a typed value: what variables, attributes and parameters hold |
//! | [`object`] | a tree of attributes, relations and children |
//! | [`lists`], [`tagdesc`] | the members of a type: how they are called and where they are |
//! | [`address`] | what a multi request asks for, and the qualifier that goes with it |

pub mod address;
pub mod code;
pub mod dialect;
#[allow(dead_code, reason = "the check is the client machine's")]
pub mod event;
pub mod frame;
pub mod header;
pub mod id;
pub mod lists;
pub mod message;
pub mod object;
pub mod outcome;
pub mod tagdesc;
pub mod trace;
pub mod value;
pub mod vlq;

pub use address::{ItemAddress, Qualifier};
pub use object::{Element, Object};
pub use value::{Data, Value, ValueType};
