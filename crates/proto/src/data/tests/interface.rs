use super::*;
use alloc::string::ToString;

#[test]
fn handles_are_numbers_with_a_name() {
    let names = ["HW_IO", "hw_any", "DB_ANY", "OB_CYCLIC", "CONN_OUC", "PORT", "CONN_R_ID", "AOM_IDENT"];
    for name in names {
        let ty: Type = name.parse().unwrap();
        assert_eq!(ty.to_string(), name.to_uppercase());
        assert_eq!(ty.size(), ty.base().size());
        let value = ty.parse("7").unwrap();
        let mut octets = Vec::new();
        ty.encode(&value, &mut octets).unwrap();
        assert_eq!((octets.len(), octets.last()), (ty.size(), Some(&7)));
        assert_eq!(ty.decode(&octets).unwrap(), value);
    }
    let many: Type = "ARRAY[0..2] OF HW_IO".parse().unwrap();
    assert_eq!(many.decode(&[0, 1, 0, 2, 0, 3]).unwrap().to_vec::<u16>().unwrap(), [1, 2, 3]);
    assert!(Type::Handle(Handle(160)).parse("40000").is_err());
    assert_eq!((Handle::named("HW_NONE"), Handle::of(5)), (None, None));
}

#[test]
fn pointers_are_octets() {
    for (name, size) in [("POINTER", 6), ("ANY", 10), ("REMOTE", 10)] {
        let ty: Type = name.parse().unwrap();
        let octets: Vec<u8> = (1..=size).collect();
        let value = ty.decode(&octets).unwrap();
        assert_eq!(value, Value::Bytes(octets.clone()));
        let mut again = Vec::new();
        ty.encode(&value, &mut again).unwrap();
        assert_eq!(again, octets);
        assert!(ty.encode(&Value::Bytes(octets[1..].to_vec()), &mut again).is_err());
    }
}

#[test]
fn system_types_have_their_names() {
    for name in ["IEC_TIMER", "IEC_LTIMER", "IEC_COUNTER", "IEC_ULCOUNTER", "ErrorStruct", "NREF", "CREF"] {
        let ty: Type = name.parse().unwrap();
        assert_eq!(ty.to_string(), name);
        let Type::Struct(members) = &ty else { panic!("{name}") };
        let Origin::System(system) = members.origin() else { panic!("{name}") };
        assert_eq!(System::of(system.soft()), Some(*system));
        assert!(!members.members().is_empty());
    }
    let same = [("TON_TIME", "IEC_TIMER"), ("tonr_ltime", "IEC_LTIMER"), ("CTUD_INT", "IEC_COUNTER")];
    for (name, of) in same.into_iter().chain([("CTU_UDINT", "IEC_UDCOUNTER")]) {
        assert_eq!(System::named(name).unwrap().name(), of);
    }
    assert_eq!(
        (System::named("CTU_TIME"), System::named("TON_INT"), System::named("CREF_")),
        (None, None, None)
    );
}

#[test]
fn what_is_said_of_a_member_stays() {
    let mut speed = Field::new("speed", Type::Real);
    speed.notes = Notes { section: Section::Input, retain: true, lid: Some(12), ..Notes::default() };
    let made = Struct::of(Origin::Fb("Drive".into()), [Field::new("on", Type::Bool), speed.clone()]).unwrap();
    assert_eq!(made.members()[0].notes(), None);
    assert_eq!(made.members()[1].notes(), Some(&speed.notes));
    assert_eq!(made.origin().name(), Some("Drive"));
}
