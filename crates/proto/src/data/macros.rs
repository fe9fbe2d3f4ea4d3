//! The table that decoding and encoding share.

/// The types that are plain big-endian numbers, each with its variant of the value and Rust's type.
macro_rules! plain {
    ($then:ident, $($args:expr),*) => {
        $then!($($args),*; Byte u8, Word u16, DWord u32, LWord u64, SInt i8, USInt u8, Int i16, UInt u16, DInt i32,
            UDInt u32, LInt i64, ULInt u64, Real f32, LReal f64, Date u16, Time i32, LTime i64, Ldt i64)
    };
}
