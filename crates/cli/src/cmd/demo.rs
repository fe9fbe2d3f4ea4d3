//! `hepta demo`: an emulated CPU with a plant, and a live table of it, over TCP.
use super::serve::{LISTEN, bind};
use crate::args::duration;
use crate::exit::{Exit, Failure, say};
use crate::plant::{ADDRESSES, BLOCK, DB, Image, Plant, STEP};
use crate::table::Table;
use crate::values::{Asked, row};
use core::time::Duration;
use hepta::Options;
use hepta::plc::Plc as Client;
use hepta_plc::{Plc, Profile};
use hepta_proto::classic::Area;
use std::time::Instant;

/// Start an emulated CPU with a small lively plant on loopback, and watch it over TCP in the same terminal.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// End by itself; the exit status is 0 only if at least 20 values were read over the wire and one of them changed.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// No colours, and only what has changed, a line each.
    #[arg(long)]
    plain: bool,
    /// How often to look.
    #[arg(long, default_value = "500ms", value_parser = duration)]
    every: Duration,
}

pub(crate) async fn run(args: Demo) -> Result<Exit, Failure> {
    let plc = Plc::new(Profile::lab());
    plc.add_block(DB, BLOCK).map_err(Failure::usage)?;
    // If somebody else is at the usual port, any free one does.
    let server = match bind(LISTEN, plc.clone(), hepta_server::Options::default()).await {
        Ok(server) => server,
        Err(_) => bind("127.0.0.1:0", plc.clone(), hepta_server::Options::default()).await?,
    };
    let addr = server.addr();
    let port = addr.port();
    say(format_args!(
        "An emulated CPU with a small plant listens on {addr} (rack 0, slot 1, DB{DB} of {BLOCK} octets).\n\
         Reach it with other tools while this runs, for instance:\n  \
           hepta watch s7://{addr} DB1.DBD0:REAL DB1.DBD12:REAL\n  \
           hepta watch s7plus://{addr} DB1.DBD0:REAL --insecure      (S7CommPlus inside TLS)\n  \
           python: snap7.client.Client().connect(\"127.0.0.1\", 0, 1, {port})\n  \
           nmap -Pn -p {port} --script +s7-info 127.0.0.1\n"
    ))?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(async move { drop(stopped.await) }));
    let running = tokio::spawn(live(plc));
    let watched = tokio::select! {
        watched = watch(&args, addr) => watched,
        () = super::serve::stop_signal() => Ok(Exit::Good),
    };
    running.abort();
    drop(stop);
    let _ = serving.await;
    watched
}

/// The plant's program: one round after the other, into the CPU's memory.
async fn live(plc: Plc) {
    let mut plant = Plant::default();
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(STEP));
    loop {
        ticks.tick().await;
        plant.step();
        let clock = hepta_plc::date_and_time(plc.now());
        let Image { db, clock_flags, probe, outputs, timer, counter } = plant.image(clock);
        for (area, number, start, octets) in [
            (Area::Db, DB, 0, &db[..]),
            (Area::Flags, 0, 0, &[clock_flags]),
            (Area::Flags, 0, 10, &[1]),
            (Area::Inputs, 0, 0, &probe.to_be_bytes()),
            (Area::Outputs, 0, 0, &[outputs]),
            (Area::Timers, 0, 1, &timer.to_be_bytes()),
            (Area::Counters, 0, 1, &counter.to_be_bytes()),
        ] {
            if let Err(error) = plc.write(area, number, start, octets) {
                tracing::error!(%error, "the plant cannot write");
            }
        }
    }
}

async fn watch(args: &Demo, addr: core::net::SocketAddr) -> Result<Exit, Failure> {
    let client = Client::open(Options::new(addr.ip().to_string()).port(addr.port())).await?;
    let texts: Vec<String> = ADDRESSES.iter().map(|(address, _)| (*address).to_owned()).collect();
    let asked = Asked::parse(&texts)?;
    let addresses = Asked::addresses(&asked);
    let mut table = Table::new(args.plain);
    let end = args.time.map(|time| Instant::now() + time);
    let mut ticks = tokio::time::interval(args.every);
    let (mut read, mut first, mut changed) = (0, None, false);
    while end.is_none_or(|end| Instant::now() < end) {
        ticks.tick().await;
        let values = client.read(&addresses).await?;
        read = values.iter().filter(|value| value.is_ok()).count();
        let noted = asked.iter().zip(&values).zip(ADDRESSES);
        let rows: Vec<_> =
            noted.map(|((asked, value), (_, note))| row(&asked.address, value, note)).collect();
        let texts: Vec<String> = rows.iter().map(|row| row.text.clone()).collect();
        changed |= first.as_ref().is_some_and(|first| *first != texts);
        first.get_or_insert(texts);
        table.draw(rows)?;
    }
    client.close().await;
    let what = if changed { "some changed" } else { "none changed" };
    say(format_args!("\n{read} values were read over the wire, and {what}."))?;
    Ok(if read >= 20 && changed { Exit::Good } else { Exit::Partly })
}
