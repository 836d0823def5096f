//! Objects that say something twice: of two readers, one takes the first and one the last.

use std::borrow::Cow;

/// Up to so many names are compared with each other; more are sorted first.
const FEW: usize = 16;

/// A name that an object of well-formed JSON has twice.
pub fn repeated(text: &str) -> Option<String> {
    // The names so far of each object that is open; none for an array.
    let mut open: Vec<Option<Vec<Cow<'_, str>>>> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '{', '}', '[', ']']) {
        let found = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match found {
            b'{' => open.push(Some(Vec::new())),
            b'[' => open.push(None),
            b'"' => {
                let end = end_of_text(rest);
                let (inner, after) = rest.split_at(end);
                rest = after.get(1..).unwrap_or_default();
                let is_name = rest.trim_ascii_start().starts_with(':');
                if let (true, Some(Some(names))) = (is_name, open.last_mut()) {
                    names.push(unescaped(inner));
                }
            }
            _ => {
                if let Some(Some(names)) = open.pop()
                    && let Some(name) = twice(names)
                {
                    return Some(name);
                }
            }
        }
    }
    None
}

/// Where the quote stands that ends a text.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let is_end = |byte: &u8| {
        let escapes = *byte == b'\\' && !escaped;
        let is_quote = *byte == b'"' && !escaped;
        escaped = escapes;
        is_quote
    };
    let end = text.as_bytes().iter().position(is_end);
    end.unwrap_or(text.len())
}

fn unescaped(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let read = serde_json::from_str::<String>(&format!("\"{inner}\""));
    read.map_or(Cow::Borrowed(inner), Cow::Owned)
}

fn twice(mut names: Vec<Cow<'_, str>>) -> Option<String> {
    if names.len() > FEW {
        names.sort_unstable();
        let pair = names.windows(2).find(|pair| pair[0] == pair[1]);
        return pair.map(|pair| pair[0].to_string());
    }
    let mut earlier = names.iter().enumerate();
    let found = earlier.find(|(at, name)| names[..*at].contains(name));
    found.map(|(_, name)| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_once_in_each_object() {
        for text in [
            "1",
            r#""a":"#,
            r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#,
            r#"{"a":"a","b":"\"a\":","c":["a","a"]}"#,
            r#"["a","a"]"#,
            r#"{"\\":1,"\\\\":2}"#,
        ] {
            assert_eq!(repeated(text), None, "{text}");
        }
        for (text, name) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"a" : 1, "\u0061" : 2}"#, "a"),
            (r#"{"x":[{"b":{},"c":[],"b":"}"}]}"#, "b"),
            (r#"{"\"":1,"\"":2}"#, "\""),
            (r#"{"":1,"":2}"#, ""),
        ] {
            assert_eq!(repeated(text).as_deref(), Some(name), "{text}");
        }
        let names: Vec<_> = (0..100).map(|n| format!(r#""{n}":0"#)).collect();
        let many = names.join(",");
        assert_eq!(repeated(&format!("{{{many}}}")), None);
        let again = format!(r#"{{{many},"17":1}}"#);
        assert_eq!(repeated(&again).as_deref(), Some("17"));
    }
}
