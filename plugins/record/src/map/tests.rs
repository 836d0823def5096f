#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake;
use serde_json::{Value, json};

use super::Map;

fn bench(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../bench/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The mapping of the bench's workflow.
fn bench_mapping() -> Value {
    let workflow: Value = serde_saphyr::from_str(&bench("workflow.yaml")).unwrap();
    workflow["steps"][0]["with"].clone()
}

#[test]
fn the_order_of_the_bench_becomes_exactly_its_invoice() {
    let order: Value = serde_json::from_str(&bench("order.json")).unwrap();
    let invoice: Value = serde_json::from_str(&bench("invoice.json")).unwrap();
    let outcomes = fake::apply::<Map>(&bench_mapping(), &[order]).unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap(), &[invoice]);
}

#[test]
fn timing() {
    use mortise_sdk::RawTransform;
    let config = bench_mapping().to_string();
    let order = bench("order.json");
    for _ in 0..3 {
        let start = std::time::Instant::now();
        for _ in 0..10000 {
            Map::apply_all(&config, vec![order.clone()]).unwrap();
        }
        println!("{:?} {}", start.elapsed() / 10000, config.len());
    }
    let _ = json!(1);
}
