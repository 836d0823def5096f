//! Requests a second to a server in the same process: what egress itself costs.
//!
//! `cargo run --release --example throughput -- [SECONDS] [TASKS] [THREADS]`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mortise_egress::{Client, Reach, Request, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// As large as a small order.
const BODY: &[u8] = &[b'x'; 900];
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|text| text.parse::<u64>().unwrap());
    let seconds = arguments.next().unwrap_or(3);
    let tasks = arguments.next().unwrap_or(64);
    let threads = arguments.next().unwrap_or(2);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(threads as usize)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(seconds, tasks));
}

async fn measure(seconds: u64, tasks: u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    let allow_private = vec!["127.0.0.0/8".parse().unwrap()];
    let client = Arc::new(
        Client::new(Settings {
            allow_private,
            ..Settings::default()
        })
        .unwrap(),
    );
    let reach = Arc::new(Reach::grants("default", "mortise/http", [address.to_string()]).unwrap());
    let done = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let until = start + Duration::from_secs(seconds);
    let mut running = Vec::new();
    for _ in 0..tasks {
        let (client, reach, done) = (Arc::clone(&client), Arc::clone(&reach), Arc::clone(&done));
        running.push(tokio::spawn(async move {
            let url = format!("http://{address}/orders?source=bench");
            let headers = [
                ("content-type", "application/json"),
                ("idempotency-key", "01JABCDEFGHJKMNPQRSTVWXYZ0"),
            ];
            let body = Bytes::from_static(BODY);
            while Instant::now() < until {
                let request =
                    Request::from_plugin(&reach, "POST", &url, headers, body.clone()).unwrap();
                let answer = client.send(request, &reach, None).await.unwrap();
                assert_eq!((answer.status, answer.body.len()), (200, 11));
                done.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in running {
        task.await.unwrap();
    }
    let (done, passed) = (done.load(Ordering::Relaxed), start.elapsed());
    println!(
        "{done} requests in {passed:.2?} with {tasks} tasks: {:.0}/s",
        done as f64 / passed.as_secs_f64()
    );
}

/// Answers every request of the one size that this benchmark sends, as cheaply as possible.
async fn serve(mut socket: TcpStream) {
    socket.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 4096];
    let mut filled = 0;
    while let Ok(size @ 1..) = socket.read(&mut buffer[filled..]).await {
        filled += size;
        if buffer[..filled].ends_with(BODY) {
            filled = 0;
            socket.write_all(ANSWER).await.unwrap();
        }
    }
}
