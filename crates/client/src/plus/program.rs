//! What a client knows of the program: it outlives connections.
use super::{Catalogue, ReturnValue, Symbol, SymbolError};
use hepta_proto::plus::ErrorCode;
use hepta_proto::plus::code::GenericCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The catalogue that was browsed last, or the part of one that symbols brought.
#[derive(Debug, Default)]
pub(super) struct Program(Mutex<Option<Arc<Catalogue>>>);

impl Program {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Catalogue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn known(&self) -> Option<Arc<Catalogue>> {
        self.lock().clone()
    }
    pub(super) fn keep(&self, catalogue: Catalogue) -> Arc<Catalogue> {
        let catalogue = Arc::new(catalogue);
        *self.lock() = Some(Arc::clone(&catalogue));
        catalogue
    }
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }
}

/// All symbols out of what is known, if the CPU need not be asked for any.
pub(super) fn all(known: &Catalogue, symbols: &[&str]) -> Option<Vec<Result<Symbol, SymbolError>>> {
    if known.is_whole() {
        return Some(symbols.iter().map(|symbol| known.symbol(symbol)).collect());
    }
    symbols.iter().map(|symbol| known.complete(symbol).map(Ok)).collect()
}

/// Is the refusal one that a symbol of an older program gets: no such object or LID, another checksum, another interface?
pub(super) fn is_suspect(refusal: ReturnValue) -> bool {
    matches!(
        refusal.code(),
        ErrorCode::ObjectNotFound
            | ErrorCode::InvalidLID
            | ErrorCode::InvalidCRC
            | ErrorCode::TypeInfoNotSet
            | ErrorCode::InvalidTypeInfoModificationTime
            | ErrorCode::OnlyTypeInfoAllowed
            | ErrorCode::ValueConversionNotPossible
    ) || matches!(
        refusal.generic(),
        GenericCode::InvalidObjectIdentifier
            | GenericCode::InvalidAddress
            | GenericCode::InvalidTimestampInTypesafeBlob
            | GenericCode::InvalidDatatype
            | GenericCode::InvalidRange
    )
}
