//! Which items of a page are new.

use std::cmp::Ordering;
use std::collections::HashSet;

use mortise_sdk::Failure;

use super::cursor::{Compared, Cursor, Walk};
use super::input::Input;
use super::order::Key;
use super::page::Item;

/// The items whose value is higher than the one that is remembered, in its order; and whether nothing new
/// comes behind this page where the newest come first.
pub fn by_order(
    cursor: &Cursor,
    walk: &mut Walk,
    items: Vec<Item>,
) -> Result<(Vec<Item>, bool), Failure> {
    if walk.highest.is_none() {
        walk.highest.clone_from(&cursor.highest);
        walk.at_highest.clone_from(&cursor.at_highest);
    }
    let mut found: Vec<(Key, Item)> = Vec::new();
    let mut is_past = false;
    for item in items {
        let Some((value, key)) = &item.order else {
            continue;
        };
        walk.raise(&item.id, value, key)?;
        match cursor.compare(&item.id, key)? {
            Compared::New => found.push((key.clone(), item)),
            Compared::Known => {}
            Compared::Older => is_past = true,
        }
    }
    // Where nothing is given, only what has the highest value is of interest.
    let highest = walk.highest.as_ref().and_then(Key::of);
    let is_lower = |key: &Key| {
        let highest = highest.as_ref();
        highest.is_some_and(|highest| key.compare(highest) == Some(Ordering::Less))
    };
    is_past |= walk.quiet && found.iter().any(|(key, _)| is_lower(key));
    // All of them could be compared with the highest one, so that they are of one kind.
    found.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(Ordering::Equal));
    Ok((found.into_iter().map(|(_, item)| item).collect(), is_past))
}

/// The items whose id is not remembered, which it is from now on; and whether nothing new comes behind
/// this page where the newest come first.
pub fn by_id(
    input: &Input,
    cursor: &mut Cursor,
    walk: &Walk,
    items: Vec<Item>,
) -> Result<(Vec<Item>, bool), Failure> {
    if walk.items > input.remember && !input.newest_first {
        let why = format!(
            "the list has more than {} items, which is as many as are remembered: raise `remember`, ask for less of it, or give `order-by`",
            input.remember
        );
        return Err(Failure::misconfigured(why).with_field("/remember"));
    }
    // Where the newest come first, those of the first pages are worth remembering.
    let before = (walk.items as usize).saturating_sub(items.len());
    let room = (input.remember as usize).saturating_sub(before);
    let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
    let mut known: HashSet<String> = cursor.seen.iter().cloned().collect();
    let is_past = walk.quiet || ids.iter().any(|id| known.contains(id));
    let found = items
        .into_iter()
        .filter(|item| known.insert(item.id.clone()));
    let found = found.collect();
    let ids: Vec<&str> = ids.iter().take(room).map(String::as_str).collect();
    cursor.see(&ids, input.remember as usize);
    Ok((found, is_past))
}
