//! An address is read, or refused with a place within the text; and what is shown of one is read as the same.
use hepta_proto::data::{Absolute, Address, AddressFault};

/// Any text.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let absolute = text.parse::<Absolute>();
    let address = match text.parse::<Address>() {
        Ok(address) => address,
        Err(error) => {
            assert!((1..=text.chars().count() + 1).contains(&error.column), "{error}");
            assert!(!error.what.to_string().is_empty());
            if let AddressFault::Width { .. } = error.what {
                let hint = error.hint.strip_prefix("write ").expect("what to write instead");
                assert!(hint.parse::<Absolute>().is_ok(), "the hint is no address: {error}");
            }
            assert_eq!(absolute, Err(error));
            return;
        }
    };
    let shown = address.to_string();
    assert_eq!(shown.parse().as_ref(), Ok(&address), "{shown}");
    match (&address, absolute) {
        (Address::Absolute(one), Ok(other)) => assert_eq!(*one, other),
        (Address::Symbol(_), Err(error)) => assert_eq!(error.what, AddressFault::Symbolic),
        (_, other) => panic!("{other:?}"),
    }
    let ty = match &address {
        Address::Absolute(absolute) => {
            let start = absolute.place.byte as usize;
            let counted = matches!(absolute.ty.element().to_string().as_str(), "TIMER" | "COUNTER");
            let end = start + if counted { absolute.ty.count() } else { absolute.ty.size() };
            assert!(end <= 65_536, "{shown} ends behind what can be addressed");
            Some(&absolute.ty)
        }
        Address::Symbol(symbol) => symbol.ty(),
        _ => None,
    };
    if let Some(ty) = ty {
        assert_eq!(ty.to_string().parse().as_ref(), Ok(ty));
    }
}
