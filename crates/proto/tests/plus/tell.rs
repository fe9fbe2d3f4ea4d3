//! Messages in the words of the other decoder.
use super::*;
use hepta_proto::plus::object::Element;
use hepta_proto::plus::value::{Array, Blob, Data, ValueType};
use hepta_proto::plus::vlq;

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
            if let (Ask::CreateObject(_), Some(integrity)) = (&message.ask, rest.integrity) {
                rest.integrity = None;
                say("iid", integrity.into());
            }
            ask(&message.ask, &mut say);
        }
        Pdu::Response(message) => {
            say("op", 0x32.into());
            say("fn", message.head.function.to_string().into());
            say("seq", message.head.sequence.into());
            say("tf", format!("{:#x}", message.head.flags.0).into());
            say("rv", format!("{:#x}", message.outcome.0).into());
            if let (Reply::Explore(_), Some(integrity)) = (&message.reply, rest.integrity) {
                rest.integrity = None;
                say("iid", integrity.into());
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
    if let Some(integrity) = rest.integrity {
        vlq::put_u32(&mut end, integrity);
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
            say("fields", items.iter().map(ItemAddress::field_count).sum::<u32>().into());
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
    let kind = match v.ty() {
        ValueType::Rid => "RID".into(),
        ValueType::Aid => "AID".into(),
        ty => ty.to_string(),
    };
    match v.data() {
        Data::Struct(inner) if inner.as_packed().is_none() => {
            let list: Vec<Json> = inner.members().iter().map(|m| json!([m.id, value(&m.value)])).collect();
            json!([kind, inner.id(), list])
        }
        Data::Array(array) => json!([format!("{kind}[]"), v.flags(), many(array)]),
        Data::Sparse(sparse) => {
            let each = sparse.elements().iter().map(|(key, held)| (key.to_string(), one(held)));
            json!([format!("{kind}{{}}"), v.flags(), each.collect::<Map<String, Json>>()])
        }
        held if v.flags() == 0 => json!([kind, one(held)]),
        held => json!([kind, v.flags(), one(held)]),
    }
}

fn one(held: &Data) -> Json {
    match held {
        Data::Null => Json::Null,
        Data::Bool(v) | Data::USInt(v) | Data::Byte(v) => json!(v),
        Data::SInt(v) => json!(v),
        Data::UInt(v) | Data::Word(v) => json!(v),
        Data::Int(v) => json!(v),
        Data::UDInt(v) | Data::Aid(v) => json!(v),
        Data::DWord(v) | Data::Rid(v) => json!(format!("{v:#010x}")),
        Data::DInt(v) => json!(v),
        Data::ULInt(v) | Data::Timestamp(v) => json!(v),
        Data::LWord(v) => json!(format!("{v:#018x}")),
        Data::LInt(v) | Data::Timespan(v) => json!(v),
        Data::Real(v) => json!(f64::from(*v)),
        Data::LReal(v) => json!(v),
        Data::WString(text) => json!(text.as_str()),
        Data::Blob(Blob::Octets(octets)) => json!(["blob", 0, told(octets)]),
        _ => json!(format!("{held:?}")),
    }
}

fn many(array: &Array) -> Json {
    match array {
        Array::USInt(list) | Array::Byte(list) | Array::Bool(list) => list.iter().map(|v| json!(v)).collect(),
        Array::UInt(list) => json!(list),
        Array::UDInt(list) => json!(list),
        _ => json!(format!("{array:?}")),
    }
}

fn object(o: &Object) -> Json {
    let elements: Vec<Json> = o
        .elements
        .iter()
        .map(|element| match element {
            Element::Attribute { id, value: v } => json!(["A", id, value(v)]),
            Element::Relation { id, rid } => json!(["R", id, word(*rid)]),
            Element::Object(child) => json!(["O", object(child)]),
            _ => json!(format!("{element:?}")),
        })
        .collect();
    json!({ "rid": word(o.rid), "cls": o.class, "fl": word(o.class_flags), "aid": o.composition, "els": elements })
}

fn told(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |told, octet| told + &format!("{octet:02x}"))
}

fn qualifier(q: &Qualifier) -> Json {
    json!([
        "OQ",
        [
            [1257, ["RID", format!("{:#010x}", q.parent())]],
            [1258, ["AID", q.composition()]],
            [1259, ["UDInt", q.key()]]
        ]
    ])
}
fn address(item: &ItemAddress) -> Json {
    let mut path = vec![item.sub_area];
    path.extend_from_slice(&item.lids);
    json!([word(item.crc), word(item.area), path])
}
