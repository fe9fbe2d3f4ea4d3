//! The commands, one a file: its arguments, and what it does.
pub(crate) mod bench;
pub(crate) mod browse;
pub(crate) mod decode;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod dump;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod look;
pub(crate) mod read;
pub(crate) mod serve;
pub(crate) mod watch;
pub(crate) mod write;
