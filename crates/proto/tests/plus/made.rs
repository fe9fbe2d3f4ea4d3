//! Messages made up, of every type, for a property test.
use super::*;
use hepta_proto::plus::code::Function;
use hepta_proto::plus::header::{self, TransportFlags};
use hepta_proto::plus::message::{ItemCode, Receipt, Request, Response, Second, reply};
use hepta_proto::plus::outcome::ReturnValue;
use hepta_proto::plus::value::{Data, Member};
use proptest::collection::vec;
use proptest::option;

fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::new(Data::Null)),
        any::<bool>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u32>().prop_map(Value::rid),
        ".{0,8}".prop_map(|text| Value::text(&text)),
        vec(any::<u8>(), 0..40).prop_map(Value::blob),
        vec(any::<u32>(), 0..8).prop_map(Value::addresses),
        vec(any::<u8>(), 0..8).prop_map(Value::octets),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        vec((1_u32.., inner), 0..4).prop_map(|members| {
            let members = members.into_iter().map(|(id, value)| Member { id, value });
            Value::from(Struct::new(314, members.collect()))
        })
    })
    .boxed()
}

fn object() -> impl Strategy<Value = Object> {
    let flat = (any::<u32>(), any::<u32>(), vec((any::<u32>(), value()), 0..4));
    (flat, option::of(any::<u32>())).prop_map(|((rid, class, attributes), child)| {
        let object = attributes.into_iter().fold(Object::new(rid, class), |o, (id, v)| o.with(id, v));
        match child {
            Some(rid) => object.with_child(Object::new(rid, 255)),
            None => object,
        }
    })
}

fn qualifier() -> impl Strategy<Value = Qualifier> {
    (any::<u32>(), any::<u32>(), any::<u32>())
        .prop_map(|(parent, composition, key)| Qualifier::new(parent, composition, key))
}

fn addresses() -> impl Strategy<Value = Addresses<'static>> {
    let item = (any::<u32>(), any::<u32>(), any::<u32>(), vec(any::<u32>(), 0..4));
    let item = item.prop_map(|(crc, area, sub_area, lids)| ItemAddress {
        crc,
        area,
        sub_area,
        lids: lids[..].into(),
    });
    prop_oneof![
        vec(item, 0..5).prop_map(|items| Addresses::Items(items.into())),
        (1_u32.., any::<u32>(), vec(any::<u32>(), 0..5)).prop_map(|(object, items, ids)| Addresses::Ids {
            object,
            items,
            ids: ids.into()
        }),
    ]
}

fn numbered() -> impl Strategy<Value = Vec<(u32, Value)>> {
    vec((1_u32.., value()), 0..5)
}

fn failures() -> impl Strategy<Value = Vec<(u32, ReturnValue)>> {
    vec((1_u32.., any::<u64>().prop_map(ReturnValue)), 0..5)
}

fn opens() -> impl Strategy<Value = Opens> {
    prop_oneof![
        any::<u32>().prop_map(Opens::Id),
        (any::<u8>(), object()).prop_map(|(n, o)| Opens::Object(n, o))
    ]
}

fn ask() -> impl Strategy<Value = Ask<'static>> {
    let ids = || vec(any::<u32>(), 0..4).prop_map(Cow::Owned);
    prop_oneof![
        Just(Ask::InitSsl),
        (any::<u32>(), value(), any::<u32>(), object()).prop_map(|(parent, value, unknown, object)| {
            Ask::CreateObject(ask::CreateObject { parent, value, unknown, object })
        }),
        (1_u32.., qualifier()).prop_map(|(object, qualifier)| {
            Ask::DeleteObject(ask::DeleteObject { object, qualifier: Some(qualifier) })
        }),
        (any::<u32>(), ids(), value(), qualifier()).prop_map(|(object, ids, value, qualifier)| {
            Ask::SetVariable(ask::SetVariable { object, ids, value, qualifier })
        }),
        (any::<u32>(), ids(), qualifier()).prop_map(|(object, ids, qualifier)| {
            Ask::GetVariable(ask::GetVariable { object, ids, qualifier, extra: false })
        }),
        (addresses(), numbered(), qualifier()).prop_map(|(addresses, values, qualifier)| {
            Ask::SetMultiVariables(ask::SetMultiVariables { addresses, values: values.into(), qualifier })
        }),
        (addresses(), qualifier()).prop_map(|(addresses, qualifier)| {
            Ask::GetMultiVariables(ask::GetMultiVariables { addresses, qualifier })
        }),
        (any::<u32>(), value(), qualifier(), any::<u16>(), any::<bool>(), value()).prop_map(
            |(object, path, qualifier, unknown, extra, value)| {
                Ask::SetVarSubStreamed(ask::SetVarSubStreamed {
                    object,
                    path,
                    qualifier,
                    unknown,
                    extra,
                    value,
                })
            }
        ),
        (any::<u32>(), value(), qualifier(), any::<u16>()).prop_map(|(object, path, qualifier, unknown)| {
            Ask::GetVarSubStreamed(ask::GetVarSubStreamed { object, path, qualifier, unknown, extra: false })
        }),
        (any::<u32>(), any::<u32>(), any::<[u8; 3]>(), vec(value(), 0..2), ids()).prop_map(
            |(object, association, [recursive, unknown, parents], filters, attributes)| {
                Ask::Explore(ask::Explore {
                    object,
                    association,
                    recursive,
                    unknown,
                    parents,
                    filters,
                    attributes,
                })
            }
        ),
        (any::<u32>(), any::<u32>(), any::<u16>()).prop_map(|(object, association, unknown)| {
            Ask::GetLink(ask::GetLink { object, association, unknown })
        }),
        (any::<u8>(), opens())
            .prop_map(|(kind, opens)| Ask::BeginSequence(ask::BeginSequence { kind, opens })),
        any::<u16>().prop_map(|unknown| Ask::EndSequence(ask::EndSequence { unknown })),
        (any::<u32>(), any::<u32>(), numbered(), any::<u8>()).prop_map(
            |(object, method, arguments, unknown)| {
                Ask::Invoke(ask::Invoke { object, method, arguments: arguments.into(), unknown })
            }
        ),
    ]
}

fn reply() -> impl Strategy<Value = (Function, Reply<'static>)> {
    prop_oneof![
        Just((Function::SetVariable, Reply::Done)),
        (vec(any::<u32>(), 0..4), vec(object(), 0..2)).prop_map(|(ids, objects)| {
            (Function::CreateObject, Reply::CreateObject(reply::CreateObject { ids, objects }))
        }),
        any::<u32>().prop_map(|object| {
            (Function::DeleteObject, Reply::DeleteObject(reply::DeleteObject { object }))
        }),
        value().prop_map(|value| (Function::GetVariable, Reply::GetVariable(reply::GetVariable { value }))),
        failures().prop_map(|list| {
            let reply = reply::SetMultiVariables { failures: list.into() };
            (Function::SetMultiVariables, Reply::SetMultiVariables(reply))
        }),
        (numbered(), failures()).prop_map(|(values, failures)| {
            let reply = reply::GetMultiVariables { values: values.into(), failures: failures.into() };
            (Function::GetMultiVariables, Reply::GetMultiVariables(reply))
        }),
        (any::<u8>(), value()).prop_map(|(unknown, value)| {
            let reply = reply::GetVarSubStreamed { unknown, value };
            (Function::GetVarSubStreamed, Reply::GetVarSubStreamed(reply))
        }),
        (any::<u32>(), vec(object(), 0..3)).prop_map(|(object, objects)| {
            (Function::Explore, Reply::Explore(reply::Explore { object, objects }))
        }),
        vec(any::<u32>(), 0..5)
            .prop_map(|objects| (Function::GetLink, Reply::GetLink(reply::GetLink { objects }))),
        any::<u32>()
            .prop_map(|id| { (Function::BeginSequence, Reply::BeginSequence(reply::BeginSequence { id })) }),
        (any::<[u64; 2]>(), 2_u64.., vec((2_u32.., value()), 0..4), any::<u8>()).prop_map(
            |(outcomes, last, results, unknown)| {
                let outcomes = outcomes.map(ReturnValue);
                let last = Some(ReturnValue(last));
                let reply = reply::Invoke { outcomes, last, results: results.into(), unknown };
                (Function::Invoke, Reply::Invoke(reply))
            }
        ),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        (any::<u32>(), value()).prop_map(|(reference, value)| Item::Value(reference, value)),
        (any::<u32>(), value()).prop_map(|(reference, value)| Item::ShortValue(reference, value)),
        any::<u32>().prop_map(|reference| Item::Failure(ItemCode::Address, reference)),
        any::<u32>().prop_map(|reference| Item::Failure(ItemCode::Address2, reference)),
        any::<u32>().prop_map(Item::Status),
        object().prop_map(Item::Object),
        value().prop_map(Item::Plain),
    ]
}

fn notification() -> impl Strategy<Value = Notification> {
    let second = (0x0100_0000_u32.., any::<u16>(), vec(item(), 0..4));
    // An id that starts with 20 announces a digest, where just as much is left; those of subscriptions start with 7.
    let second =
        option::of(second.prop_map(|(id, unknown, items)| Second { id: id | 1 << 30, unknown, items }));
    let time = option::of(0_u64..1 << 56);
    let count = (any::<u8>(), any::<u32>(), time, 1..=u8::MAX);
    (any::<u32>(), count, vec(item(), 0..4), second).prop_map(|(subscription, count, items, second)| {
        let (tick, sequence, time, change) = count;
        let count = match subscription {
            0..0x7000_0000 => Count::Old { sequence: tick, change },
            _ => Count::New { tick, sequence, time, change },
        };
        let head = Head::Items { unknown: [0x400, 0, 0], count, items };
        Notification { subscription, head, second, tail: Tail::PLAIN }
    })
}

/// A message, the version of its frames, and whether it has an integrity id.
pub(super) fn message() -> impl Strategy<Value = (Pdu<'static>, Version)> {
    let integrity = || option::of(any::<u32>());
    let ends = (any::<u16>(), integrity(), option::of(any::<[u8; 32]>()));
    let request = (ask(), any::<u32>(), any::<u8>(), ends.clone()).prop_map(|(ask, session, flags, ends)| {
        let (sequence, integrity, digest) = ends;
        let head = header::Request {
            flags: TransportFlags(flags),
            ..header::Request::new(ask.function().unwrap(), sequence, session)
        };
        let integrity = integrity.filter(|_| ask != Ask::InitSsl);
        let tail = match digest {
            Some(digest) if ask != Ask::InitSsl => Tail::sealed(integrity, digest),
            _ => ask.tail(integrity),
        };
        Pdu::Request(Request { head, ask, tail })
    });
    let outcome = (any::<u64>(), object()).prop_map(|(outcome, extension)| {
        let outcome = ReturnValue(outcome);
        (outcome, outcome.has_extension().then_some(extension))
    });
    let response = (reply(), outcome, ends).prop_map(|((function, reply), (outcome, extension), ends)| {
        let (sequence, integrity, digest) = ends;
        let head = header::Request::new(function, sequence, 0).response();
        let tail = digest.map_or_else(|| Tail::new(integrity), |digest| Tail::sealed(integrity, digest));
        Pdu::Response(Response { head, outcome, extension, reply, tail })
    });
    let receipt = (any::<u16>(), any::<u64>()).prop_map(|(sequence, outcome)| {
        let function = Function::SetVariable;
        let head =
            header::Response { function, sequence, flags: TransportFlags::NO_ANSWER, reserved: [0; 2] };
        let tail = Tail { fill: 11, ..Tail::PLAIN };
        Pdu::Receipt(Receipt { head, outcome: ReturnValue(outcome), tail })
    });
    let pdu = prop_oneof![
        4 => request,
        4 => response,
        1 => receipt,
        1 => notification().prop_map(Pdu::Notification),
    ];
    // A digest at the end is of version 2 alone.
    pdu.prop_map(|pdu| (pdu, Version::V2))
}
