//! Messages in the words of the other decoder.
use super::*;
use hepta_proto::plus::object::Element;
use hepta_proto::plus::value::{Blob, Data, Many, One, Struct, ValueType};

pub(super) fn tail(pdu: &Pdu<'_>) -> Tail {
    match pdu {
        Pdu::Request(message) => message.tail,
        Pdu::Response(message) => message.tail,
        Pdu::Receipt(message) => message.tail,
        Pdu::Notification(message) => message.tail,
        _ => panic!("{pdu:?}"),
    }
}

fn word(number: u32) -> Json {
    format!("{number:#x}").into()
}

pub(super) fn pdu(pdu: &Pdu<'_>) -> Map<String, Json> {
    let mut said = Map::new();
    let mut say = |key: &str, what: Json| said.insert(key.into(), what);
    say("res1", 0.into());
    say("res2", 0.into());
    let mut rest = tail(pdu);
    match pdu {
        Pdu::Request(message) => {
            say("op", 0x31.into());
            say("fn", message.head.function.to_string().into());
            say("seq", message.head.sequence.into());
            say("sess", word(message.head.session));
            say("tf", format!("{:#04x}", message.head.flags.0).into());
            if let Ask::CreateObject(_) = message.ask {
                if let Some(integrity) = rest.integrity.take() {
                    say("iid", integrity.into());
                }
            }
            ask(&message.ask, &mut say);
        }
        Pdu::Response(message) => {
            say("op", 0x32.into());
            say("fn", message.head.function.to_string().into());
            say("seq", message.head.sequence.into());
            say("tf", format!("{:#x}", message.head.flags.0).into());
            say("rv", format!("{:#x}", message.outcome.0).into());
            if let Reply::Explore(_) = message.reply {
                if let Some(integrity) = rest.integrity.take() {
                    say("iid", integrity.into());
                }
            }
            reply(&message.reply, &mut say);
        }
        Pdu::Receipt(message) => {
            say("op", 2.into());
            say("fn", message.head.function.to_string().into());
            say("seq", message.head.sequence.into());
            say("tf", format!("{:#x}", message.head.flags.0).into());
            say("rv", format!("{:#x}", message.outcome.0).into());
        }
        Pdu::Notification(message) => {
            say("op", 0x33.into());
            say("fn", "Notification".into());
            say("ntf", notification(message));
        }
        _ => panic!("{pdu:?}"),
    }
    let mut end = vec![];
    if let Some(mut integrity) = rest.integrity {
        let mut groups = vec![integrity & 0x7f];
        while integrity > 0x7f {
            integrity >>= 7;
            groups.insert(0, integrity & 0x7f | 0x80);
        }
        end.extend(groups.iter().map(|group| *group as u8));
    }
    end.resize(end.len() + rest.fill, 0);
    if let Some(digest) = rest.digest {
        end.push(0x20);
        end.extend(digest);
    }
    say("rest", told(&end).into());
    said
}

fn ask(ask: &Ask<'_>, say: &mut impl FnMut(&str, Json) -> Option<Json>) {
    match ask {
        Ask::InitSsl | Ask::Other(_) => {}
        Ask::CreateObject(ask) => {
            say("reqid", word(ask.parent));
            say("val", value(&ask.value));
            say("unk", word(ask.unknown));
            say("obj", json!([object(&ask.object)]));
        }
        Ask::DeleteObject(ask) => {
            say("id", word(ask.object));
            if let Some(q) = &ask.qualifier {
                say("fill", 0.into());
                say("oq", qualifier(q));
            }
        }
        Ask::SetVariable(ask) => {
            say("inobj", word(ask.object));
            say("addr", json!(ask.ids));
            say("val", value(&ask.value));
            say("oq", qualifier(&ask.qualifier));
            say("unk", 0.into());
        }
        Ask::SetMultiVariables(ask) => {
            addresses(&ask.addresses, say);
            say("vals", values(&ask.values));
            say("fill", 0.into());
            say("oq", qualifier(&ask.qualifier));
        }
        Ask::GetMultiVariables(ask) => {
            addresses(&ask.addresses, say);
            say("oq", qualifier(&ask.qualifier));
        }
        Ask::SetVarSubStreamed(ask) => {
            say("inobj", word(ask.object));
            say("adr", value(&ask.path));
            say("oq", qualifier(&ask.qualifier));
            say("unk2", word(ask.unknown.into()));
            say("val", value(&ask.value));
        }
        Ask::GetVarSubStreamed(ask) => {
            say("inobj", word(ask.object));
            say("adr", value(&ask.path));
            say("oq", qualifier(&ask.qualifier));
            say("unk2", word(ask.unknown.into()));
        }
        Ask::Explore(ask) => {
            say("id", word(ask.object));
            say("rid", ask.association.into());
            say("rec", ask.recursive.into());
            say("unk", ask.unknown.into());
            say("par", ask.parents.into());
            say("oc", ask.filters.len().into());
            say("filters", ask.filters.iter().map(value).collect());
            say("addr", json!(ask.attributes));
        }
        Ask::GetLink(ask) => {
            say("u1", word(ask.object));
            say("id", ask.association.into());
            say("u2", word(ask.unknown.into()));
        }
        Ask::BeginSequence(ask::BeginSequence { kind, opens }) => {
            say("type", (*kind).into());
            match opens {
                Opens::Object(octet, o) => {
                    say("vt", 1.into());
                    say("u", (*octet).into());
                    say("obj", json!([object(o)]));
                }
                Opens::Id(id) => {
                    say("vt", 18.into());
                    say("id", word(*id));
                }
                _ => {}
            }
        }
        Ask::EndSequence(ask) => {
            say("u", word(ask.unknown.into()));
        }
        _ => panic!("{ask:?} is in no vector"),
    }
}

fn reply(reply: &Reply<'_>, say: &mut impl FnMut(&str, Json) -> Option<Json>) {
    match reply {
        Reply::Done | Reply::Other(_) => {}
        Reply::CreateObject(reply) => {
            say("ids", reply.ids.iter().map(|id| word(*id)).collect());
            if !reply.objects.is_empty() {
                say("obj", reply.objects.iter().map(object).collect());
            }
        }
        Reply::DeleteObject(reply) => {
            say("id", word(reply.object));
        }
        Reply::SetMultiVariables(reply) => {
            say("errs", json!(reply.failures.iter().map(|(n, o)| (n, o.0.to_string())).collect::<Vec<_>>()));
        }
        Reply::GetMultiVariables(reply) => {
            say("vals", values(&reply.values));
            say("errs", json!(reply.failures.iter().map(|(n, o)| (n, o.0.to_string())).collect::<Vec<_>>()));
        }
        Reply::GetVarSubStreamed(reply) => {
            say("unk", reply.unknown.into());
            say("val", value(&reply.value));
        }
        Reply::Explore(reply) => {
            say("id", word(reply.object));
            say("objs", reply.objects.iter().map(object).collect());
        }
        Reply::GetLink(reply) => {
            say("links", reply.objects.iter().map(|rid| word(*rid)).collect());
        }
        Reply::BeginSequence(reply) => {
            say("vt", 18.into());
            say("id", word(reply.id));
        }
        _ => panic!("{reply:?} is in no vector"),
    }
}

fn notification(message: &Notification) -> Json {
    let Head::Items { unknown: [a, b, c], count, items } = &message.head else { panic!("{message:?}") };
    let mut told = json!({ "sub": word(message.subscription) });
    told["u2"] = word((*a).into());
    told["u3"] = word((*b).into());
    told["u4"] = word((*c).into());
    match count {
        Count::Old { sequence, change } => {
            told["seq"] = (*sequence).into();
            told["chg"] = (*change).into();
        }
        Count::New { tick, sequence, time, change } => {
            told["ctick"] = (*tick).into();
            told["seq"] = (*sequence).into();
            if let Some(time) = time {
                told["ts"] = (*time).into();
            }
            told["chg"] = (*change).into();
        }
        _ => panic!("{count:?}"),
    }
    told["vals"] = items
        .iter()
        .map(|item| match item {
            Item::Value(reference, v) => json!(["0x92", reference, value(v)]),
            Item::ShortValue(reference, v) => json!(["0x9b", reference, value(v)]),
            Item::Failure(code, reference) => json!([format!("{:#x}", code.0), reference]),
            _ => json!(format!("{item:?}")),
        })
        .collect();
    told
}

fn addresses(addresses: &Addresses<'_>, say: &mut impl FnMut(&str, Json) -> Option<Json>) {
    match addresses {
        Addresses::Items(items) => {
            say("inobj", word(0));
            say("items", items.len().into());
            say("fields", items.iter().map(|item| item.field_count()).sum::<u32>().into());
            say("addr", items.iter().map(address).collect());
        }
        Addresses::Ids { object, items, ids } => {
            say("inobj", word(*object));
            say("items", (*items).into());
            say("fields", ids.len().into());
            say("addr", json!(ids));
        }
    }
}

fn values(list: &[(u32, Value)]) -> Json {
    list.iter().map(|(number, v)| json!([number, value(v)])).collect()
}

fn value(v: &Value) -> Json {
    let kind = v.kind.to_string();
    // Structs and blobs are told without the mark.
    let kind = if kind == "Rid" || kind == "Aid" { kind.to_uppercase() } else { kind };
    match &v.data {
        Data::One(One::Struct(inner)) => match &**inner {
            Struct::Members(id, list) => json!([kind, id, values(list)]),
            other => json!(format!("{other:?}")),
        },
        Data::One(held) if v.flags == 0 => json!([kind, one(v.kind, held)]),
        Data::One(held) => json!([kind, v.flags, one(v.kind, held)]),
        Data::Many(many) => {
            let list: Vec<Json> = match many {
                Many::Octets(list) => list.iter().map(|v| json!(v)).collect(),
                Many::Words(list) => list.iter().map(|v| json!(v)).collect(),
                Many::Doubles(list) => list.iter().map(|v| json!(v)).collect(),
                Many::Signed(list) => list.iter().map(|v| json!(v)).collect(),
                Many::Others(list) => list.iter().map(|held| one(v.kind, held)).collect(),
                _ => panic!("{many:?}"),
            };
            json!([format!("{kind}[]"), v.flags, list])
        }
        Data::Sparse(list) => {
            let map: Map<String, Json> =
                list.iter().map(|(key, held)| (key.to_string(), one(v.kind, held))).collect();
            json!([format!("{kind}{{}}"), v.flags, map])
        }
        _ => panic!("{v:?}"),
    }
}

fn one(kind: ValueType, held: &One) -> Json {
    match held {
        One::Null => Json::Null,
        One::Octet(v) if kind == ValueType::SInt => json!(i8::from_be_bytes([*v])),
        One::Octet(v) => json!(v),
        One::Word(v) if kind == ValueType::Int => json!(i16::from_be_bytes(v.to_be_bytes())),
        One::Word(v) => json!(v),
        One::Double(v) if kind == ValueType::Real => json!(f64::from(f32::from_bits(*v))),
        One::Double(v) if kind == ValueType::DWord || kind == ValueType::Rid => json!(format!("{v:#010x}")),
        One::Double(v) => json!(v),
        One::Signed(v) => json!(v),
        One::Quad(v) if kind == ValueType::LReal => json!(f64::from_bits(*v)),
        One::Quad(v) if kind == ValueType::LWord => json!(format!("{v:#018x}")),
        One::Quad(v) => json!(v),
        One::Long(v) => json!(v),
        One::Text(text) => json!(String::from_utf8_lossy(text)),
        One::Blob(Blob::Plain(root, octets)) => json!(["blob", root, told(octets)]),
        _ => json!(format!("{held:?}")),
    }
}

fn object(o: &Object) -> Json {
    let elements: Vec<Json> = o
        .elements
        .iter()
        .map(|element| match element {
            Element::Attribute(id, v) => json!(["A", id, value(v)]),
            Element::Relation(id, rid) => json!(["R", id, word(*rid)]),
            Element::Child(child) => json!(["O", object(child)]),
            _ => json!(format!("{element:?}")),
        })
        .collect();
    json!({ "rid": word(o.rid), "cls": o.class, "fl": word(o.flags), "aid": o.attribute, "els": elements })
}

fn told(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn qualifier(q: &Qualifier) -> Json {
    json!([
        "OQ",
        [
            [1257, ["RID", format!("{:#010x}", q.parent)]],
            [1258, ["AID", q.composition]],
            [1259, ["UDInt", q.key]]
        ]
    ])
}
fn address(item: &ItemAddress) -> Json {
    let mut path = vec![item.sub_area];
    path.extend(&item.lids);
    json!([word(item.crc), word(item.area), path])
}
