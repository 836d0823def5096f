//! Where a credential stands in a request.

use http::header::{HeaderName, HeaderValue};
use mortise_egress::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::PlaceError;

pub(super) fn in_header(request: &mut Request, name: &str, value: &str) -> Result<(), PlaceError> {
    let invalid = || PlaceError::Header(name.to_owned());
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
    value.set_sensitive(true);
    request.headers.insert(key, value);
    Ok(())
}

pub(super) fn in_query(request: &mut Request, name: &str, value: &str) {
    let pairs = request.url.query_pairs();
    let (mut others, mut is_there) = (Vec::new(), false);
    for (key, value) in pairs {
        match key == name {
            true => is_there = true,
            false => others.push((key.into_owned(), value.into_owned())),
        }
    }
    let mut query = request.url.query_pairs_mut();
    if is_there {
        query.clear().extend_pairs(others);
    }
    query.append_pair(name, value);
}

pub(super) fn in_path(request: &mut Request, name: &str, value: &str) -> Result<(), PlaceError> {
    // As the URL parser writes braces.
    let place = format!("%7B{name}%7D");
    let path = request.url.path();
    if !path.contains(&place) {
        return Err(PlaceError::Path(name.to_owned()));
    }
    let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let path = Zeroizing::new(path.replace(&place, &value));
    request.url.set_path(&path);
    Ok(())
}

pub(super) fn in_body(request: &mut Request, pointer: &str, value: &str) -> Result<(), PlaceError> {
    let no_place = || PlaceError::Body(pointer.to_owned());
    let mut body: Value = serde_json::from_slice(&request.body).map_err(|_| no_place())?;
    let (parent, member) = pointer.rsplit_once('/').ok_or_else(no_place)?;
    let object = body.pointer_mut(parent).and_then(Value::as_object_mut);
    let member = member.replace("~1", "/").replace("~0", "~");
    object
        .ok_or_else(no_place)?
        .insert(member, Value::String(value.to_owned()));
    request.body = body.to_string().into();
    Ok(())
}
