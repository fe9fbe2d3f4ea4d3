//! `rust-server PORT AREAS_FILE`: the `snap7-server` crate on loopback, filled from the same areas file as every other server.
use snap7_server::{DataStore, S7Server, ServerConfig};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&arguments[2]).expect("areas file");
    let areas: Vec<(String, u16, String)> = serde_json::from_str(&text).expect("[area, index, hex] triples");
    let store = DataStore::new();
    for (name, index, hex) in &areas {
        let area = rust_peers::area_code(name);
        let bytes = rust_peers::from_hex(hex);
        // Its store is keyed by what a frame says, and frames carry DB number 0 outside of data blocks.
        store.write_area(area, if name == "DB" { *index } else { 0 }, 0, &bytes);
    }
    let config = ServerConfig {
        bind_addr: format!("127.0.0.1:{}", arguments[1]).parse().expect("port"),
        max_connections: 1024,
    };
    let server = S7Server::bind(config).await.expect("bind");
    println!("listening on {}", server.local_addr().expect("bound address"));
    server.serve(store).await.expect("serve");
}
