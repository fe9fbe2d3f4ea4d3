//! Options of the client from a text: read, or refused with a place within it; and what is shown of them says the same.
use hepta::Options;

/// Any text.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    read(&text);
    // So that the fuzzer need not learn the start.
    if !text.starts_with("s7:") {
        read(&format!("s7://h?{text}"));
    }
}

fn read(url: &str) {
    let options = match url.parse::<Options>() {
        Ok(options) => options,
        Err(error) => {
            assert!((1..=url.chars().count() + 1).contains(&error.column), "{url}: {error}");
            return;
        }
    };
    let shown = options.to_string();
    let again: Options = shown.parse().unwrap_or_else(|e| panic!("{url} is shown as {shown}: {e}"));
    assert_eq!(format!("{again:?}"), format!("{options:?}"), "{url} is shown as {shown}");
    assert_eq!(again.endpoint(), options.endpoint());
}
