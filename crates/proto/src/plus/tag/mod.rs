//! Variables by name: what is asked for, and what becomes of the answers.
//!
//! A [`Tag`] is a variable with its address and type, or with the addresses and types of the parts that it is put together of:
//! CPUs give values of one piece, and so a struct is read member by member. [`Tags`] are many of them, looked up once and then
//! read and written as often as wanted: a list of addresses, and for each answer the place where it belongs. Of plain values
//! nothing is allocated on the way.
//!
//! What only the CPU knows, they learn from it: whether an array can be had whole, and when the interface of a system type was
//! changed. A driver reads so:
//!
//! ```
//! use hepta_proto::plus::tag::{Shape, Tag, Tags};
//! use hepta_proto::data::{self, Type};
//! use hepta_proto::plus::Value;
//!
//! let speed = Tag::new("Motor.speed", Shape::value("8A0E0001.B".parse()?, Type::Int));
//! let mut tags = Tags::new([Ok(speed)], data::Options::default());
//! let ask = tags.items(); // ... of the CPU, which answers:
//! let answers = [Ok(Value::from(-5i16))];
//! assert!(tags.probes(&answers).is_none()); // else these are asked for, and `learn` says whether all is to be read again
//! let readings = tags.readings(&answers);
//! assert_eq!(readings[0].value, Ok(data::Value::Int(-5)));
//! assert!(readings[0].quality.is_good());
//! # Ok::<(), hepta_proto::plus::address::ItemAddressError>(())
//! ```
mod quality;
mod set;
mod shape;

pub use quality::Quality;
pub use set::{Answer, Known, Look, Reading, Tags};
pub use shape::{Bits, Shape, Tag};
