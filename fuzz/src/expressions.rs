//! An expression, alone and inside of text.

use serde_json::json;

/// The bytes between `${{` and `}}`, and as a whole value of a manifest.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for value in [format!("${{{{ {text} }}}}"), text.into_owned()] {
        let value = json!(value);
        super::manifest::check(&format!(
            "version: 1\nname: a\nvars: {{ a: [1, {{ b: c }}] }}\ntriggers: [{{ id: t, manual: {{}} }}]\n\
             steps:\n  - id: s\n    uses: shop/order\n    with: {{ id: {value} }}\n    if: {value}\noutput: {value}\n"
        ));
    }
}
