//! A hello of TLS as a CPU judges it: the same verdict however it is cut, nothing kept beyond a bound, and what is handed on is
//! what came.
use hepta_tls::TlsError;
use hepta_tls::hello::{Hello, judge};

/// How it is packed, how it is cut; then the octets.
pub fn run(data: &[u8]) {
    let [mode, cut, octets @ ..] = data else { return };
    let octets = match mode % 4 {
        // As they come.
        0 => octets.to_vec(),
        // As the body of a hello, in one record, or in several: the fuzzer need not learn the lengths.
        packed => {
            let _ = judge(octets);
            let Ok(length) = u16::try_from(octets.len()) else { return };
            let message = [&[1, 0][..], &length.to_be_bytes(), octets].concat();
            let most = if packed == 1 { 16_000 } else { usize::from(*mode).max(1) };
            message.chunks(most).flat_map(record).collect()
        }
    };
    let whole = hear(&octets, usize::MAX);
    let pieces = hear(&octets, usize::from(*cut).max(1));
    match (whole, pieces) {
        (Ok(Some(n)), Ok(Some(m))) => assert!(m <= n && n <= octets.len()),
        (whole, pieces) => assert_eq!(whole, pieces),
    }
}

fn record(part: &[u8]) -> Vec<u8> {
    let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
    [&[22, 3, 1][..], &length.to_be_bytes(), part].concat()
}

/// How many octets are handed on, if the hello is one that a CPU takes.
fn hear(octets: &[u8], cut: usize) -> Result<Option<usize>, TlsError> {
    let (mut hello, mut fed) = (Hello::default(), 0);
    for part in octets.chunks(cut) {
        fed += part.len();
        if let Some(held) = hello.receive(part)? {
            assert_eq!(held, octets[..fed]);
            return Ok(Some(fed));
        }
    }
    Ok(None)
}
