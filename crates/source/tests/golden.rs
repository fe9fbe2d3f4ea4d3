//! Whole programs in the field's style, and what they become.
use core::fmt::Write as _;
use hepta_proto::data::{Notes, Struct, Type, Value};
use hepta_source::{BlockKind, Import, Program};

const FILES: [&str; 4] = ["demo.db", "Motor.udt", "Plant.scl", "classic.awl"];

fn data(file: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn import<'a>(files: impl IntoIterator<Item = &'a str>) -> Program {
    let mut import = Import::new();
    for file in files {
        import.file(file, data(file).as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    }
    import.numbers(&data("sidecar.toml")).unwrap();
    import.finish().unwrap_or_else(|e| panic!("{e}"))
}

fn notes(notes: &Notes) -> String {
    let mut text = format!("{:?}", notes.section);
    let said = [
        (notes.retain, " retain"),
        (!notes.visible, " hidden"),
        (!notes.accessible, " closed"),
        (!notes.writable, " fixed"),
    ];
    text.extend(said.iter().filter(|(is, _)| *is).map(|(_, word)| *word));
    if let Some(comment) = &notes.comment {
        write!(text, " // {comment}").unwrap();
    }
    text
}

fn members(text: &mut String, members: &Struct) {
    for member in members.members() {
        let said = notes(&member.notes().cloned().unwrap_or_default());
        writeln!(text, "  {}.{} {} : {} [{said}]", member.offset(), member.bit(), member.name(), member.ty())
            .unwrap();
    }
}

/// The program as a text that people can check.
fn shown(program: &Program) -> String {
    let mut text = String::new();
    for (what, list) in [("type", &program.types), ("fb", &program.fbs)] {
        for ty in list {
            writeln!(text, "{what} {} of {} octets", ty.origin().name().unwrap(), ty.size()).unwrap();
            members(&mut text, ty);
        }
    }
    for block in &program.blocks {
        let kind = match &block.kind {
            BlockKind::Global => "global".to_owned(),
            BlockKind::Typed(ty) => format!("of the type {}", Type::Struct(ty.clone())),
            BlockKind::Instance(fb) => format!("instance of {}", Type::Struct(fb.clone())),
        };
        let access = if block.optimised { "optimised" } else { "standard" };
        writeln!(text, "block {} {:?}, {kind}, {access}, at {}", block.number, block.name, block.at).unwrap();
        for variable in &block.variables {
            let first = variable.initial.as_ref().map_or_else(|| "-".to_owned(), Value::to_string);
            writeln!(text, "  {} : {} [{}]", variable.name, variable.ty, notes(&variable.notes)).unwrap();
            writeln!(text, "    {first}").unwrap();
        }
    }
    for skipped in &program.skipped {
        writeln!(text, "skipped {}: {}", skipped.at, skipped.what).unwrap();
    }
    text
}

#[test]
fn a_program_in_the_style_of_the_field() {
    let text = shown(&import(FILES));
    let golden = data("program.txt").replace("\r\n", "\n");
    for (line, (is, was)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "line {} of\n{text}", line + 1);
    }
    assert_eq!(text.lines().count(), golden.lines().count(), "{text}");
}

#[test]
fn files_come_in_any_order() {
    let sorted = |program: Program| {
        // Numbers and order of blocks are those of the files.
        let mut lines: Vec<String> = shown(&program).lines().map(str::to_owned).collect();
        lines.iter_mut().filter(|line| line.starts_with("block")).for_each(|line| {
            *line = line.split_once('"').unwrap().1.to_owned();
        });
        lines.sort();
        lines
    };
    let forward = sorted(import(FILES));
    assert_eq!(sorted(import(FILES.into_iter().rev())), forward);
}

#[test]
fn every_first_value_fits_its_type() {
    let program = import(FILES);
    let all = program.blocks.iter().flat_map(|block| &block.variables);
    let mut count = 0;
    for variable in all {
        if let Some(value) = &variable.initial {
            let mut octets = Vec::new();
            variable.ty.encode(value, &mut octets).unwrap_or_else(|e| panic!("{}: {e}", variable.name));
            assert_eq!(octets.len(), variable.ty.size());
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
