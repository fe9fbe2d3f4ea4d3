//! The file of known certificates.
mod common;

use common::{Folder, assert_private};
use hepta_tls::{Error, Print, Store};
use std::fs;

fn print(octet: u8) -> Print {
    Print([octet; 32])
}

#[test]
fn what_was_accepted_is_there_later() {
    let folder = Folder::new("store");
    let path = folder.path().join("known");
    let store = Store::open(&path).unwrap();
    assert!(!path.exists(), "nothing was accepted yet");
    assert!(!store.forget("a:102").unwrap());
    store.accept("a:102", print(1)).unwrap();
    store.accept("[fd00::7]:102", print(2)).unwrap();
    store.accept("A:102", print(3)).unwrap();
    assert_private(&path);
    let again = Store::open(&path).unwrap();
    for store in [&store, &again] {
        assert_eq!(store.known("a:102"), Some(print(3)));
        assert_eq!(store.known("[FD00::7]:102"), Some(print(2)));
        assert_eq!((store.known("b:102"), store.known(""), store.known("a b")), (None, None, None));
    }
    assert!(store.forget("a:102").unwrap());
    assert_eq!((store.known("a:102"), Store::open(&path).unwrap().known("a:102")), (None, None));
    // Nothing is left lying about but the lock.
    let mut files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["known", "known.lock"]);
}

#[test]
fn what_a_user_wrote_stays() {
    let folder = Folder::new("comments");
    let path = folder.path().join("known");
    let text = format!("# line 4\r\n\r\n  press.lab:102\t{}  \r\noven:102 {}", print(1), print(2));
    fs::write(&path, &text).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!((store.known("press.lab:102"), store.known("oven:102")), (Some(print(1)), Some(print(2))));
    store.accept("press.lab:102", print(3)).unwrap();
    let expected = format!("# line 4\n\noven:102 {}\npress.lab:102 {}\n", print(2), print(3));
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    // Nothing to change, nothing changed.
    fs::write(&path, &text).unwrap();
    store.accept("press.lab:102", print(1)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_line_that_cannot_be_read_is_an_error_and_stays() {
    let folder = Folder::new("garbage");
    let path = folder.path().join("known");
    let good = format!("a:102 {}\n", print(1));
    let accepted = Store::open(&path).unwrap();
    for bad in [
        "b:102".to_owned(),
        "b:102 abc".into(),
        format!("b:102 {}0", print(2)),
        format!("b:102 {} more", print(2)),
        format!("A:102 {}", print(2)),
        "\u{1}b:102 ".to_owned() + &print(2).to_string(),
    ] {
        let text = format!("{good}# comment\n{bad}\n");
        fs::write(&path, &text).unwrap();
        for error in [Store::open(&path).unwrap_err(), accepted.accept("c:102", print(3)).unwrap_err()] {
            assert!(matches!(error, Error::Line { line: 3, .. }), "{bad}: {error}");
            assert!(error.to_string().contains("known line 3: "), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(Store::open(&path), Err(Error::File { .. })));
    for endpoint in ["", "a b:102", "#a:102", "a\n:102"] {
        assert!(matches!(accepted.accept(endpoint, print(1)), Err(Error::Endpoint(_))), "{endpoint:?}");
    }
}

#[test]
fn writers_at_a_time_lose_nothing() {
    let folder = Folder::new("writers");
    let path = folder.path().join("known");
    std::thread::scope(|scope| {
        for thread in 0..8u8 {
            let path = &path;
            scope.spawn(move || {
                // Each its own handle, as if in a process of its own.
                let store = Store::open(path).unwrap();
                for i in 0..10u8 {
                    store.accept(&format!("plc{thread}-{i}:102"), print(thread * 16 + i)).unwrap();
                }
            });
        }
        // Who reads meanwhile never sees half a file.
        scope.spawn(|| {
            for _ in 0..200 {
                Store::open(&path).unwrap();
            }
        });
    });
    let store = Store::open(&path).unwrap();
    for thread in 0..8u8 {
        for i in 0..10u8 {
            assert_eq!(store.known(&format!("plc{thread}-{i}:102")), Some(print(thread * 16 + i)));
        }
    }
}
