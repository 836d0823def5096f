//! Finds expressions in a text.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// Stands as it is; `$${{` has become `${{`.
    Text(String),
    /// What stands between the braces, and where in the text it begins.
    Expression { text: &'t str, at: usize },
}

/// Splits a text into parts.
///
/// # Errors
/// The byte where an expression begins that does not end.
pub(crate) fn scan(text: &str) -> Result<Vec<Part<'_>>, usize> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${{") {
        let open = at + found;
        if text[at..open].ends_with('$') {
            literal.push_str(&text[at..open - 1]);
            literal.push_str("${{");
            at = open + 3;
            continue;
        }
        literal.push_str(&text[at..open]);
        let start = open + 3;
        let end = start + end_of(&text[start..]).ok_or(open)?;
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(Part::Expression {
            text: &text[start..end],
            at: start,
        });
        at = end + 2;
    }
    literal.push_str(&text[at..]);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

/// Where the `}}` stands that is in no bracket, text or comment of jq.
fn end_of(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // What is open, by the byte that closes it: `"` is a text.
    let mut open: Vec<u8> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if open.last() == Some(&b'"') {
            match byte {
                b'"' => drop(open.pop()),
                b'\\' if bytes.get(at + 1) == Some(&b'(') => {
                    open.push(b')');
                    at += 1;
                }
                b'\\' => at += 1,
                _ => {}
            }
            at += 1;
            continue;
        }
        match byte {
            b'}' if open.is_empty() && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            b'"' => open.push(b'"'),
            b'(' => open.push(b')'),
            b'[' => open.push(b']'),
            b'{' => open.push(b'}'),
            b')' | b']' | b'}' if open.last() == Some(&byte) => drop(open.pop()),
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Part<'static> {
        Part::Text(text.to_owned())
    }

    fn expression(text: &str, at: usize) -> Part<'_> {
        Part::Expression { text, at }
    }

    #[test]
    fn an_expression_ends_at_depth_zero() {
        assert_eq!(
            scan("${{ {a: {b: 1}}}}"),
            Ok(vec![expression(" {a: {b: 1}}", 3)])
        );
        assert_eq!(scan("${{ \"}}\" }}"), Ok(vec![expression(" \"}}\" ", 3)]));
        let nested = "${{ \"a\\(\"}}\" + {x:1}.x)}}\" }}";
        assert_eq!(
            scan(nested),
            Ok(vec![expression(&nested[3..nested.len() - 2], 3)])
        );
        assert_eq!(
            scan("a ${{.b}}c"),
            Ok(vec![text("a "), expression(".b", 5), text("c")])
        );
    }

    #[test]
    fn a_doubled_dollar_means_itself() {
        assert_eq!(scan("$${{ x }}"), Ok(vec![text("${{ x }}")]));
        assert_eq!(scan("$5 and {{x}}"), Ok(vec![text("$5 and {{x}}")]));
        assert_eq!(
            scan("$${{${{1}}"),
            Ok(vec![text("${{"), expression("1", 7)])
        );
    }

    #[test]
    fn one_that_does_not_end_is_named() {
        assert_eq!(scan("ab ${{ .x }"), Err(3));
        assert_eq!(scan("${{ \"}}"), Err(0));
        assert_eq!(scan("${{ ( }}"), Err(0));
    }
}
