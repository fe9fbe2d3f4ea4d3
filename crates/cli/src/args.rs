//! How things are spelled on the command line.
use core::time::Duration;

/// `100ms`, `5s`, `1.5s`, `2m`, `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let (number, seconds) = match unit {
        "us" => (2, 1e-6),
        "ms" => (2, 1e-3),
        "s" => (1, 1.0),
        "m" | "min" => (unit.len(), 60.0),
        "h" => (1, 3600.0),
        "" => return Err(format!("{text}: a duration needs a unit, as in {text}ms or {text}s")),
        _ => return Err(format!("{text}: a duration is a number and one of us, ms, s, m, h")),
    };
    let number: f64 =
        text.get(..text.len() - number).unwrap_or_default().parse().map_err(|e| format!("{text}: {e}"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|e| format!("{text}: {e}"))
}

/// `NUMBER=OCTETS`: a data block to make.
pub(crate) fn block(text: &str) -> Result<(u16, u32), String> {
    let (number, size) =
        text.split_once('=').ok_or_else(|| format!("{text}: write NUMBER=OCTETS, as in 1=1024"))?;
    let number =
        number.trim().parse().map_err(|_| format!("{number}: data blocks are numbered 1 to 65535"))?;
    let size = size.trim().parse().map_err(|_| format!("{size}: a data block has 1 to 65536 octets"))?;
    match (number, size) {
        (0, _) => Err("0: data blocks are numbered 1 to 65535".into()),
        (_, 0 | 65_537..) => Err(format!("{size}: a data block has 1 to 65536 octets")),
        _ => Ok((number, size)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let ms = |text| duration(text).map(|d| d.as_millis());
        assert_eq!(
            (ms("100ms"), ms("1.5s"), ms("2m"), ms("1h")),
            (Ok(100), Ok(1500), Ok(120_000), Ok(3_600_000))
        );
        assert!(ms("100").is_err() && ms("s").is_err() && ms("-1s").is_err() && ms("5 parsecs").is_err());
    }

    #[test]
    fn blocks() {
        assert_eq!((block("1=1024"), block("65535=65536")), (Ok((1, 1024)), Ok((65535, 65536))));
        assert!(
            block("0=1").is_err()
                && block("1=0").is_err()
                && block("1=65537").is_err()
                && block("1").is_err()
        );
    }
}
