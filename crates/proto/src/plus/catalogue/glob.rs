//! Searching by patterns.
use super::Catalogue;
use super::leaf::{Leaf, Leaves};

/// The leaves whose names a pattern fits: see [`Catalogue::search`].
#[derive(Clone, Debug)]
pub struct Matches<'a, 'p> {
    leaves: Leaves<'a>,
    pattern: &'p str,
}

impl Catalogue {
    /// The leaves whose names, as a browse shows them, the pattern fits: `*` stands for any letters, `?` for one, all others for
    /// themselves in upper or lower case. `*.speed`, `Line*.motor[?].*`.
    pub fn search<'a, 'p>(&'a self, pattern: &'p str) -> Matches<'a, 'p> {
        self.leaves().matching(pattern)
    }
}

impl<'a> Leaves<'a> {
    /// Those whose names the pattern fits: see [`Catalogue::search`].
    pub const fn matching<'p>(self, pattern: &'p str) -> Matches<'a, 'p> {
        Matches { leaves: self, pattern }
    }
}

impl<'a> Iterator for Matches<'a, '_> {
    type Item = Leaf<'a>;
    fn next(&mut self) -> Option<Leaf<'a>> {
        self.leaves.find(|leaf| fits(self.pattern, &leaf.path()))
    }
}

/// Does the pattern fit the whole of `text`? `*` stands for any letters, `?` for one, all others for themselves in upper or lower case. At the worst in time of one length times the other.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what followed the last star did not fit.
    let mut star = None;
    loop {
        let (mut wanted, mut given) = (pattern.clone(), text.clone());
        match (wanted.next(), given.next()) {
            (Some('*'), _) => {
                pattern = wanted;
                star = Some((pattern.clone(), text.clone()));
                continue;
            }
            (None, None) => return true,
            (Some(want), Some(have)) if want == '?' || want.to_lowercase().eq(have.to_lowercase()) => {
                (pattern, text) = (wanted, given);
                continue;
            }
            _ => {}
        }
        match &mut star {
            Some((behind, from)) => {
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind.clone(), from.clone());
            }
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text) in [
            ("*", ""),
            ("*.speed", "Line.motor[3].Speed"),
            ("l?ne.*", "Line.x"),
            ("a*b*c", "a__b_b__c"),
            ("**", "x"),
            ("", ""),
            ("motor[?]", "motor[3]"),
            ("*aab", "aaaaaab"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "x"), ("?", ""), ("*.speed", "speed"), ("a*b", "ac"), ("abc", "ab")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
