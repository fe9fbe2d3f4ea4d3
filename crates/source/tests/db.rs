//! Data blocks and types, as TIA Portal generates them.
use hepta_proto::data::{Section, Type, Value};
use hepta_source::{BlockKind, Import, Program};

fn program(files: &[(&str, &str)]) -> Program {
    let mut import = Import::new();
    for (name, text) in files {
        import.file(name, text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    }
    import.finish().unwrap_or_else(|e| panic!("{e}"))
}

/// A program of one block, whose members these are.
fn members(text: &str) -> Program {
    program(&[("Test.db", &format!("DATA_BLOCK \"Test\"\nVAR\n{text}\nEND_VAR\nEND_DATA_BLOCK\n"))])
}

fn types(program: &Program) -> Vec<String> {
    program.blocks[0].variables.iter().map(|variable| variable.ty.to_string()).collect()
}

fn initial(program: &Program) -> Vec<String> {
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    program.blocks[0].variables.iter().map(|variable| shown(&variable.initial)).collect()
}

#[test]
fn a_block_as_it_is_exported() {
    let program = program(&[(
        "Plant.db",
        "\u{feff}DATA_BLOCK \"Plant.1\"\r\nTITLE = Don't read \"this\"\r\n{ S7_Optimized_Access := 'TRUE' }\r\nAUTHOR : Some'body\r\n\
         FAMILY : x-y\r\nNAME : n\r\nVERSION : 0.1\r\nNON_RETAIN\r\n//the plant\r\n//of two lines\r\n   VAR RETAIN\r\n\
         counter : DInt;\r\n   END_VAR\r\n   VAR\r\n      \"speed max.\" { ExternalAccessible := 'False'; \
         ExternalVisible := 'False'; ExternalWritable := 'False'} : Real := 1.5;   // in m/s\r\n      st : Struct   // the state\r\n\
         on {S7_SetPoint := 'True'} : Bool;\r\n         code : Word := 16#FF;   // of errors\r\n      END_STRUCT;\r\n   END_VAR\r\n\
         \r\nBEGIN\r\n   counter := -5;\r\n   st.on := TRUE;\r\n\r\nEND_DATA_BLOCK\r\n\r\n",
    )]);
    let block = &program.blocks[0];
    assert_eq!((&*block.name, block.number, block.optimised), ("Plant.1", 1, true));
    assert_eq!(block.comment.as_deref(), Some("the plant\nof two lines"));
    assert!(matches!(block.kind, BlockKind::Global));
    assert_eq!(types(&program), ["DINT", "REAL", "STRUCT on : BOOL; code : WORD; END_STRUCT"]);
    assert_eq!(initial(&program), ["-5", "1.5", "(on := TRUE, code := 16#00FF)"]);
    let [counter, speed, state] = &block.variables[..] else { panic!("three members") };
    assert!(counter.notes.retain && !speed.notes.retain && counter.notes.section == Section::Static);
    let notes = &speed.notes;
    assert_eq!(
        (&*speed.name, notes.accessible, notes.visible, notes.writable),
        ("speed max.", false, false, false)
    );
    assert_eq!(notes.comment.as_deref(), Some("in m/s"));
    assert!(counter.notes.accessible && counter.notes.writable && counter.notes.comment.is_none());
    assert_eq!(state.notes.comment.as_deref(), Some("the state"));
    let Type::Struct(state) = &state.ty else { panic!("a struct") };
    assert_eq!(state.member("code").unwrap().notes().unwrap().comment.as_deref(), Some("of errors"));
    assert_eq!((block.at.line, block.at.column), (1, 12));
    assert!(program.skipped.is_empty());
}

#[test]
fn first_values_in_lists_and_structs() {
    let program = members(
        "a : Array[0..4] of Int := [3(7), 1, 2];\n b : Array[1..3] of Byte := [16#01, 2(16#FF)];\n\
         c : Array[0..1, 0..2] of Int := [[1, 2], [2(5)]];\n d : Array[0..1, 0..2] of Int := [1, 2, 3, 4];\n\
         e : Array[-1..1] of Struct x : Int; y : Bool := TRUE; END_STRUCT := [(x := 1), 2((2, FALSE))];\n\
         f : Array[0..3] of Char := 'ab';\n g : Array[1..3] of Int := 1, 2(4);\n h : Array[0..1] of Array[0..1] of Int := [[1], [2, 3]];",
    );
    assert_eq!(
        initial(&program),
        [
            "[7, 7, 7, 1, 2]",
            "[16#01, 16#FF, 16#FF]",
            "[1, 2, 0, 5, 5, 0]",
            "[1, 2, 3, 4, 0, 0]",
            "[(x := 1, y := TRUE), (x := 2, y := FALSE), (x := 2, y := FALSE)]",
            "['a', 'b', ' ', ' ']",
            "[1, 4, 4]",
            "[[1, 0], [2, 3]]"
        ]
    );
}

#[test]
fn literals_of_every_type() {
    let program = members(
        "a : Bool := 1; b : Byte := B#16#1F; c : Word := 2#1010; d : DWord := DW#16#8000_0000; e : LWord := 16#FF;\n\
         f : SInt := -128; g : USInt := USINT#255; h : Int := INT#16#FFFF; i : UInt := 8#17; j : DInt := INT#-5;\n\
         k : UDInt := 4_000_000_000; l : LInt := L#5; m : ULInt := 16#FFFF_FFFF_FFFF_FFFF; n : Real := -1.5e-3;\n\
         o : LReal := REAL#2.5; p : Char := 'a'; q : WChar := WCHAR#'€'; r : String := 'a$Lb'; s : WString := WSTRING#'$20AC';\n\
         t : Time := T#-1d_2h; u : LTime := T#5ms; v : S5Time := S5T#1m; w : Date := DATE#2026-11-20; x : Tod := TOD#10:00:00.5;\n\
         y : LTime_Of_Day := LTOD#1:2:3; z : Date_And_Time := DT#2026-11-20-10:00:00.123; aa : LDT := LDT#2026-11-20-10:00:00;\n\
         ab : DTL := DTL#2026-11-20-10:00:00; ac : HW_IO := 260; ad : DB_ANY := UINT#5; ae : Pointer := P#DB5.DBX2.1;\n\
         af : Any := P#M10.0 BYTE 4; ag : Real := 5; ah : String[4] := STRING#'$80';",
    );
    assert_eq!(
        initial(&program),
        [
            "TRUE",
            "16#1F",
            "16#000A",
            "16#80000000",
            "16#00000000000000FF",
            "-128",
            "255",
            "-1",
            "15",
            "-5",
            "4000000000",
            "5",
            "18446744073709551615",
            "-0.0015",
            "2.5",
            "'a'",
            "WCHAR#'€'",
            "'a$Lb'",
            "WSTRING#'€'",
            "T#-1d2h",
            "LT#5ms",
            "S5T#1m",
            "D#2026-11-20",
            "TOD#10:00:00.5",
            "LTOD#01:02:03",
            "DT#2026-11-20-10:00:00.123",
            "LDT#2026-11-20-10:00:00",
            "DTL#2026-11-20-10:00:00",
            "16#0104",
            "5",
            "[16#00, 16#05, 16#84, 16#00, 16#00, 16#11]",
            "[16#10, 16#02, 16#00, 16#04, 16#00, 16#00, 16#83, 16#00, 16#00, 16#50]",
            "5.0",
            "'€'"
        ]
    );
}

#[test]
fn names_as_people_have_them() {
    let program = members(
        "\"a.b\" : Int; \"it's // no comment\" : Int; größe : Int; \"VAR\" : Int; Retain : Int; Struct_1 : Int; \"END_VAR\" : Int;\n\
         x, y { ExternalWritable := 'False' } : Bool; // both\n End_Struct : Int;",
    );
    let names: Vec<&str> = program.blocks[0].variables.iter().map(|variable| &*variable.name).collect();
    assert_eq!(
        names,
        [
            "a.b",
            "it's // no comment",
            "größe",
            "VAR",
            "Retain",
            "Struct_1",
            "END_VAR",
            "x",
            "y",
            "End_Struct"
        ]
    );
    let comments: Vec<_> = program.blocks[0].variables.iter().map(|v| v.notes.comment.as_deref()).collect();
    assert_eq!(&comments[6..], [None, Some("both"), Some("both"), None]);
}

#[test]
fn comments_of_every_kind() {
    let program = members(
        "(* a *) a : /* of */ Int (* no *) := // no\n 1; /** docs **/\n// of nobody\nb : Int; (* of b,\n over lines *) c : Int;\n\
         d : Int; // (* open\n",
    );
    let comments: Vec<_> = program.blocks[0].variables.iter().map(|v| v.notes.comment.as_deref()).collect();
    assert_eq!(comments, [Some("docs *"), Some("of b,\n over lines"), None, Some("(* open")]);
    assert_eq!(initial(&program), ["1", "-", "-", "-"]);
}

#[test]
fn every_encoding_and_line_end_gives_the_same() {
    let text = "DATA_BLOCK \"Größe\"\nVAR\n  \"Länge €\" : WString[4] := 'ä€'; // für alle\nEND_VAR\nEND_DATA_BLOCK\n";
    let windows = text.replace('\n', "\r\n");
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let narrow: Vec<u8> =
        windows.chars().map(|c| hepta_proto::data::Encoding::Windows1252.octet(c).unwrap()).collect();
    let marked = |text: &str| format!("\u{feff}{text}");
    let files = [
        text.as_bytes().to_vec(),
        windows.as_bytes().to_vec(),
        marked(text).into_bytes(),
        wide(&marked(text), u16::to_le_bytes),
        wide(&marked(&windows), u16::to_be_bytes),
        wide(text, u16::to_le_bytes),
        wide(text, u16::to_be_bytes),
        narrow,
    ];
    for file in files {
        let mut import = Import::new();
        import.file("Test.db", &file).unwrap();
        let program = import.finish().unwrap();
        let block = &program.blocks[0];
        assert_eq!((&*block.name, &*block.variables[0].name), ("Größe", "Länge €"));
        assert_eq!(initial(&program), ["WSTRING#'ä€'"]);
        assert_eq!(block.variables[0].notes.comment.as_deref(), Some("für alle"));
    }
}

#[test]
fn what_a_file_is_by_its_content() {
    let mut import = Import::new();
    import.file("noname", b"// a block\n{ x := 'y' } DATA_BLOCK a VAR END_VAR END_DATA_BLOCK").unwrap();
    import
        .file(
            "copy.txt",
            b"\xef\xbb\xbf// joined\n\xef\xbb\xbfTYPE b STRUCT x : Int; END_STRUCT END_TYPE\x1a",
        )
        .unwrap();
    let program = import.finish().unwrap();
    assert_eq!((program.blocks.len(), program.types.len()), (1, 1));
}

#[test]
fn numbers_of_blocks() {
    let block = |name: &str| format!("DATA_BLOCK {name} VAR END_VAR END_DATA_BLOCK\n");
    let first = block("\"A\"") + &block("DB 2") + &block("\"B\"");
    let second = block("C") + &block("\"Db4\"") + &block("D");
    let mut import = Import::new();
    import.numbers("[blocks]\nc = 1\n\"D\" = 500").unwrap();
    import.file("1.db", first.as_bytes()).unwrap();
    import.file("2.db", second.as_bytes()).unwrap();
    let numbers: Vec<_> =
        import.finish().unwrap().blocks.iter().map(|b| (b.name.to_string(), b.number)).collect();
    let want = [("A", 3), ("DB2", 2), ("B", 5), ("C", 1), ("Db4", 4), ("D", 500)];
    assert_eq!(numbers, want.map(|(name, number)| (name.to_owned(), number)));
}

#[test]
fn what_is_retentive() {
    let block = |head: &str| {
        format!("DATA_BLOCK D {head} VAR a : Int; END_VAR VAR RETAIN b : Int; END_VAR END_DATA_BLOCK")
    };
    let retain = |head: &str| {
        let program = program(&[("f.db", &block(head))]);
        let [a, b] = &program.blocks[0].variables[..] else { panic!("two members") };
        (a.notes.retain, b.notes.retain)
    };
    assert_eq!(retain("{ S7_Optimized_Access := 'TRUE' } NON_RETAIN"), (false, true));
    assert_eq!(retain("{ S7_Optimized_Access := 'TRUE' }"), (false, true));
    assert_eq!(retain("{ S7_Optimized_Access := 'TRUE' } RETAIN"), (true, true));
    assert_eq!(retain("NON_RETAIN"), (false, true));
    assert_eq!(retain(""), (true, true));
}

#[test]
fn instances_take_what_their_block_says() {
    use Section::{InOut, Input, Static};
    let program = program(&[
        ("i.db", "DATA_BLOCK \"I\" \"F\"\nBEGIN x := 3; t.PT := T#2s;\nEND_DATA_BLOCK"),
        (
            "f.scl",
            "FUNCTION_BLOCK \"F\" VAR_INPUT x : Int := 1; y : Int := 2; END_VAR VAR_IN_OUT s : String; d : DInt; END_VAR\n\
             VAR t : TON; c : CTU; e : F_TRIG; l : CTD_LINT; v : Variant; END_VAR VAR_TEMP z : Int; END_VAR BEGIN #x := 1; END_FUNCTION_BLOCK",
        ),
    ]);
    let BlockKind::Instance(fb) = &program.blocks[0].kind else { panic!("an instance") };
    assert_eq!(fb, &program.fbs[0]);
    let sections: Vec<_> = program.blocks[0].variables.iter().map(|v| (&*v.name, v.notes.section)).collect();
    assert_eq!(
        sections,
        [
            ("x", Input),
            ("y", Input),
            ("s", InOut),
            ("d", InOut),
            ("t", Static),
            ("c", Static),
            ("e", Static),
            ("l", Static)
        ]
    );
    assert_eq!(
        types(&program),
        ["INT", "INT", "POINTER", "DINT", "IEC_TIMER", "IEC_COUNTER", "\"F_TRIG\"", "IEC_LCOUNTER"]
    );
    assert_eq!(initial(&program)[..3], ["3", "2", "[16#00, 16#00, 16#00, 16#00, 16#00, 16#00]"]);
    assert_eq!(initial(&program)[4], "(PT := T#2s, ET := T#0ms, IN := FALSE, Q := FALSE)");
    let skipped: Vec<_> = program.skipped.iter().map(|s| (s.at.line, s.what.as_str())).collect();
    assert_eq!(
        skipped,
        [
            (1, "data behind \"s\" of \"F\": a pointer of six octets stands for it"),
            (2, "member \"v\" of \"F\": a reference, view or empty block"),
            (2, "temporary \"z\" of \"F\""),
            (2, "code of \"F\""),
        ]
    );
}

#[test]
fn tag_tables_bring_constants_and_take_types() {
    let mut import = Import::new();
    import
        .file(
            "t.csv",
            b"Name;Path;Data Type;Logical Address\nspeed;Line;Real;%MD4\nmotor;Line;\"Motor\";%M10.0\n",
        )
        .unwrap();
    import.file("c.csv", b"sep=,\nName,Path,Data Type,Value,Comment\nLANES,Line,Int,3,\n").unwrap();
    import
        .file("m.udt", b"TYPE \"Motor\" STRUCT a : Array[1..\"LANES\"] of Bool; END_STRUCT END_TYPE")
        .unwrap();
    let program = import.finish().unwrap();
    assert_eq!(program.types[0].member("a").unwrap().ty().count(), 3);
    let tags: Vec<_> = program.tags.iter().map(|tag| (&*tag.name, tag.octet, tag.ty.to_string())).collect();
    assert_eq!(tags, [("speed", 4, "REAL".to_owned()), ("motor", 10, "\"Motor\"".to_owned())]);
}
