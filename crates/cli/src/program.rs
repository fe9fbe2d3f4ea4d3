//! How the program of a CPU is shown: names, types, and what else there is to tell of a leaf.
use core::fmt::Write as _;
use hepta_proto::plus::catalogue::{Catalogue, Dimension, Kind, Leaf, Leaves, Node, fits};
use hepta_proto::plus::typed;
use serde_json::{Value as Json, json};

/// Which names are wanted.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Wanted {
    /// Names to show, as TIA Portal writes them or without quotes: `"My DB".motor[3]`, `*.speed`, `Motor?`. `*` is any
    /// characters, `?` any one; upper and lower case are the same. A block or struct stands for all that is in it. Everything,
    /// if none is given.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Arrays of elementary values element by element.
    #[arg(long)]
    elements: bool,
    /// What a DTL is made of, instead of it.
    #[arg(long)]
    parts: bool,
    /// Only what HMI, OPC UA and web may use.
    #[arg(long)]
    accessible: bool,
}

impl Wanted {
    pub(crate) fn filter(&self) -> Filter {
        // Whoever names a struct means what is in it, too. Names are compared as browsed, without quotes.
        let below = |name: &String| {
            let name = name.replace('"', "");
            [format!("{name}.*"), format!("{name}[*"), name]
        };
        Filter { names: self.names.iter().flat_map(below).collect(), wanted: self.clone() }
    }
}

/// [`Wanted`], ready to compare.
#[derive(Debug)]
pub(crate) struct Filter {
    names: Vec<String>,
    wanted: Wanted,
}

impl Filter {
    /// Is everything wanted?
    pub(crate) fn all(&self) -> bool {
        self.names.is_empty() && !self.wanted.accessible
    }
    /// The leaves that are wanted, in the order of the CPU.
    pub(crate) fn leaves<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = Leaf<'a>> {
        self.chosen(catalogue.leaves())
    }
    /// Is something wanted of what lies below, or it itself?
    pub(crate) fn within(&self, node: &Node<'_>) -> bool {
        self.all() || self.chosen(node.leaves()).next().is_some()
    }
    fn chosen<'a>(&'a self, leaves: Leaves<'a>) -> impl Iterator<Item = Leaf<'a>> {
        let leaves = if self.wanted.elements { leaves.elements() } else { leaves };
        let leaves = if self.wanted.parts { leaves.parts() } else { leaves };
        leaves.filter(|leaf| self.takes(leaf))
    }
    fn takes(&self, node: &Node<'_>) -> bool {
        (!self.wanted.accessible || node.flags().accessible) && (self.names.is_empty() || self.named(node))
    }
    fn named(&self, node: &Node<'_>) -> bool {
        let path = node.path().replace('"', "");
        // A tag is called by its name alone, too.
        let short = path.split_once('.').filter(|_| !node.root().is_block()).map(|(_, tag)| tag);
        self.names.iter().any(|name| fits(name, &path) || short.is_some_and(|tag| fits(name, tag)))
    }
    /// Does a tree show what is in it? Elements of elementary arrays, and members of a `DTL`, if that is asked for. What has no
    /// leaf is not gone through: so is an array that says that it has more elements than any block has room for.
    pub(crate) fn opens(&self, node: &Node<'_>) -> bool {
        let wanted = match node.kind() {
            Kind::Struct => true,
            Kind::Array => self.wanted.elements || typed::of_soft(node.soft(), node.max()).is_none(),
            Kind::Value => self.wanted.parts,
            _ => false,
        };
        wanted && self.chosen(node.leaves()).next().is_some()
    }
}

/// The type as TIA Portal would write it, as far as the CPU tells.
pub(crate) fn type_of(node: &Node<'_>) -> String {
    let mut text = dimensions(node.dimensions());
    let whole = || typed::of_soft(node.soft(), node.max());
    match (node.kind(), node.bits().map_or_else(whole, |bits| Some(bits.ty()))) {
        (Kind::Block, _) => text.push_str(if instance(node) { "DB of a function block" } else { "DB" }),
        (Kind::Area, _) => text.push_str("tags"),
        (_, Some(ty)) => _ = write!(text, "{ty}"),
        (_, None) => text.push_str(node.soft().name().unwrap_or("?")),
    }
    text
}

/// Has it the type of a function block?
fn instance(node: &Node<'_>) -> bool {
    node.root().type_rid().is_some_and(|rid| matches!(rid >> 24, 0x93 | 0x02))
}

fn dimensions(all: impl Iterator<Item = Dimension>) -> String {
    let mut text = String::new();
    for dimension in all {
        let comma = if text.is_empty() { "ARRAY[" } else { ", " };
        let _ = write!(text, "{comma}{}..{}", dimension.lower, dimension.upper());
    }
    if !text.is_empty() {
        text.push_str("] OF ");
    }
    text
}

/// What is special about it, in words.
pub(crate) fn notes(node: &Node<'_>) -> Vec<&'static str> {
    let flags = node.flags();
    let said = [
        (flags.retain, "retain"),
        (flags.read_only, "read only"),
        (!flags.accessible, "not accessible"),
        (!flags.visible, "not visible"),
    ];
    said.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
}

/// All that is known of a leaf, as one object.
pub(crate) fn object(node: &Node<'_>) -> Json {
    let (flags, item, optimised, classic) = (node.flags(), node.item(), node.optimised(), node.classic());
    let bounds: Vec<Json> = node.dimensions().map(|d| json!([d.lower, d.upper()])).collect();
    json!({
        "name": node.path(),
        "symbol": node.tia(),
        "type": type_of(node),
        "soft_type": node.soft().0,
        "access": access(node),
        "crc": item.crc,
        "dimensions": bounds,
        "optimised": {"octet": optimised.octet, "bit": optimised.bit},
        "classic": {"octet": classic.octet, "bit": classic.bit},
        "optimised_access": flags.optimised,
        "visible": flags.visible,
        "accessible": flags.accessible,
        "read_only": flags.read_only,
        "retain": flags.retain,
        "section": flags.section.name().unwrap_or_default(),
    })
}

/// The access path, without the checksum.
pub(crate) fn access(node: &Node<'_>) -> String {
    let mut item = node.item();
    item.crc = 0;
    item.to_string()
}

/// The last part of a name, as a tree shows it.
pub(crate) fn label(node: &Node<'_>) -> String {
    let path = node.path();
    let name = node.name();
    // What follows the name is the index.
    match path.rsplit_once('[').filter(|_| path.ends_with(']') && !name.ends_with(']')) {
        Some((_, index)) => format!("[{index}"),
        None => crate::session::clean(name),
    }
}
