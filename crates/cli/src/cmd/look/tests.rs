//! What keys do, and what is drawn: on a terminal that is none.
use super::draw::{draw, height};
use super::state::{Key, Look, Row};
use hepta::plus::{BrowseOptions, Catalogue};
use hepta_server::Emulator;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::sync::Arc;

const SOURCE: &str = r#"
DATA_BLOCK "Plant"
{ S7_Optimized_Access := 'TRUE' }
VAR
  state : Int := 3;
  motor : Array[0..2] of Struct
    speed : Real;
    on : Bool;
  END_STRUCT;
  log : Array[1..1200] of Int;
END_VAR
BEGIN
END_DATA_BLOCK
"#;

fn catalogue() -> Arc<Catalogue> {
    let mut import = hepta_source::Import::new();
    import.file("plant.db", SOURCE.as_bytes()).unwrap();
    let emulator = Emulator::builder().profile("s7-1200@3.0".parse().unwrap()).start().unwrap();
    emulator.plc().load(&import.finish().unwrap()).unwrap();
    let url = format!("s7plus://{}?security=open", emulator.addr());
    let mut client = hepta::plus::blocking::Client::new(url.parse().unwrap());
    client.browse(BrowseOptions::default()).unwrap()
}

fn names(look: &Look<'_>) -> Vec<String> {
    let name = |row: &Row<'_>| match row {
        Row::Node { node, .. } => node.path(),
        Row::More { .. } => "...".to_owned(),
    };
    look.rows.iter().map(name).collect()
}

fn press(look: &mut Look<'_>, keys: &[Key]) {
    assert!(keys.iter().all(|key| look.press(*key)), "none of these ends it");
}

fn search(look: &mut Look<'_>, text: &str) {
    press(look, &[Key::Char('/')]);
    text.chars().for_each(|c| press(look, &[Key::Char(c)]));
    press(look, &[Key::Enter]);
}

#[test]
fn branches_open_and_close() {
    let catalogue = catalogue();
    let mut look = Look::new(&catalogue);
    assert_eq!(names(&look), ["Plant"]);
    press(&mut look, &[Key::Right]);
    assert_eq!(names(&look), ["Plant", "Plant.state", "Plant.motor", "Plant.log"]);
    press(&mut look, &[Key::Down, Key::Down, Key::Right, Key::Down, Key::Enter, Key::Down]);
    assert_eq!(
        names(&look)[2..7],
        ["Plant.motor", "Plant.motor[0]", "Plant.motor[0].speed", "Plant.motor[0].on", "Plant.motor[1]"]
    );
    assert_eq!(look.at, 4);
    // To the left: first to what it is in, then that closes.
    press(&mut look, &[Key::Left, Key::Left, Key::Left, Key::Left, Key::Left, Key::Left]);
    assert_eq!((names(&look), look.at), (vec!["Plant".to_owned()], 0));
    assert!(!look.press(Key::Quit));
}

#[test]
fn long_arrays_come_in_parts() {
    let catalogue = catalogue();
    let mut look = Look::new(&catalogue);
    press(&mut look, &[Key::Right, Key::End, Key::Right]);
    assert_eq!((look.rows.len(), names(&look).pop().unwrap()), (4 + 500 + 1, "...".to_owned()));
    press(&mut look, &[Key::End, Key::Enter, Key::End, Key::Enter, Key::End]);
    assert_eq!(names(&look).pop().unwrap(), "Plant.log[1200]");
    assert_eq!(look.rows.len(), 4 + 1200);
    assert!(look.top > 0 && look.at < look.top + look.height, "it is in sight");
}

#[test]
fn a_search_opens_what_is_above() {
    let catalogue = catalogue();
    let mut look = Look::new(&catalogue);
    search(&mut look, "SPEED");
    assert_eq!(names(&look)[look.at], "Plant.motor[0].speed");
    press(&mut look, &[Key::Char('n')]);
    assert_eq!(names(&look)[look.at], "Plant.motor[1].speed");
    press(&mut look, &[Key::Char('n'), Key::Char('n')]);
    assert_eq!(names(&look)[look.at], "Plant.motor[0].speed", "round and round");
    search(&mut look, "nothing like it");
    assert!(look.said.as_deref().unwrap().contains("nothing like it"), "{:?}", look.said);
    assert_eq!(names(&look)[look.at], "Plant.motor[0].speed");
}

#[test]
fn the_tree_with_its_values_is_drawn() {
    let catalogue = catalogue();
    let mut look = Look::new(&catalogue);
    press(&mut look, &[Key::Right, Key::Down]);
    let mut terminal = Terminal::new(TestBackend::new(60, 8)).unwrap();
    look.height = height(8);
    let seen: Vec<_> = look.seen().iter().map(hepta::plus::Node::path).collect();
    assert_eq!(seen, ["Plant.state"]);
    look.values.insert("Plant.state".to_owned(), Ok("3".to_owned()));
    terminal.draw(|frame| draw(frame, &look, "s7plus://example")).unwrap();
    let buffer = terminal.backend().buffer();
    let lines: Vec<String> = (0..8)
        .map(|y| (0..60).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "s7plus://example",
            "▾ Plant  DB1",
            "    state  INT  3",
            "  ▸ motor  ARRAY[0..2] OF STRUCT",
            "  ▸ log  ARRAY[1..1200] OF INT",
            "",
            "\"Plant\".state  8A0E0001.9",
            "arrows: move, open, close   /: search   n: next   q: quit",
        ]
    );
}
