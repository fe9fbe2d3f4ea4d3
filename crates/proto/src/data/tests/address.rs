use super::*;

#[track_caller]
fn same(texts: &[&str], shown: &str) {
    for text in texts {
        let address: Address = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(address.to_string(), shown, "{text}");
        assert_eq!(shown.parse(), Ok(address), "{text}");
    }
}

#[test]
fn one_place_in_many_spellings() {
    same(
        &["DB1.DBX0.0:BOOL", "%db1.dbx0.0", "DB1,X0.0", "DB1,BOOL0.0", "DB1:0:BOOL", "DB1:0.0:BOOL", "V0.0"],
        "DB1.DBX0.0:BOOL",
    );
    same(&["DB1.DBX0.3:BOOL[8]", "DB1,X0.3.8"], "DB1.DBX0.3:BOOL[8]");
    same(&["DB1.DBB10", "DB1.DBB10:BYTE", "DB1,B10", "DB1,BYTE10", "VB10"], "DB1.DBB10:BYTE");
    same(&["DB1.DBW10:INT", "DB1:10:INT", "DB1,I10", "DB1,INT10", "%DB1.DBW10:INT"], "DB1.DBW10:INT");
    same(&["DB1.DBW10", "DB1,W10", "VW10"], "DB1.DBW10:WORD");
    same(&["DB1.DBD4:REAL", "DB1,REAL4", "DB1,R4", "VD4:REAL"], "DB1.DBD4:REAL");
    same(&["DB1:0:REAL[5]", "DB1,R0.5", "DB1.DBD0:ARRAY[0..4] OF REAL"], "DB1.DBD0:REAL[5]");
    same(&["DB1:10:STRING[20]", "DB1,S10.20", "DB1.DBB10:STRING[20]"], "DB1:10:STRING[20]");
    same(&["DB1:10:STRING[20][3]", "DB1,S10.20.3"], "DB1:10:STRING[20][3]");
    same(&["DB1,WS10.10"], "DB1:10:WSTRING[10]");
    same(&["DB1,DW10"], "DB1.DBD10:DWORD");
    same(&["DB1,DI10", "DB1,DINT10"], "DB1.DBD10:DINT");
    same(&["DB1,LR10"], "DB1:10:LREAL");
    same(&["DB1,C10", "DB1,CHAR10"], "DB1.DBB10:CHAR");
    same(&["DB1,DT10", "DB1,DTZ10"], "DB1:10:DATE_AND_TIME");
    same(&["DB1,DTL10"], "DB1:10:DTL");
    same(&["M10.5", "M10.5:BOOL", "%MX10.5"], "M10.5:BOOL");
    same(&["MW20", "MW20:WORD"], "MW20:WORD");
    same(&["MR4", "MD4:REAL"], "MD4:REAL");
    same(&["MDI4"], "MD4:DINT");
    same(&["MB10:DTL"], "MB10:DTL");
    same(&["I0.0", "E0.0", "%i0.0"], "I0.0:BOOL");
    same(&["IW22", "EW22"], "IW22:WORD");
    same(&["ID4", "ED4"], "ID4:DWORD");
    same(&["QR24", "AD24:REAL"], "QD24:REAL");
    same(&["PIW256", "PEW256", "PQW256", "PAW256"], "PIW256:WORD");
    same(&["LW4"], "LW4:WORD");
    same(&["T5", "T5:TIMER", "T5:S5TIME"], "T5");
    same(&["C7", "Z7", "c7:COUNTER"], "C7");
    same(&["T5:TIMER[4]"], "T5:TIMER[4]");
    same(&["DI2.DIW4:INT", "DI2.DBW4:INT", "DI2:4:INT"], "DI2.DIW4:INT");
    same(&["DB1:2:ARRAY[1..3] OF INT"], "DB1.DBW2:ARRAY[1..3] OF INT");
    same(&["DB1.DBX65535.7", "DB1,X65535.7"], "DB1.DBX65535.7:BOOL");
    same(&["\"Motor\".speed[3]"], "\"Motor\".speed[3]");
    same(&["\"a:b\".\"c\":REAL[2]"], "\"a:b\".\"c\":REAL[2]");
}

#[test]
fn what_is_no_address() {
    let error = |text: &str| text.parse::<Address>().unwrap_err();
    let at = |text: &str| (error(text).column, error(text).what);
    assert_eq!(at("DB0.DBX0.0"), (3, AddressFault::Block));
    assert_eq!(at("DB65536.DBX0.0"), (3, AddressFault::Block));
    assert_eq!(at("DB1.DBX0"), (9, AddressFault::NoBit));
    assert_eq!(at("DB1,X0"), (7, AddressFault::NoBit));
    assert_eq!(at("M1.8"), (4, AddressFault::Bit));
    assert_eq!(at("MW20.3"), (5, AddressFault::Bit));
    assert_eq!(at("DB1:2.3:INT"), (5, AddressFault::Bit));
    assert_eq!(at("DB1.DBW4:REAL"), (10, AddressFault::Width { letter: 'W', ty: Type::Real }));
    assert_eq!(error("DB1.DBW4:REAL").hint, "write DB1.DBD4:REAL");
    assert_eq!(error("DB1.DBX0.0:INT").hint, "write DB1.DBW0:INT");
    assert_eq!(error("MD4:LREAL").hint, "write MB4:LREAL");
    assert_eq!(at("DB1.DBD65533"), (8, AddressFault::End { ty: Type::DWord }));
    assert_eq!(at("DB1:65535:BOOL[9]").1, AddressFault::End { ty: ty("BOOL[9]") });
    assert_eq!(at("DB1.DBB65536"), (8, AddressFault::Number));
    assert_eq!(at("DB1:10"), (7, AddressFault::NoType));
    assert_eq!(at("DB1:10:FLOAT"), (8, AddressFault::Type(TypeFault::Unknown("FLOAT".into()))));
    assert_eq!(at("DB1.DBW2:TIMER"), (9, AddressFault::Kind { ty: Type::Timer }));
    assert_eq!(at("T5:INT"), (2, AddressFault::Kind { ty: Type::Int }));
    assert_eq!(at("DB1,S10"), (8, AddressFault::Count("length from 0 to 254, as in DB1,S10.20,")));
    assert_eq!(at("DB1,Y1"), (5, AddressFault::Letter("Y".into())));
    assert_eq!(at("DB1.W10").0, 4);
    assert_eq!(at("DB1"), (4, AddressFault::Letter(alloc::string::String::new())));
    assert_eq!(at("X5"), (1, AddressFault::Area));
    assert_eq!(at(""), (1, AddressFault::Area));
    assert_eq!(at("MW20 x"), (6, AddressFault::LeftOver));
    assert_eq!(at("\"abc"), (1, AddressFault::Quote));
    assert_eq!("\"abc\"".parse::<Absolute>().unwrap_err().what, AddressFault::Symbolic);
    assert_eq!(Absolute::new(Area::Db(0), 0, 0, Type::Int), Err(AddressFault::Block));
}

#[test]
fn access_paths_there_and_back() {
    for text in ["8A0E0001.B", "8A0E0001.B#A6149C91", "8A0E0001(2548).B:REAL", "52.9", "C9(1037).0:DINT"] {
        let Address::Access(access) = text.parse().unwrap() else { panic!("{text}") };
        assert_eq!(Address::Access(access).to_string(), text);
    }
    // What classic addresses begin with stays classic, also where it is hex.
    for text in ["C5", "E0.0", "A0.1", "DB1.DBX0.0", "DB1:10:INT"] {
        assert!(matches!(text.parse(), Ok(Address::Absolute(_))), "{text}");
    }
    assert_eq!("DB700000.5".parse::<Address>().unwrap_err().what, AddressFault::Block);
    let column = |text: &str| text.parse::<Address>().unwrap_err().column;
    assert_eq!([column("8A0E0001."), column(" 8A0E0001.B:"), column("52.9:REAL x")], [10, 13, 11]);
    assert_eq!("8A0E0001.B".parse::<Absolute>().unwrap_err().what, AddressFault::Symbolic);
}
