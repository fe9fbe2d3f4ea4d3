//! A CPU with two blocks, to measure: `serve [ADDRESS] [PROFILE]`. DB1 holds 0, 1, .. 255, 0, .., 65,535 octets; DB2 1,024.
use hepta_server::plc::{Block, Plc, Profile};
use hepta_server::{Options, Server};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut args = std::env::args().skip(1);
    let addr = args.next().unwrap_or_else(|| "127.0.0.1:1102".into()).parse()?;
    let profile: Profile = args.next().map_or_else(|| Ok(Profile::lab()), |name| name.parse())?;
    let plc = Plc::new(profile);
    plc.set_put_get(true);
    let ramp: Vec<u8> = (0..=255).cycle().take(65_535).collect();
    plc.add_block_with(2, Block { octets: ramp[..1024].to_vec(), optimised: false })?;
    plc.add_block_with(1, Block { octets: ramp, optimised: false })?;
    Server::bind(addr, plc, Options { connections: 4096, ..Options::default() })?
        .run(core::future::pending())?;
    Ok(())
}
