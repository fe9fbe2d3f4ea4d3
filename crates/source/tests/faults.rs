//! What is wrong with sources, where, and what is said of it.
use hepta_source::{Fault, Import, ImportError, Program};

fn import(files: &[(&str, &[u8])]) -> Result<Program, ImportError> {
    let mut import = Import::new();
    for (name, octets) in files {
        import.file(name, octets)?;
    }
    import.finish()
}

/// The error of one source: where and what.
fn fault(text: &str) -> String {
    import(&[("f.scl", text.as_bytes())]).map(|_| ()).expect_err(text).to_string()
}

/// The error of the members of a block, which stand on line 3.
fn member(text: &str) -> String {
    fault(&format!("DATA_BLOCK \"D\"\nVAR\n{text}\nEND_VAR\nEND_DATA_BLOCK\n"))
}

#[test]
fn what_is_not_closed() {
    assert_eq!(fault("DATA_BLOCK \"D\"\n  (* never"), "f.scl:2:3: this comment is not closed by *)");
    assert_eq!(fault("DATA_BLOCK \"D\n\""), "f.scl:1:12: this name is not closed by \"");
    assert_eq!(member("a : Char := 'x;"), "f.scl:3:13: this text is not closed by '");
    assert_eq!(fault("DATA_BLOCK D { a := "), "f.scl:1:14: this list of attributes is not closed by }");
    assert_eq!(
        fault("\nFUNCTION_BLOCK \"F\"\nBEGIN // END_FUNCTION_BLOCK"),
        "f.scl:2:16: this FUNCTION_BLOCK is not closed by END_FUNCTION_BLOCK"
    );
    assert_eq!(fault("\n FUNCTION F : Int"), "f.scl:2:2: this FUNCTION is not closed by END_FUNCTION");
}

#[test]
fn what_should_stand_here() {
    assert_eq!(member("a Int;"), "f.scl:3:3: expected : here, not Int");
    assert_eq!(member("a : Int"), "f.scl:4:1: expected ; here, not END_VAR");
    assert_eq!(
        member("a : ;"),
        "f.scl:3:5: expected a type, as Int, \"Motor\", Array[0..9] of Real or Struct, here, not ;"
    );
    assert_eq!(member("a : Int := ;"), "f.scl:3:12: expected a value here, not ;");
    assert_eq!(
        fault("DATA_BLOCK D VAR a : Int; END_VAR BEGIN a : 5; END_DATA_BLOCK"),
        "f.scl:1:43: expected := here, not :"
    );
    assert_eq!(
        member("a : Array[0..1, *] of Int;"),
        "f.scl:3:23: the dimensions before this have bounds or are all *, as in \
        Array[0..9, 1..2] or Array[*, *]"
    );
    assert_eq!(
        fault("\n\tREGION"),
        "f.scl:2:2: expected DATA_BLOCK, TYPE, FUNCTION_BLOCK, FUNCTION, ORGANIZATION_BLOCK or the end of the file here, not REGION"
    );
    assert_eq!(
        member("ä^ : Int;"),
        "f.scl:3:2: no word begins with '^'; names with such characters stand in double quotes"
    );
}

#[test]
fn names_that_nobody_declares() {
    assert_eq!(
        fault("TYPE \"Motor\" STRUCT a : Int; END_STRUCT END_TYPE\nDATA_BLOCK D \"Moter\" END_DATA_BLOCK"),
        "f.scl:2:14: no source declares the type or function block \"Moter\"; import the file that declares it, too; \
         do you mean \"Motor\"?"
    );
    assert_eq!(
        member("a : Itn;"),
        "f.scl:3:5: no source declares the type or function block \"Itn\"; import the file that declares it, too; \
         do you mean \"Int\"?"
    );
    assert_eq!(
        member("END_VAR VAR CONSTANT LENGTH : Int := 4; END_VAR VAR\n a : Array[0..\"LENGHT\"] of Int;"),
        "f.scl:4:15: no constant is called \"LENGHT\"; give those of the project under [constants] of the sidecar; \
         do you mean \"LENGTH\"?"
    );
    assert_eq!(
        fault("DATA_BLOCK D VAR speed : Int; END_VAR BEGIN sped := 1; END_DATA_BLOCK"),
        "f.scl:1:45: no member is called \"sped\" here; do you mean \"speed\"?"
    );
    assert_eq!(
        member("a : Struct x : Int; END_STRUCT := (y := 1);"),
        "f.scl:3:36: no member is called \"y\" here"
    );
    let mut import = Import::new();
    import.file("f.db", b"DATA_BLOCK Plant VAR END_VAR END_DATA_BLOCK").unwrap();
    import.numbers("[blocks]\nPlan = 3").unwrap();
    assert_eq!(
        import.finish().unwrap_err().to_string(),
        "sidecar: no source declares the data block \"Plan\"; a sidecar names those that are imported; do you mean \"Plant\"?"
    );
}

#[test]
fn names_that_are_declared_twice() {
    assert_eq!(
        member("a : Int;\nA : Int;"),
        "f.scl:4:1: \"A\" is declared at f.scl:3:1 already; import one of them"
    );
    let ty = b"TYPE \"T\" STRUCT a : Int; END_STRUCT END_TYPE";
    assert_eq!(
        import(&[("a.udt", ty), ("b.udt", ty)]).unwrap_err().to_string(),
        "b.udt:1:6: \"T\" is declared at a.udt:1:6 already; import one of them"
    );
    assert_eq!(
        fault("DATA_BLOCK D VAR END_VAR END_DATA_BLOCK\nDATA_BLOCK d VAR END_VAR END_DATA_BLOCK"),
        "f.scl:2:12: \"d\" is declared at f.scl:1:12 already; import one of them"
    );
}

#[test]
fn types_without_an_end() {
    assert_eq!(
        fault(
            "TYPE \"A\" STRUCT b : \"B\"; END_STRUCT END_TYPE\nTYPE \"B\" STRUCT a : Array[0..1] of \"A\"; END_STRUCT END_TYPE"
        ),
        "f.scl:2:36: \"A\" contains itself, by way of \"A\", \"B\"; a type has an end"
    );
    let deep = |levels: usize| format!("a : {}Int;", "Array[0..0] of ".repeat(levels));
    let done =
        import(&[("f.db", format!("DATA_BLOCK D VAR {} END_VAR END_DATA_BLOCK", deep(15)).as_bytes())]);
    assert!(done.is_ok());
    assert!(member(&deep(33)).ends_with("arrays and structs stand more than 32 deep in each other"));
    assert!(member(&deep(100_000)).contains("too deep"));
    assert!(member(&format!("a : Int := {};", "[".repeat(100_000))).contains("too deep"));
    // Each type is shallow, and all together are not.
    let link = |n: u32| format!("TYPE \"T{n}\" STRUCT a : \"T{}\"; END_STRUCT END_TYPE\n", n + 1);
    let chain = (0..10_000).map(link).collect::<Vec<_>>().concat();
    assert!(fault(&chain).contains("too deep"));
}

#[test]
fn sizes_without_a_measure() {
    assert_eq!(
        member("a : Array[0..99999999] of Int;"),
        "f.scl:3:5: the type is larger than 16 MiB, and no block is"
    );
    assert_eq!(
        member("a : Array[5..4] of Int;"),
        "f.scl:3:5: the bounds 5..4 hold no index; the first is the lower one"
    );
    assert_eq!(member("a : String[300];"), "f.scl:3:12: STRING has a length of 0 to 254, as in STRING[20]");
    assert_eq!(
        member("a : Array[*] of Int;"),
        "f.scl:3:5: Array[*] has no size of its own: it can stand in VAR_IN_OUT alone; \
        write bounds, as in Array[0..9]"
    );
    let three = "a, b, c : Array[0..8000000] of Byte;";
    assert!(
        fault(&format!("DATA_BLOCK D VAR {three} END_VAR END_DATA_BLOCK"))
            .starts_with("f.scl:1:12: the type is larger")
    );
    // Small sources of large values: all of them count.
    let many = "a : Array[0..1999999] of Int := [2000000(1)];";
    assert!(member(many).contains("more than 4 million first values"));
    let text = format!(" : Array[0..69999] of String[200] := [70000('{}')]; ", "x".repeat(200));
    let texts = (0..9).map(|n| format!("a{n}{text}")).collect::<Vec<_>>().concat();
    assert!(member(&texts).contains("more than 4 million first values"), "long texts count for more");
    let wide = "a0, ".to_owned() + &(1..3000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(", ");
    let tall = (0..3000).map(|n| format!("b{n} : Bool; ")).collect::<Vec<_>>().concat();
    assert!(member(&format!("{wide} : Struct {tall} END_STRUCT;")).contains("more than 4 million"));
}

#[test]
fn values_that_do_not_fit() {
    assert_eq!(member("a : Byte := 300;"), "f.scl:3:13: 300 does not fit: BYTE goes from 0 to 255");
    assert_eq!(member("a : Int := T#1s;"), "f.scl:3:12: the literal says it is T, where INT is wanted");
    assert!(member("a : String[3] := 'abcd';").contains("f.scl:3:18: the text takes 4 of at most 3"));
    assert!(member("a : String[3] := '日';").starts_with("f.scl:3:18: "));
    assert_eq!(
        member("a : Array[1..2] of Int := [1, 2,\n 3];"),
        "f.scl:4:2: ARRAY[1..2] has room for 2 values, and more stand here"
    );
    assert!(member("a : Array[1..2] of Int := [3(1)];").contains("has room for 2 values"));
    assert!(member("a : Array[1..2] of Int := [-1(1)];").contains("expected ] here, not ("));
    assert!(member("a : Int := [1];").contains("INT is not given a list of values"));
    assert!(member("a : Struct x : Int; END_STRUCT := 5;").contains("this struct is not given one value"));
    assert!(member("a : Struct x : Int; END_STRUCT := (1, 2);").contains("room for 1 values"));
    assert!(member("a : String := 5;").contains("a text in single quotes"));
    assert!(member("a : Pointer := P#Z0.0;").contains("expected a pointer"));
    let set = |path: &str| {
        fault(&format!(
            "DATA_BLOCK D VAR a : Array[0..1, 1..2] of Int; END_VAR BEGIN {path} := 1; END_DATA_BLOCK"
        ))
    };
    assert_eq!(set("a[1,3]"), "f.scl:1:63: ARRAY[0..1,1..2] has no element [1,3]");
    assert_eq!(set("a[1]"), "f.scl:1:63: ARRAY[0..1,1..2] has no element [1]");
    assert!(set("a.b").contains("only structs have some"));
    assert!(set("a[0,1][2]").contains("only arrays have some"));
}

#[test]
fn numbers_that_are_none() {
    let empty = |name: &str| format!("DATA_BLOCK {name} VAR END_VAR END_DATA_BLOCK ");
    assert!(fault(&empty("DB0")).contains("0 is no number of a data block: these go from 1 to 65535"));
    assert!(fault(&empty("DB70000")).contains("70000 is no number"));
    assert_eq!(
        fault(&(empty("DB5") + &empty("DB 05"))),
        "f.scl:1:54: number 5 is that of \"DB5\" already; give another one in the sidecar"
    );
    let sidecar = |toml: &str| Import::new().numbers(toml).unwrap_err().to_string();
    assert!(sidecar("[blocks]\nx = ").starts_with("sidecar:2:5: "));
    assert!(sidecar("x = 1").contains("\"x\" is in no table"));
    assert!(sidecar("[block]\nx = 1").contains("no table is called \"block\""));
    assert!(sidecar("[blocks]\nx = 0").contains("0 is no number"));
    assert!(sidecar("[blocks]\nx = 'a'").contains("\"x\" has a value of another kind"));
}

#[test]
fn what_is_no_source() {
    let kind = |name: &str, octets: &[u8]| Import::new().file(name, octets).unwrap_err().what;
    assert_eq!(kind("a.txt", b"hello"), Fault::Kind);
    assert_eq!(kind("a", b"\x00\x01\x02"), Fault::Kind);
    assert_eq!(kind("a.db", b"\xff\xfeD"), Fault::Encoding);
    assert_eq!(kind("a.db", b"\xff\xfe\x00\xd8"), Fault::Encoding);
}

#[test]
fn nothing_is_half_imported() {
    let mut import = Import::new();
    let block = "DATA_BLOCK A VAR END_VAR END_DATA_BLOCK\n";
    import.file("bad.db", format!("{block}DATA_BLOCK").as_bytes()).unwrap_err();
    import.file("good.db", block.as_bytes()).unwrap();
    let program = import.finish().unwrap();
    assert_eq!(program.blocks.len(), 1);
    assert_eq!(&*program.blocks[0].at.file, "good.db");
}
