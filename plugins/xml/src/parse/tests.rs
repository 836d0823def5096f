#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::{self, Host};

use super::*;

fn parse(input: &Value) -> Result<Value, Failure> {
    fake::invoke::<Parse>(input)
}

fn document(text: &str) -> Value {
    parse(&json!({ "input": text })).unwrap()[0].take()
}

fn pages(input: &Value) -> Vec<Vec<Value>> {
    let (mut turn, mut pages) = (Turn::Start, Vec::new());
    loop {
        let Outcome::Page { records, next } = fake::turn::<Parse>(input, turn).unwrap() else {
            panic!("not a page");
        };
        pages.push(records);
        match next {
            Some(token) => turn = Turn::Next(token),
            None => return pages,
        }
    }
}

#[test]
fn elements_become_values() {
    for (text, expected) in [
        ("<a>x</a>", json!({ "a": "x" })),
        ("<a/>", json!({ "a": "" })),
        ("<a></a>", json!({ "a": "" })),
        (
            "<a i=\"1\">x</a>",
            json!({ "a": { "@i": "1", "#text": "x" } }),
        ),
        ("<a i='1'/>", json!({ "a": { "@i": "1" } })),
        (
            "<a>\n <b>1</b>\n <c/>\n <b>2</b>\n</a>",
            json!({ "a": { "b": ["1", "2"], "c": "" } }),
        ),
        (
            "<a>one <b>two</b> three</a>",
            json!({ "a": { "b": "two", "#text": "one  three" } }),
        ),
        (
            "<a> \n x &amp; y&#33; &lt;<![CDATA[<b>&amp;]]></a>",
            json!({ "a": "x & y! <<b>&amp;" }),
        ),
        (
            "<?xml version=\"1.0\"?><!-- c --><a><?p i?>x<!-- c -->y</a>\n",
            json!({ "a": "xy" }),
        ),
        ("<a i=\"&quot;&#x20AC;\"/>", json!({ "a": { "@i": "\"€" } })),
        (
            "<!DOCTYPE a SYSTEM \"http://x.example/a.dtd\"><a>x</a>",
            json!({ "a": "x" }),
        ),
        (
            "<n:a xmlns:n=\"urn:n\"><n:b/></n:a>",
            json!({ "n:a": { "@xmlns:n": "urn:n", "n:b": "" } }),
        ),
    ] {
        assert_eq!(document(text), expected, "{text}");
    }
    let kept = parse(&json!({ "input": "<a> x <b> </b></a>", "trim": false })).unwrap();
    assert_eq!(kept, json!([{ "a": { "b": " ", "#text": " x " } }]));
}

#[test]
fn lists_are_lists_where_that_is_said() {
    let text = "<a><b><c>1</c></b><c>2</c></a>";
    let lists = |lists: Value| parse(&json!({ "input": text, "lists": lists })).unwrap()[0].take();
    assert_eq!(
        lists(json!(["c"])),
        json!({ "a": { "b": { "c": ["1"] }, "c": ["2"] } })
    );
    assert_eq!(
        lists(json!(["/a/*/c"])),
        json!({ "a": { "b": { "c": ["1"] }, "c": "2" } })
    );
    assert_eq!(
        lists(json!(["/a/c", "b"])),
        json!({ "a": { "b": [{ "c": "1" }], "c": ["2"] } })
    );
}

#[test]
fn prefixes_go_where_that_is_said() {
    let text = "<n:a xmlns:n=\"urn:n\" xmlns=\"urn:d\" n:i=\"1\"><n:b/></n:a>";
    let record = parse(&json!({ "input": text, "namespaces": "strip", "each": "/a" })).unwrap();
    assert_eq!(record, json!([{ "@i": "1", "b": "" }]));
    let twice =
        parse(&json!({ "input": "<a i=\"1\" n:i=\"2\"/>", "namespaces": "strip" })).unwrap_err();
    assert_eq!(
        twice.message,
        "line 1: the attribute `i` is there twice: keep the namespaces"
    );
}

#[test]
fn what_is_no_document_is_told_with_its_line() {
    let deep = format!("{}{}", "<a>".repeat(61), "</a>".repeat(61));
    let large = format!("<a>\n<b>{}</b></a>", "x".repeat(5 << 20));
    for (text, expected) in [
        ("<a>\n<b></a>", "line 2: `</a>` ends nothing: `<b>` is open"),
        ("<a>\n<b>", "line 2: the document ends while `<b>` is open"),
        ("<a/></b>", "line 1: `</b>` ends nothing"),
        (
            "<a/>\n<b/>",
            "line 2: the document has a second root element",
        ),
        ("<a/>x", "line 1: there is text outside of the root element"),
        ("", "line 1: the document has no element"),
        ("x", "line 1: there is text outside of the root element"),
        ("<a i=1/>", "line 1: "),
        ("<a i=\"1\" i=\"2\"/>", "line 1: "),
        (
            "<a>&nbsp;</a>",
            "line 1: the entity `&nbsp;` is not one of the five that XML knows",
        ),
        ("<a i=\"&x;\"/>", "line 1: "),
        ("<a>\n<b", "line 2: "),
        (
            &deep,
            "line 1: elements lie deeper in each other than 60 levels",
        ),
        (
            &large,
            "an element is larger than 4 MiB: name smaller ones with `each`; it begins before line 2",
        ),
    ] {
        let failure = parse(&json!({ "input": text })).unwrap_err();
        assert!(failure.message.starts_with(expected), "{}", failure.message);
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/input"));
    }
    // As deep as it may be, it can still be read as JSON.
    let deep = format!("{}{}", "<a><b/>".repeat(59), "</a>".repeat(59));
    assert!(parse(&json!({ "input": deep, "lists": ["a", "b"] })).is_ok());
}

#[test]
fn nothing_is_expanded_and_nothing_else_is_read() {
    let laughs = r#"<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>"#;
    let external = r#"<!DOCTYPE a [ <!entity x SYSTEM "file:///etc/passwd"> ]><a>&x;</a>"#;
    for text in [laughs, external] {
        let failure = parse(&json!({ "input": text })).unwrap_err();
        assert_eq!(
            failure.message,
            "line 1: the document declares entities, which are not expanded"
        );
    }
}

#[test]
fn the_encoding_is_what_the_document_says() {
    let read = |bytes: &[u8]| {
        let _host = Host::new().file("f", "text/xml", bytes).install();
        parse(&json!({ "input": { "$file": "f" } })).map(|mut records| records[0].take())
    };
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
    assert_eq!(read(latin).unwrap(), json!({ "a": "é" }));
    let windows = b"\n<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x80</a>";
    assert_eq!(read(&windows[1..]).unwrap(), json!({ "a": "€" }));
    let wide: Vec<u8> = "\u{feff}<?xml version='1.0' encoding='UTF-16'?><a>é😀</a>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&wide).unwrap(), json!({ "a": "é😀" }));
    assert_eq!(
        read(b"\xef\xbb\xbf<a>\xc3\xa9</a>").unwrap(),
        json!({ "a": "é" })
    );
    let unknown = read(b"<?xml version='1.0' encoding='koi8-r'?><a/>").unwrap_err();
    assert!(
        unknown.message.starts_with("the document is in `koi8-r`"),
        "{}",
        unknown.message
    );
    let wrong = read(b"<a>\n\xe9</a>").unwrap_err();
    assert!(
        wrong.message.starts_with("byte 5 on line 2 is not UTF-8"),
        "{}",
        wrong.message
    );
}

/// Elements of many shapes, so that the seams of pages and pieces fall everywhere.
#[test]
fn pages_go_on_within_the_document() {
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE feed>\n<feed>\n<meta><title>é</title></meta>\n<items>",
    );
    for id in 0..20_000 {
        let item = match id % 3 {
            0 => format!("\n  <item id=\"{id}\"/><!-- {id} -->"),
            1 => format!("<item>\n<id>{id}</id> <item>inner &amp; é</item></item>"),
            _ => format!(" <other/><item id=\"{id}\"><![CDATA[</item>]]></item>"),
        };
        text.push_str(&item);
    }
    text.push_str("</items><items><item>last</item></items></feed>\n<!-- end -->\n");
    let _host = Host::new().file("f", "text/xml", text.as_bytes()).install();
    for per_page in [999, 10_000] {
        let input = json!({ "input": { "$file": "f" }, "each": "/feed/items/item", "records-per-page": per_page });
        let pages = pages(&input);
        assert!(pages.iter().all(|page| page.len() <= per_page));
        let records = pages.concat();
        assert_eq!(records.len(), 20_001);
        for (id, record) in records[..20_000].iter().enumerate() {
            let expected = match id % 3 {
                0 => json!({ "@id": id.to_string() }),
                1 => json!({ "id": id.to_string(), "item": "inner & é" }),
                _ => json!({ "@id": id.to_string(), "#text": "</item>" }),
            };
            assert_eq!(*record, expected);
        }
        assert_eq!(records[20_000], "last");
    }
}

#[test]
fn what_comes_after_the_last_page_is_checked_as_well() {
    let input = json!({ "input": "<a><b/><b/></c>", "each": "/a/b", "records-per-page": 2 });
    let Outcome::Page { next, .. } = fake::turn::<Parse>(&input, Turn::Start).unwrap() else {
        panic!("not a page");
    };
    let failure = fake::turn::<Parse>(&input, Turn::Next(next.unwrap())).unwrap_err();
    assert_eq!(
        failure.message,
        "line 1: `</c>` ends nothing: `<a>` is open"
    );
}

#[test]
fn paths_that_are_none_are_refused() {
    for (input, field) in [
        (json!({ "input": "<a/>", "each": "a" }), "/each"),
        (json!({ "input": "<a/>", "each": "/a//b" }), "/each"),
        (json!({ "input": "<a/>", "lists": ["a/b"] }), "/lists/0"),
    ] {
        let failure = parse(&input).unwrap_err();
        assert!(
            failure
                .message
                .contains("is no path: write the names from the root on"),
            "{}",
            failure.message
        );
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some(field));
    }
}
