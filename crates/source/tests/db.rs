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
            "01ffff",
            "[1, 2, 0, 5, 5, 0]",
            "[1, 2, 3, 4, 0, 0]",
            "[(x := 1, y := TRUE), (x := 2, y := FALSE), (x := 2, y := FALSE)]",
            "['a', 'b', ' ', ' ']",
            "[1, 4, 4]",
            "[[1, 0], [2, 3]]"
        ]
    );
}
