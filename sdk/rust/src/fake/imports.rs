//! What a plugin imports, answered by the host in place.
#![allow(missing_docs)]

pub mod context {
    use crate::fake::HOST;

    pub fn workflow() -> String {
        "test".to_owned()
    }

    pub fn run() -> String {
        "01JZ0000000000000000000000".to_owned()
    }

    pub fn step() -> String {
        "step".to_owned()
    }

    pub fn attempt() -> u32 {
        HOST.with_borrow(|host| host.attempt)
    }

    pub fn idempotency_key() -> String {
        HOST.with_borrow(|host| host.idempotency_key.clone())
    }

    pub fn remaining_ms() -> u64 {
        HOST.with_borrow(|host| host.remaining_ms)
    }

    pub fn cancelled() -> bool {
        HOST.with_borrow(|host| host.cancelled)
    }

    pub fn callback_url() -> Result<String, String> {
        HOST.with_borrow(|host| host.callback_url.clone())
            .ok_or_else(|| "this test has no callback address".to_owned())
    }
}

pub mod http {
    use super::files;
    use crate::bindings::imports::mortise::plugin::http::{Body, Response};
    use crate::fake::{Error, HOST, Request};

    pub fn send(request: &Request) -> Result<Response, Error> {
        let answer = HOST.with_borrow_mut(|host| {
            host.requests.push(request.clone());
            match host.answers.pop_front() {
                Some(answer) => answer.0,
                None => Err(Error::NotSent(
                    "the test has no answer for this request".to_owned(),
                )),
            }
        })?;
        match request.save_as_file {
            true => saved(answer).map_err(Error::Other),
            false => Ok(answer),
        }
    }

    fn saved(answer: Response) -> Result<Response, String> {
        let content_type = answer
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let content_type = content_type.map_or("application/octet-stream", |(_, value)| value);
        let id = files::create(None, content_type)?;
        if let Body::Bytes(bytes) = &answer.body {
            files::append(&id, bytes)?;
        }
        Ok(Response {
            body: Body::File(id),
            ..answer
        })
    }
}

pub mod log {
    use crate::bindings::imports::mortise::plugin::log::Level;
    use crate::fake::{HOST, LogLine};

    pub fn write(level: Level, message: &str, fields: &[(String, String)]) {
        let line = LogLine {
            level,
            message: message.to_owned(),
            fields: fields.to_vec(),
        };
        HOST.with_borrow_mut(|host| host.log.push(line));
    }
}

pub mod files {
    use crate::bindings::imports::mortise::plugin::files::Info;
    use crate::fake::{File, HOST};

    fn with<T>(id: &str, read: impl FnOnce(&mut File) -> T) -> Result<T, String> {
        HOST.with_borrow_mut(|host| match host.files.get_mut(id) {
            Some(file) => Ok(read(file)),
            None => Err(format!("there is no file `{id}`")),
        })
    }

    pub fn stat(id: &str) -> Result<Info, String> {
        with(id, |file| Info {
            size: file.bytes.len() as u64,
            content_type: file.content_type.clone(),
            name: file.name.clone(),
        })
    }

    pub fn read(id: &str, offset: u64, length: u32) -> Result<Vec<u8>, String> {
        with(id, |file| {
            let start = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(file.bytes.len());
            let end = start.saturating_add(length as usize).min(file.bytes.len());
            file.bytes[start..end].to_vec()
        })
    }

    pub fn create(name: Option<&str>, content_type: &str) -> Result<String, String> {
        HOST.with_borrow_mut(|host| {
            let id = format!("file-{}", host.files.len() + 1);
            let name = name.map(str::to_owned);
            let file = File {
                name,
                content_type: content_type.to_owned(),
                bytes: Vec::new(),
            };
            host.files.insert(id.clone(), file);
            Ok(id)
        })
    }

    pub fn append(id: &str, data: &[u8]) -> Result<(), String> {
        with(id, |file| file.bytes.extend_from_slice(data))
    }
}

pub mod state {
    use crate::fake::HOST;

    pub fn get(key: &str) -> Option<Vec<u8>> {
        HOST.with_borrow(|host| host.state.get(key).cloned())
    }

    pub fn set(key: &str, value: &[u8]) {
        HOST.with_borrow_mut(|host| host.state.insert(key.to_owned(), value.to_vec()));
    }

    pub fn delete(key: &str) {
        HOST.with_borrow_mut(|host| host.state.remove(key));
    }
}

pub mod connection {
    use crate::bindings::imports::mortise::plugin::connection::Algorithm;
    use crate::fake::HOST;

    pub fn settings() -> String {
        HOST.with_borrow(|host| host.settings.clone())
    }

    /// Not a real signature: the name of the secret, a colon, and the data.
    pub fn sign(secret: &str, _: Algorithm, data: &[u8]) -> Result<Vec<u8>, String> {
        Ok([secret.as_bytes(), b":", data].concat())
    }

    pub fn verify(
        secret: &str,
        algorithm: Algorithm,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, String> {
        Ok(sign(secret, algorithm, data)? == signature)
    }
}
