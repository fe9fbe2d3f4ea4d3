//! From what has a name to what is read and written for it.
use super::Catalogue;
use super::node::{Kind, Node};
use super::types::is_value;
use crate::data::Type;
use crate::plus::code::SoftType;
use crate::plus::tag::{Bits, Shape, Tag};
use crate::plus::tags::ItemError;
use crate::plus::typed;

/// Values that one variable may be put together of: no block has more members, and more would be no help to anybody.
const MOST: usize = 1 << 20;

impl Tag {
    /// What a node names: a value, an array, a slice of one, bits, a struct or a whole block. Structs are put together of their
    /// members; those that have no value are left out.
    pub fn of(node: &Node<'_>) -> Result<Self, ItemError> {
        let mut left = MOST;
        Ok(Self::new(node.tia(), shape(node, &mut left)?))
    }
}

impl Catalogue {
    /// When the type of that relation id was changed last, in nanoseconds since 1970, if it is known.
    pub fn modified(&self, rid: u32) -> Option<u64> {
        self.types.of(self.types.find(rid)?)?.modified
    }
}

fn shape(node: &Node<'_>, left: &mut usize) -> Result<Shape, ItemError> {
    let none = || ItemError::NoValue(node.tia());
    // Structs count, too: there may be many of nothing.
    spend(left, 1, node)?;
    if let Some(bits) = node.bits() {
        let shift = u8::try_from(bits.shift()).map_err(|_| none())?;
        let ty = typed::of_soft(node.soft(), 0).ok_or_else(none)?;
        return Ok(Shape::Bits { item: node.item(), ty, bits: Bits { width: bits.width, shift } });
    }
    if let Some(slice) = node.slice() {
        let each = slice.elements().map(|at| shape(&node.element(at), left));
        return each.collect::<Result<_, _>>().map(Shape::Elements);
    }
    match node.kind() {
        Kind::Value => Ok(Shape::Value { item: node.item(), ty: node.ty().ok_or_else(none)? }),
        Kind::Array if is_value(node.soft()) => {
            // One by one they may be as many as that.
            spend(left, usize::try_from(node.count()).unwrap_or(usize::MAX), node)?;
            let Some(Type::Array(array)) = node.ty() else { return Err(none()) };
            Ok(Shape::Array { item: node.item(), array, padded: node.soft() == SoftType::BBOOL })
        }
        Kind::Array if node.inner().is_none() => Err(none()),
        Kind::Array => {
            node.children().map(|child| shape(&child, left)).collect::<Result<_, _>>().map(Shape::Elements)
        }
        Kind::Struct | Kind::Block => {
            // What is not known may have a value all the same, until all is known that can be.
            let has_value = |child: &Node<'_>| {
                child.kind() != Kind::Other || child.relation() != 0 && !node.catalogue.is_whole()
            };
            let member = |child: Node<'_>| Ok((child.name().into(), shape(&child, left)?));
            node.children().filter(has_value).map(member).collect::<Result<_, _>>().map(Shape::Struct)
        }
        Kind::Area | Kind::Other => Err(none()),
    }
}

fn spend(left: &mut usize, many: usize, node: &Node<'_>) -> Result<(), ItemError> {
    *left = left.checked_sub(many).ok_or_else(|| ItemError::TooMany(node.tia()))?;
    Ok(())
}
