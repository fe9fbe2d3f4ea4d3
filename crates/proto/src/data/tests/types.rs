use super::*;

#[test]
fn names_go_both_ways() {
    for name in [
        "BOOL",
        "DATE_AND_TIME",
        "LTIME_OF_DAY",
        "STRING[20]",
        "WSTRING[16382]",
        "S5TIME",
        "ARRAY[0..4] OF REAL",
    ] {
        assert_eq!(ty(name).to_string(), name);
        assert_eq!(ty(&name.to_ascii_lowercase()).to_string(), name);
    }
    let alias = |a: &str, b: &str| assert_eq!(ty(a), ty(b));
    alias("dt", "DATE_AND_TIME");
    alias("tod", "TIME_OF_DAY");
    alias("LTOD", "LTIME_OF_DAY");
    alias("STRING", "STRING[254]");
    alias("real[5]", "ARRAY[0..4] OF REAL");
    alias(
        " array [ -1 .. 1 , 0..2 ] of string [3] [2]".replace("string [3] [2]", "string[3][2]").as_str(),
        "ARRAY[-1..1,0..2] OF ARRAY[0..1] OF STRING[3]",
    );
    let nested = "STRUCT a : STRUCT \"b c\" : BOOL; END_STRUCT; d : ARRAY[1..2] OF INT; END_STRUCT";
    assert_eq!(ty(nested).to_string(), nested);
}

#[test]
fn what_is_no_type() {
    let error = |text: &str| {
        let error = text.parse::<Type>().unwrap_err();
        (error.column, error.what)
    };
    assert_eq!(error("FLOAT"), (1, TypeFault::Unknown("FLOAT".into())));
    assert_eq!(error("STRING[255]"), (8, TypeFault::Length { ty: "STRING", max: 254 }));
    assert_eq!(error("WSTRING[x]"), (9, TypeFault::Length { ty: "WSTRING", max: 16_382 }));
    assert_eq!(error("INT[0]"), (5, TypeFault::NoBounds));
    assert_eq!(error("ARRAY[2..1] OF INT"), (1, TypeFault::Bounds { low: 2, high: 1 }));
    assert_eq!(error("ARRAY[0..2147483647] OF INT").1, TypeFault::TooLarge);
    assert_eq!(error("ARRAY[0..1]INT"), (12, TypeFault::Expected("OF")));
    assert_eq!(error("ARRAY[1] OF INT"), (8, TypeFault::Expected("..")));
    assert_eq!(error("ARRAY[0..1,0..1,0..1,0..1,0..1,0..1,0..1] OF INT").1, TypeFault::Dimensions);
    assert_eq!(error("INT x"), (5, TypeFault::LeftOver));
    assert_eq!(error("STRUCT END_STRUCT"), (1, TypeFault::Empty));
    assert_eq!(error("STRUCT a : INT; a : INT; END_STRUCT"), (1, TypeFault::Twice("a".into())));
    assert_eq!(error("STRUCT a : INT;"), (16, TypeFault::Expected("END_STRUCT")));
    assert_eq!(error(&"STRUCT a : ".repeat(5000)).1, TypeFault::TooDeep);
    assert_eq!(error(&format!("INT{}", "[1]".repeat(33))).1, TypeFault::TooDeep);
    let wide = Type::array_of(Type::Byte, 1 << 24).unwrap();
    assert_eq!(Struct::new([("a", wide), ("b", Type::Bool)]).map(|_| ()), Err(TypeFault::TooLarge));
    assert_eq!(Struct::new([("a\"", Type::Bool)]).map(|_| ()), Err(TypeFault::Name("a\"".into())));
    let off = |offset, bit, of: Type| Struct::placed([("a", of, offset, bit)], 4).map(|_| ());
    assert_eq!(off(0, 1, Type::Int), Err(TypeFault::Place("a".into())));
    assert_eq!(off(3, 0, Type::Int), Err(TypeFault::Place("a".into())));
    assert_eq!(off(usize::MAX, 7, Type::Bool), Err(TypeFault::Place("a".into())));
    assert_eq!(off(3, 7, Type::Bool), Ok(()));
}

#[test]
fn members_stand_where_step7_puts_them() {
    let mut layout = vec![];
    let Type::Struct(all) = ty(
        "STRUCT b0 : BOOL; b1 : BOOL; byte : BYTE; b2 : BOOL; int : INT; c : CHAR; real : REAL; \
        s : STRING[3]; after : BYTE; bits : BOOL[3]; last : BOOL; dt : DT; inner : STRUCT x : BOOL; END_STRUCT; y : BYTE; END_STRUCT",
    ) else {
        panic!("no struct")
    };
    for member in all.members() {
        layout.push(format!("{} {}.{}", member.name(), member.offset(), member.bit()));
    }
    let want = [
        "b0 0.0",
        "b1 0.1",
        "byte 1.0",
        "b2 2.0",
        "int 4.0",
        "c 6.0",
        "real 8.0",
        "s 12.0",
        "after 17.0",
        "bits 18.0",
        "last 20.0",
        "dt 22.0",
        "inner 30.0",
        "y 32.0",
    ];
    assert_eq!(layout, want);
    assert_eq!((all.size(), all.member("dt").map(|m| m.ty().clone())), (34, Some(Type::DateAndTime)));
}

#[test]
fn sizes_and_pieces() {
    let of = |text: &str| (ty(text).size(), ty(text).bits(), ty(text).piece());
    assert_eq!(of("BOOL"), (1, 1, 1));
    assert_eq!(of("BOOL[9]"), (2, 9, 1));
    assert_eq!(of("ARRAY[0..1,0..8] OF BOOL"), (4, 32, 1));
    assert_eq!(of("REAL[5]"), (20, 160, 4));
    assert_eq!(of("STRING[3][2]"), (12, 96, 6));
    assert_eq!(of("DTL"), (12, 96, 12));
    assert_eq!(of("WSTRING[5]"), (14, 112, 14));
    let (array, real) = (ty("ARRAY[1..2,1..3] OF REAL"), Type::Real);
    assert_eq!(
        (array.count(), array.element(), real.count(), real.element()),
        (6, &Type::Real, 1, &Type::Real)
    );
}
