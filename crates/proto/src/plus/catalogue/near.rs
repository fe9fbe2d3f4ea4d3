//! Names like one that is not there.
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// How many names are looked at: an answer to a mistake must not take long either.
const LOOKED_AT: usize = 20_000;

/// How many are told.
const TOLD: usize = 3;

/// Those of `known` that are like `name`, the nearest first: the same in other letters, parts of each other, or few letters apart.
pub(super) fn names<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).take(64).collect();
    let most = (wanted.len() / 3).clamp(1, 4);
    let mut best: Vec<(usize, &str)> = Vec::new();
    for candidate in known.take(LOOKED_AT) {
        let worst = best.get(TOLD - 1).map_or(most + 1, |(far, _)| *far);
        if let Some(far) = distance(&wanted, candidate, most).filter(|far| *far < worst) {
            let at = best.partition_point(|(other, _)| *other <= far);
            best.insert(at, (far, candidate));
            best.truncate(TOLD);
        }
    }
    best.into_iter().map(|(_, name)| name.into()).collect()
}

/// Letters to change, add, leave away or swap, if they are no more than `most`; upper and lower case are alike. What starts with
/// the other counts as near.
fn distance(wanted: &[char], candidate: &str, most: usize) -> Option<usize> {
    let letters = candidate.chars().flat_map(char::to_lowercase).take(65);
    let other: Vec<char> = letters.collect();
    if wanted.len() >= 3 && (other.starts_with(wanted) || other.len() >= 3 && wanted.starts_with(&other)) {
        return Some(wanted.len().abs_diff(other.len()).min(most));
    }
    if wanted.len().abs_diff(other.len()) > most {
        return None;
    }
    let (mut before, mut row) = (Vec::new(), (0..=other.len()).collect::<Vec<usize>>());
    let mut last = None;
    for (n, letter) in wanted.iter().enumerate() {
        let mut next = vec![n + 1];
        let (mut left, mut left_letter) = (n + 1, None);
        for (at, (with, pair)) in other.iter().zip(row.windows(2)).enumerate() {
            let [diagonal, up] = pair else { continue };
            let changed = diagonal + usize::from(letter != with);
            left = changed.min(up + 1).min(left + 1);
            if last == Some(with) && left_letter == Some(letter) {
                let swapped = at.checked_sub(1).and_then(|at| before.get(at)).map_or(left, |far| far + 1);
                left = left.min(swapped);
            }
            left_letter = Some(with);
            next.push(left);
        }
        last = Some(letter);
        before = core::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|far| *far <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_first() {
        let known = ["speed", "Speed2", "spend", "torque", "x"];
        assert_eq!(names("sped", known.into_iter()), ["speed", "spend"]);
        assert_eq!(names("SPEED", known.into_iter()), ["speed", "Speed2", "spend"]);
        assert_eq!(names("torq", known.into_iter()), ["torque"]);
        assert_eq!(names("nothing like it", known.into_iter()), Vec::<String>::new());
        assert_eq!(names("y", known.into_iter()), ["x"]);
        assert_eq!(names("cuont", ["count", "cuts", "noun"].into_iter()), ["count"]);
    }
}
