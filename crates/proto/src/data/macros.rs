//! The table of plain numbers that decoding and encoding share, and what they do with it.
//!
//! The match on the type stands outside of the loops over elements.

/// The types that are plain big-endian numbers, each with its variant of the value and Rust's type.
macro_rules! plain {
    ($then:ident, $($args:expr),*) => {
        $then!($($args),*; Byte u8, Word u16, DWord u32, LWord u64, SInt i8, USInt u8, Int i16, UInt u16, DInt i32,
            UDInt u32, LInt i64, ULInt u64, Real f32, LReal f64, Date u16, Time i32, LTime i64, Ldt i64)
    };
}

/// The value at the start of the octets, if the type is plain and they are enough.
macro_rules! decode_plain {
    ($ty:expr, $octets:expr; $($name:ident $rust:ident),*) => {
        match $ty {
            $(Type::$name => $octets.first_chunk().map(|c| Value::$name($rust::from_be_bytes(*c))),)*
            _ => None,
        }
    };
}

/// All values of an array, if the type of its elements is plain.
macro_rules! decode_many {
    ($ty:expr, $octets:expr; $($name:ident $rust:ident),*) => {
        match $ty {
            $(Type::$name => {
                let (chunks, _) = $octets.as_chunks();
                Some(chunks.iter().map(|c| Value::$name($rust::from_be_bytes(*c))).collect())
            })*
            _ => None,
        }
    };
}

/// Writes the value, if it is plain and of the very type; says whether it did.
macro_rules! encode_plain {
    ($ty:expr, $value:expr, $area:expr; $($name:ident $rust:ident),*) => {
        match ($ty, $value) {
            $((Type::$name, Value::$name(n)) => {
                $area.copy_from_slice(&n.to_be_bytes());
                true
            })*
            _ => false,
        }
    };
}

/// Appends the value, if it is plain and of the very type; says whether it did.
macro_rules! append_plain {
    ($ty:expr, $value:expr, $out:expr; $($name:ident $rust:ident),*) => {
        match ($ty, $value) {
            $((Type::$name, Value::$name(n)) => {
                $out.extend_from_slice(&n.to_be_bytes());
                true
            })*
            _ => false,
        }
    };
}

/// All items, if all are of the element's own type; if not, a part may be written.
macro_rules! encode_many {
    ($element:expr, $items:expr, $area:expr; $($name:ident $rust:ident),*) => {
        match $element {
            $(Type::$name => {
                let (chunks, _) = $area.as_chunks_mut();
                chunks.iter_mut().zip($items).all(|(chunk, item)| match item {
                    Value::$name(n) => {
                        *chunk = n.to_be_bytes();
                        true
                    }
                    _ => false,
                })
            })*
            _ => false,
        }
    };
}
