//! Frames around messages.

crate::codes! {
    /// The second octet of a head.
    pub struct Version(u8) {
        /// `InitSSL` and the session's `CreateObject`, on every CPU.
        V1 = 1,
        /// Old CPUs, and everything inside TLS.
        V2 = 2,
        /// With a session key: a digest in front of each piece.
        V3 = 3,
        SystemEvent = 0xfe,
        KeepAlive = 0xff,
    }
}
