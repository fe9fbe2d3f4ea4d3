//! Values, types, addresses.
