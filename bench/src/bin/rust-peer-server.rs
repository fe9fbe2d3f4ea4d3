//! The server of the crate snap7-server, as its documentation starts it: `rust-peer-server PORT`.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0u16);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let store = snap7_server::DataStore::new();
        store.write_bytes(1, 0, &[0; 65_535]);
        let bind_addr = format!("127.0.0.1:{port}").parse()?;
        let config = snap7_server::ServerConfig { bind_addr, max_connections: 2000 };
        let server = snap7_server::S7Server::bind(config).await?;
        println!("listening on {}", server.local_addr()?);
        server.serve(store).await?;
        Ok(())
    })
}
