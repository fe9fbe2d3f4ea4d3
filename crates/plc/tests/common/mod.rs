//! A client that browses: from the octets of explorations to names and addresses, by the rules that clients have.
#![allow(dead_code, reason = "each test takes what it needs")]
pub(crate) mod plant;

use core::fmt::Write as _;
use hepta_plc::Plc;
use hepta_proto::plus::lists::{OffsetInfo, Vartype};
use hepta_proto::plus::message::ask::Explore;
use hepta_proto::plus::value::{Data, Value};
use hepta_proto::plus::{ItemAddress, Object, ReturnValue, crc};
use hepta_proto::wire::Reader;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}
pub(crate) fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// What a client asks for, and nothing else.
pub(crate) fn ask(object: u32, attributes: &[u32]) -> Explore<'_> {
    Explore {
        object,
        association: 0,
        recursive: 1,
        unknown: 1,
        parents: 0,
        filters: vec![],
        attributes: Cow::Borrowed(attributes),
    }
}
/// The octets of an answer.
pub(crate) fn explored(plc: &Plc, ask: &Explore<'_>) -> Result<Vec<u8>, ReturnValue> {
    let mut found = plc.explore(ask)?;
    let mut out = vec![];
    while found.write(&mut out) {}
    Ok(out)
}
pub(crate) fn objects(plc: &Plc, ask: &Explore<'_>) -> Vec<Object> {
    let out = explored(plc, ask).unwrap();
    let mut r = Reader::new(&out);
    let list = Object::list(&mut r).unwrap();
    r.end("rest").unwrap();
    list
}

/// A variable as a client lists it.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) name: String,
    pub(crate) area: u32,
    pub(crate) path: Vec<u32>,
    /// 0 of an element, or below one.
    pub(crate) crc: u32,
    pub(crate) soft: u8,
    pub(crate) optimised: (u32, u8),
    pub(crate) classic: (u32, u8),
    pub(crate) visible: bool,
    pub(crate) accessible: bool,
    pub(crate) read_only: bool,
    /// Elements of an array that is one item.
    pub(crate) count: u32,
}

impl Leaf {
    pub(crate) fn address(&self) -> ItemAddress {
        let sub_area = if self.area > 0xffff { 2550 } else { 3736 };
        ItemAddress { crc: self.crc, ..ItemAddress::below(self.area, sub_area, self.path.as_slice()) }
    }
    /// As the list of a client among the vectors has it.
    pub(crate) fn line(&self) -> String {
        let mut path = format!("{:X}", self.area);
        self.path.iter().for_each(|lid| write!(path, ".{lid:X}").unwrap());
        let yes = |on| if on { "True" } else { "False" };
        format!(
            "{} {path} sdt={} crc={:08X} opt={}.{} non={}.{} hmi={}/{} n={}",
            self.name,
            self.soft,
            self.crc,
            self.optimised.0,
            self.optimised.1,
            self.classic.0,
            self.classic.1,
            yes(self.visible),
            yes(self.accessible),
            self.count
        )
    }
}

/// Octets of an element of an array, as clients count them.
fn width(soft: u8, a: u16) -> u32 {
    match soft {
        1 | 2 | 3 | 40 | 52 | 55 => 1,
        4 | 5 | 9 | 12 | 23 | 24 | 28 | 29 | 53 | 61 | 144..=170 | 173..=210 => 2,
        14 | 48..=51 | 64..=66 => 8,
        19 => u32::from(a) + 2,
        20 => 6,
        22 | 96 => 10,
        62 => 2 * u32::from(a) + 4,
        67 => 12,
        _ => 4,
    }
}

struct Walk<'a> {
    types: &'a BTreeMap<u32, Object>,
    expand: bool,
    leaves: Vec<Leaf>,
}

/// Where a walk stands.
#[derive(Clone)]
struct At {
    leaf: Leaf,
    sums: Option<Vec<u32>>,
}

/// Indices of an array's elements as names have them, outermost first, with the numbers that paths have.
pub(crate) fn elements(
    bounds: (i32, u32),
    dimensions: Option<([i32; 6], [u32; 6])>,
    soft: u8,
) -> Vec<(String, u32)> {
    let Some((lower, count)) = dimensions else {
        return (0..bounds.1).map(|k| (format!("[{}]", bounds.0 + i32::try_from(k).unwrap()), k)).collect();
    };
    let n = count.iter().take_while(|count| **count > 0).count();
    let row = if soft == 40 && n > 1 { count[0].next_multiple_of(8) } else { count[0] };
    (0..count[..n].iter().product::<u32>())
        .map(|linear| {
            let (mut left, mut k, mut stride, mut names) = (linear, 0, 1, vec![]);
            for (lower, (at, count)) in lower.iter().zip(count[..n].iter().enumerate()) {
                let index = left % count;
                left /= count;
                k += index * stride;
                stride *= if at == 0 { row } else { *count };
                names.push((lower + i32::try_from(index).unwrap()).to_string());
            }
            names.reverse();
            (format!("[{}]", names.join(",")), k)
        })
        .collect()
}

impl Walk<'_> {
    fn ty(&mut self, rid: u32, at: &At) {
        let object = self.types.get(&rid).unwrap_or_else(|| panic!("no type {rid:08x} of {}", at.leaf.name));
        let (Some(types), Some(names)) = (object.vartypes(), object.varnames()) else { return };
        assert_eq!(types.elements().len(), names.names().len(), "{rid:08x}");
        let pairs: Vec<_> = types.elements().iter().cloned().zip(names.names().to_vec()).collect();
        for (member, name) in pairs {
            self.member(&member, name.as_str().unwrap(), at);
        }
    }
    fn size(&self, rid: u32) -> u32 {
        let size = self.types[&rid].attribute(1502).unwrap();
        assert!(matches!(size.data(), Data::UDInt(_)));
        size.as_u32().unwrap()
    }
    fn member(&mut self, member: &Vartype, name: &str, at: &At) {
        let mut at = at.clone();
        let (attributes, bits, soft) = (member.attributes, member.bits, member.soft_type);
        let lower = match &member.offset {
            OffsetInfo::Array(_, bounds) | OffsetInfo::StructArray(_, bounds, ..) => Some(bounds.lower),
            OffsetInfo::Matrix(..) | OffsetInfo::StructMatrix(..) | OffsetInfo::FbArray(_) => Some(0),
            _ => None,
        };
        let sum = crc::member(
            name,
            soft,
            lower.map(|lower| {
                if let OffsetInfo::FbArray(array) = &member.offset
                    && array.dimensions.count[1] == 0
                {
                    array.dimensions.lower[0]
                } else {
                    lower
                }
            }),
        );
        assert_eq!(crc::path([sum]), member.crc, "{}.{name}", at.leaf.name);
        if let Some(sums) = &mut at.sums {
            sums.push(sum);
        }
        let leaf = &mut at.leaf;
        leaf.name = format!("{}.{name}", leaf.name);
        leaf.path.push(member.lid);
        leaf.soft = soft.0;
        leaf.visible &= attributes.visible();
        leaf.accessible &= attributes.accessible();
        leaf.read_only |= attributes.read_only();
        let place = match &member.offset {
            OffsetInfo::Plain { optimised, classic } => ((*optimised).into(), (*classic).into()),
            OffsetInfo::String(place)
            | OffsetInfo::Array(place, _)
            | OffsetInfo::Matrix(place, ..)
            | OffsetInfo::Struct(place, _)
            | OffsetInfo::StructArray(place, ..)
            | OffsetInfo::StructMatrix(place, ..)
            | OffsetInfo::Fb(place, ..) => (place.optimised, place.classic),
            OffsetInfo::FbArray(array) => (array.place.optimised, array.place.classic),
        };
        leaf.optimised = (leaf.optimised.0 + place.0, 0);
        leaf.classic = (leaf.classic.0 + place.1, 0);
        match soft.0 {
            1 => {
                leaf.optimised.1 = attributes.bit();
                leaf.classic.1 = bits.classic_bit().unwrap_or_else(|| attributes.bit());
            }
            40 => leaf.optimised.1 = bits.bit(),
            _ => {}
        }
        let table = |d: &hepta_proto::plus::lists::Dimensions| (d.lower, d.count);
        match &member.offset {
            OffsetInfo::Plain { .. } | OffsetInfo::String(_) => self.leaf(at, 0),
            OffsetInfo::Array(place, bounds) => {
                let all = elements((bounds.lower, bounds.count), None, soft.0);
                self.array(at, &all, width(soft.0, place.a), bounds.count);
            }
            OffsetInfo::Matrix(place, bounds, dimensions) => {
                let all = elements((0, 0), Some(table(dimensions)), soft.0);
                assert_eq!(all.len(), usize::try_from(bounds.count).unwrap());
                self.array(at, &all, width(soft.0, place.a), bounds.count);
            }
            OffsetInfo::Struct(_, relation) | OffsetInfo::Fb(_, relation, _) => self.ty(relation.rid, &at),
            OffsetInfo::StructArray(_, bounds, size, relation) => {
                let all = elements((bounds.lower, bounds.count), None, soft.0);
                assert_eq!(size.optimised, self.size(relation.rid), "{}", at.leaf.name);
                self.structs(&at, &all, (size.optimised, size.classic), relation.rid);
            }
            OffsetInfo::StructMatrix(_, bounds, dimensions, size, relation) => {
                let all = elements((0, 0), Some(table(dimensions)), soft.0);
                assert_eq!(all.len(), usize::try_from(bounds.count).unwrap());
                self.structs(&at, &all, (size.optimised, size.classic), relation.rid);
            }
            OffsetInfo::FbArray(array) => {
                let all = elements((0, 0), Some(table(&array.dimensions)), soft.0);
                assert_eq!(all.len(), usize::try_from(array.count).unwrap());
                self.structs(&at, &all, (array.sizes[2], array.sizes[0]), array.relation.rid);
            }
        }
    }
    fn structs(&mut self, at: &At, all: &[(String, u32)], size: (u32, u32), rid: u32) {
        for ((index, k), linear) in all.iter().zip(0..) {
            let mut at = at.clone();
            at.sums = None;
            at.leaf.name += index;
            at.leaf.path.extend([*k, 1]);
            at.leaf.optimised.0 += linear * size.0;
            at.leaf.classic.0 += linear * size.1;
            // Arrays of DTL are opaque to clients.
            if at.leaf.soft == 67 { self.leaf(at, 0) } else { self.ty(rid, &at) }
        }
    }
    fn array(&mut self, at: At, all: &[(String, u32)], width: u32, count: u32) {
        if !self.expand {
            return self.leaf(at, count);
        }
        for ((index, k), linear) in all.iter().zip(0..) {
            let mut at = at.clone();
            at.sums = None;
            at.leaf.name += index;
            at.leaf.path.push(*k);
            at.leaf.optimised.0 += linear * width;
            at.leaf.classic.0 += linear * width;
            self.leaf(at, 0);
        }
    }
    fn leaf(&mut self, at: At, count: u32) {
        let crc = at.sums.map_or(0, crc::path);
        self.leaves.push(Leaf { crc, count, ..at.leaf });
    }
}

/// All variables, arrays as one or element by element.
pub(crate) fn browse(plc: &Plc, expand: bool) -> Vec<Leaf> {
    let program = objects(plc, &ask(3, &[233, 2521, 4288]));
    let program = program.iter().find(|object| object.class == 2520).unwrap();
    let container = objects(plc, &ask(537, &[]));
    let container = container.iter().find(|object| object.class == 534).unwrap();
    let mut types = BTreeMap::new();
    for ty in container.children() {
        assert_eq!(ty.class, 511);
        assert!(types.insert(ty.rid, ty.clone()).is_none(), "{:08x} is there twice", ty.rid);
        // Alone it is the same.
        assert_eq!(objects(plc, &ask(ty.rid, &[])), core::slice::from_ref(ty));
    }
    let mut roots = vec![];
    for block in program.children().filter(|block| block.class == 2574 && block.rid >> 16 == 0x8a0e) {
        let name = block.attribute(233).and_then(Value::as_str).unwrap().to_owned();
        let ty = plc.read_item(&ItemAddress::below(block.rid, 2550, [1])).unwrap();
        roots.push((name, block.rid, ty.as_rid().unwrap()));
    }
    for (name, rid, ty) in [
        ("IArea", 80, 0x9001_0000),
        ("QArea", 81, 0x9002_0000),
        ("MArea", 82, 0x9003_0000),
        ("S7Timers", 84, 0x9005_0000),
        ("S7Counters", 83, 0x9006_0000),
    ] {
        if types.contains_key(&ty) {
            roots.push((name.into(), rid, ty));
        }
    }
    let mut walk = Walk { types: &types, expand, leaves: vec![] };
    for (name, area, ty) in roots {
        let leaf = Leaf {
            name,
            area,
            path: vec![],
            crc: 0,
            soft: 0,
            optimised: (0, 0),
            classic: (0, 0),
            visible: true,
            accessible: true,
            read_only: false,
            count: 0,
        };
        walk.ty(ty, &At { leaf, sums: Some(vec![]) });
    }
    walk.leaves
}
