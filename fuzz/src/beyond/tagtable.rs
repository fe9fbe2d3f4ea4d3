//! Tables of tags from any octets, in all forms: read, or refused with a place in the file; what is read can stand in a CPU.
use hepta_proto::data::{Absolute, Type};
use hepta_source::tag_table;

/// The first octet says which form, the others are the file.
pub fn run(data: &[u8]) {
    let Some((form, octets)) = data.split_first() else { return };
    let forms = ["t.xml", "t.csv", "t.sdf", "t.asc", "t.xlsx"];
    let file = forms[usize::from(*form) % forms.len()];
    let table = match tag_table(file, octets) {
        Ok(table) => table,
        Err(error) => {
            assert_eq!(&*error.at.file, file);
            assert!(error.at.line > 0 || error.at.column == 0, "{error}");
            assert!(error.to_string().len() < 2000, "{error}");
            return;
        }
    };
    let mut names: Vec<String> = Vec::new();
    for tag in &table.tags {
        Absolute::new(tag.area, tag.octet, tag.bit, tag.ty.clone())
            .unwrap_or_else(|e| panic!("{tag:?}: {e}"));
        names.push(tag.name.to_lowercase());
    }
    for tag in table.unresolved {
        names.push(tag.name.to_lowercase());
        let (name, at) = (tag.name.clone(), tag.at.clone());
        match tag.resolve(Type::LReal) {
            Ok(tag) => assert_eq!((tag.name, tag.ty), (name, Type::LReal)),
            Err(error) => assert_eq!(error.at, at),
        }
    }
    names.extend(table.constants.iter().map(|(name, _)| name.to_lowercase()));
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "names are of one tag");
    assert!(names.iter().all(|name| !name.trim().is_empty() && !name.contains('"')));
}
