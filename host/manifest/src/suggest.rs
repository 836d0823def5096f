//! The nearest known name.

/// The known name that a text was most likely meant to be.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let known = known.into_iter().map(|name| {
        let distance = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
        (distance, name)
    });
    let (distance, name) = known.min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong: more than that is another word.
    let allowed = (text.chars().count().max(name.chars().count()) / 3).max(1);
    (distance <= allowed).then_some(name)
}

/// Help for an unknown name: the nearest one, or all of them.
pub(crate) fn help<'a>(text: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(text, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let mut names: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
    names.dedup();
    match names.as_slice() {
        [] => "there is none".to_owned(),
        [only] => format!("the only one known here is {only}"),
        _ => format!("known here: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["timeout", "retry", "uses"];
        assert_eq!(nearest("timout", known), Some("timeout"));
        assert_eq!(nearest("RETRY", known), Some("retry"));
        assert_eq!(nearest("use", known), Some("uses"));
        assert_eq!(nearest("banana", known), None);
    }
}
