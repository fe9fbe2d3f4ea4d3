//! hepta: read, write, watch, serve, decode and diagnose Siemens S7 from the command line.
mod capture;
mod cmd;

fn main() {}
