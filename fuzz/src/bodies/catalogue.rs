//! Types of any kind become a catalogue that can be walked, counted, searched, kept and read back; symbols of any kind are found
//! or are an error that says where.
use hepta_proto::plus::Object;
use hepta_proto::plus::blob;
use hepta_proto::plus::catalogue::{Builder, Catalogue, Kind};
use hepta_proto::wire::Reader;
use sha2::{Digest as _, Sha256};

/// Leaves that are looked at, of however many there are.
const WALKED: usize = 300;

/// Objects with types (from `a1` on), the body of a kept catalogue (behind `F`), a compressed blob (behind `Z`), or a symbol.
pub fn run(data: &[u8]) {
    match data {
        [0xa1, ..] => {
            let mut builder = program();
            let taken = builder.types(&mut Reader::new(data), |_| ());
            let catalogue = builder.finish();
            walk(&catalogue);
            if taken.is_ok() {
                kept(&catalogue);
            }
        }
        [b'F', body @ ..] => {
            let mut octets = b"HEPTACAT\x00\x01".to_vec();
            octets.extend_from_slice(&(body.len() as u64).to_be_bytes());
            octets.extend_from_slice(&Sha256::digest(body));
            octets.extend_from_slice(body);
            if let Ok(catalogue) = Catalogue::from_octets(&octets) {
                walk(&catalogue);
                kept(&catalogue);
            }
        }
        [b'Z', stream @ ..] => {
            if let Ok(octets) = blob::inflate(stream, 10_000, |_| Some(b"a dictionary")) {
                assert!(octets.len() <= 10_000);
            }
        }
        symbol => {
            let mut builder = program();
            let types = include_bytes!("../../corpus/catalogue/seed-container");
            builder.types(&mut Reader::new(types), |_| ()).expect("a recorded answer");
            look(&builder.finish(), &String::from_utf8_lossy(symbol));
        }
    }
}

/// Two blocks of one type.
fn program() -> Builder {
    let mut builder = Builder::new();
    let block = |number: u32, name: &str| Object::new(0x8a0e_0000 + number, 2574).with(233, name);
    builder.blocks(&[block(1, "Demo"), block(2, "a b.c")]);
    builder.describe_all([0x9200_0001, 0x9200_0001]);
    builder
}

fn look(catalogue: &Catalogue, symbol: &str) {
    match catalogue.find(symbol) {
        Ok(node) => {
            let found = node.symbol();
            assert_eq!(found.item(), &node.item());
            for item in found.items().take(20) {
                assert_eq!(item.area, found.item().area);
            }
            // What is shown leads back to it: the names of this program have nothing in them that could be mistaken.
            let again = catalogue.find(&node.tia());
            assert!(again.as_ref() == Ok(&node), "{symbol}: {node} {again:?}");
        }
        Err(error) => {
            assert!(error.column >= 1 && error.column <= symbol.chars().count() + 1, "{symbol}: {error}");
            assert!(error.near.len() <= 3);
        }
    }
}

fn walk(catalogue: &Catalogue) {
    let leaves = || catalogue.leaves().elements();
    for leaf in leaves().parts().take(WALKED) {
        let (item, flags) = (leaf.item(), leaf.flags());
        assert!(!item.lids.is_empty() && item.lids.len() <= 100);
        assert_eq!(leaf.kind(), Kind::Value, "{leaf}");
        assert!(flags.section.0 < 8 && leaf.optimised().bit < 8 && leaf.classic().bit < 8);
        assert_eq!(leaf.symbol().item(), &item);
        assert!(leaf.path().starts_with(leaf.root().name()));
        // Names may be ambiguous, so it need not be this one; but it never panics.
        let _ = (catalogue.find(&leaf.tia()), catalogue.find(&leaf.path()));
    }
    for leaf in catalogue.leaves().take(WALKED) {
        assert!(matches!(leaf.kind(), Kind::Value | Kind::Array), "{leaf}");
        let _ = (leaf.ty(), leaf.children().take(5).count());
    }
    // Counted without going there is as many as there are.
    if catalogue.count(true) < 5_000 {
        assert_eq!(leaves().count() as u64, catalogue.count(true));
    } else {
        assert_eq!(leaves().take(WALKED).count(), WALKED);
    }
    for root in catalogue.roots() {
        for node in root.children().take(50) {
            let _ = (node.ty(), node.interface(), node.dimensions().count());
            for child in node.children().take(5) {
                if child.leaves_count(true) < 500 {
                    assert_eq!(child.leaves().elements().count() as u64, child.leaves_count(true));
                }
            }
        }
    }
    assert!(catalogue.problems().len() <= 64);
}

/// What is kept and read back is the same.
fn kept(catalogue: &Catalogue) {
    let octets = catalogue.to_octets();
    let again = Catalogue::from_octets(&octets).expect("it was just made");
    assert_eq!(again.to_octets(), octets);
    assert_eq!((again.count(true), again.stamp()), (catalogue.count(true), catalogue.stamp()));
    let names = |catalogue: &Catalogue| -> Vec<String> {
        catalogue.leaves().take(50).map(|leaf| leaf.path()).collect()
    };
    assert_eq!(names(&again), names(catalogue));
}
