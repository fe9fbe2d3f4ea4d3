//! Where something is in the tree: which member of each level, and of arrays which element.
use super::types::NONE;
use alloc::vec::Vec;

/// One level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Step {
    /// The number of the member among all members.
    pub(super) member: u32,
    /// The element, in the row of all; [`NONE`]: the whole.
    pub(super) element: u32,
}

/// Levels, the outermost first; up to eight do not allocate.
#[derive(Clone, Debug)]
pub(super) struct Path {
    len: u8,
    few: [Step; 8],
    more: Vec<Step>,
}

impl Path {
    const EMPTY: Step = Step { member: NONE, element: NONE };

    pub(super) const fn new() -> Self {
        Self { len: 0, few: [Self::EMPTY; 8], more: Vec::new() }
    }
    pub(super) fn push(&mut self, step: Step) {
        match self.few.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = step;
                self.len += 1;
            }
            None => self.more.push(step),
        }
    }
    pub(super) fn pop(&mut self) {
        if self.more.pop().is_none() {
            self.len = self.len.saturating_sub(1);
        }
    }
    pub(super) fn len(&self) -> usize {
        usize::from(self.len) + self.more.len()
    }
    pub(super) fn steps(&self) -> impl DoubleEndedIterator<Item = Step> {
        self.few.iter().take(usize::from(self.len)).chain(&self.more).copied()
    }
    pub(super) fn last(&self) -> Option<Step> {
        match self.more.last() {
            Some(step) => Some(*step),
            None => self.few.get(usize::from(self.len).checked_sub(1)?).copied(),
        }
    }
    pub(super) fn last_mut(&mut self) -> Option<&mut Step> {
        match self.more.last_mut() {
            Some(step) => Some(step),
            None => self.few.get_mut(usize::from(self.len).checked_sub(1)?),
        }
    }
}
