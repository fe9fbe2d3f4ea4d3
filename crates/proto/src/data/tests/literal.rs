use super::*;

#[track_caller]
fn same(of: &str, texts: &[&str], shown: &str) {
    for text in texts {
        let value = ty(of).parse(text).unwrap_or_else(|e| panic!("{of} {text}: {e}"));
        assert_eq!(value.to_string(), shown, "{of} {text}");
    }
}

#[test]
fn many_spellings_of_one_value() {
    same("BOOL", &["TRUE", "true", "1", "BOOL#1", " true "], "TRUE");
    same(
        "BYTE",
        &["255", "16#FF", "16#ff", "2#1111_1111", "8#377", "BYTE#16#FF", "B#16#FF", "byte#255"],
        "16#FF",
    );
    same("INT", &["-12", "INT#-12", "16#FFF4", "-1_2"], "-12");
    same("DINT", &["5", "+5", "DINT#5", "L#5", "10#5"], "5");
    same("REAL", &["1.5e3", "1500", "+1_500.0", "REAL#1500.0", "1.5E+3"], "1500.0");
    same("LREAL", &["NaN", "nan"], "NaN");
    same("LREAL", &["-inf", "LREAL#-INF"], "-inf");
    same(
        "TIME",
        &["T#1d2h3m4s5ms", "TIME#1d_2h_3m_4s_5ms", "t#1D2H3M4S5MS", "1d2h3m4.005s"],
        "T#1d2h3m4s5ms",
    );
    same("TIME", &["T#-1.5s", "TIME#-1500ms", "-1s500ms"], "T#-1s500ms");
    same("LTIME", &["LT#1us2ns", "LTIME#1002ns", "1.002us"], "LT#1us2ns");
    same("S5TIME", &["S5T#2h46m30s", "S5TIME#9990s"], "S5T#2h46m30s");
    same("TIMER", &["S5T#1s", "1s", "TIMER#1s"], "S5T#1s");
    same("DATE", &["D#2026-11-20", "DATE#2026-11-20", "2026-11-20"], "D#2026-11-20");
    same("TOD", &["TOD#10:00:00.123", "TIME_OF_DAY#10:0:0.123", "10:00:00.123000"], "TOD#10:00:00.123");
    same(
        "DT",
        &["DT#2026-11-20-10:00:00.1", "DATE_AND_TIME#2026-11-20-10:00:00.1", "2026-11-20T10:00:00.100"],
        "DT#2026-11-20-10:00:00.1",
    );
    same("DTL", &["DTL#2026-11-20-10:00:00.123456789"], "DTL#2026-11-20-10:00:00.123456789");
    same("LDT", &["LDT#1969-12-31-23:59:59.999999999"], "LDT#1969-12-31-23:59:59.999999999");
    same("STRING[9]", &["'it$'s'", "it's", "STRING#'it$27s'"], "'it$'s'");
    same("STRING[9]", &["'€'", "'$80'"], "'€'");
    same("STRING[9]", &["abc#d"], "'abc#d'");
    same("WSTRING[9]", &["WSTRING#'a😀'", "'a$D83D$DE00'", "a😀"], "WSTRING#'a😀'");
    same("CHAR", &["'a'", "a", "CHAR#'a'"], "'a'");
    same("CHAR", &["'$''"], "'$''");
    same("WCHAR", &["WCHAR#'$20AC'", "€"], "WCHAR#'€'");
    same("COUNTER", &["C#123", "123", "COUNTER#123"], "C#123");
    same("INT[4]", &["[1, 2(0), -1]", "[1,0,0,-1]", "[ 1 , 2( 0 ) , 1(-1) ]"], "[1, 0, 0, -1]");
    same("BYTE[3]", &["0a0b0c", "[10, 11, 12]", "[16#0A,16#0B,16#0C]"], "[16#0A, 16#0B, 16#0C]");
    same("CHAR[3]", &["'a$Lb'", "['a', '$L', 'b']"], "['a', '$L', 'b']");
    same("STRING[3][2]", &["['a', 'b']"], "['a', 'b']");
    let pair = "STRUCT a : INT; b : BOOL[2]; END_STRUCT";
    same(pair, &["(a := 1, b := [1, 0])", "( b:=[2(TRUE) ] , a:=1 )".replace("2(TRUE) ", "1,0").as_str()], {
        "(a := 1, b := [TRUE, FALSE])"
    });
}

#[test]
fn what_is_no_literal() {
    let error = |of: &str, text: &str| {
        let error = ty(of).parse(text).unwrap_err();
        (error.column, error.to_string())
    };
    let range = "column 1: 300 does not fit: USINT goes from 0 to 255";
    assert_eq!(error("USINT", "300"), (1, range.into()));
    assert_eq!(error("USINT", " -1").0, 2);
    assert_eq!(error("INT", "INT#40000").0, 5);
    assert_eq!(error("INT", "16#1FFFF").0, 1);
    assert_eq!(
        error("INT", "DINT#4"),
        (1, "column 1: the literal says it is DINT, where INT is wanted".into())
    );
    assert_eq!(error("INT", "1_"), (3, "column 3: expected a digit, 0 to 9 here".into()));
    assert_eq!(error("INT", "1__0").0, 3);
    assert_eq!(error("INT", "2#12").0, 4);
    assert_eq!(error("INT", "7#1").0, 1);
    assert_eq!(error("INT", "").0, 1);
    assert_eq!(error("INT", "5 6"), (3, "column 3: the literal ends before this".into()));
    assert_eq!(error("ULINT", &"9".repeat(60)).0, 1);
    assert_eq!(error("BOOL", "yes").0, 1);
    assert_eq!(error("REAL", "1e39").0, 1);
    assert_eq!(error("REAL", "1.2.3").0, 1);
    assert_eq!(error("TIME", "T#5").0, 3);
    assert_eq!(error("TIME", "T#5s3m").0, 5);
    assert_eq!(error("TIME", "T#1us").0, 3);
    assert_eq!(error("TIME", "T#25d").0, 3);
    assert_eq!(error("LTIME", "LT#0.5ns").0, 4);
    assert_eq!(error("S5TIME", "S5T#10s10ms").0, 5);
    assert_eq!(error("S5TIME", "S5T#3h").0, 5);
    assert_eq!(error("S5TIME", "S5T#-1s").0, 5);
    assert_eq!(error("DATE", "D#2026-02-29"), (3, "column 3: the day is 29, but goes from 1 to 28".into()));
    assert_eq!(error("DATE", "D#1989-12-31").0, 3);
    assert_eq!(error("DATE", "D#2026/02").0, 7);
    assert_eq!(error("TOD", "24:00:00").0, 1);
    assert_eq!(error("TOD", "10:00:00.0001").0, 1);
    assert_eq!(error("DT", "DT#2026-11-20").0, 14);
    assert_eq!(error("STRING[9]", "'abc").0, 5);
    assert_eq!(error("STRING[9]", "'é$Q'").0, 3);
    assert_eq!(error("STRING[9]", "\"abc\"").0, 1);
    assert_eq!(error("WSTRING[9]", "'$D83Dx'").0, 2);
    assert_eq!(error("CHAR", "'ab'").0, 1);
    assert_eq!(error("WCHAR", "😀").0, 1);
    assert_eq!(error("INT[2]", "[1]"), (3, "column 3: 2 elements are wanted, and 1 stand here".into()));
    assert_eq!(error("INT[2]", "[1, 2, 3]").0, 8);
    assert_eq!(error("INT[2]", "[4000000000(1)]").0, 2);
    assert_eq!(error("INT[2]", "[1; 2]").0, 3);
    assert_eq!(error("BYTE[2]", "0a0").0, 1);
    assert_eq!(error("BYTE[2]", "0a").0, 1);
    assert_eq!(error("STRING[2][1]", "[abc]").0, 2);
    let pair = "STRUCT a : INT; b : BOOL; END_STRUCT";
    assert_eq!(error(pair, "(a := 1)"), (8, "column 8: the member \"b\" has no value here".into()));
    assert_eq!(error(pair, "(a := 1, a := 2)").0, 10);
    assert_eq!(error(pair, "(a = 1)").0, 4);
}
