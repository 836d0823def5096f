//! From what somebody wrote to what a setting takes.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use mortise_model::id::is_name;
use mortise_model::{Namespace, duration};
use serde_json::Value;

use super::LogFormat;

/// What a value is not, as the end of a sentence: `must be …`.
pub type Expected = String;

/// A type that settings have.
pub trait Setting: Sized {
    /// Reads a value of the file, or text of the environment or a flag.
    fn read(value: &Value, unit: &str) -> Result<Self, Expected>;
    /// The value as `mortise settings` shows it.
    fn show(&self) -> Value;
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn read(value: &Value, unit: &str) -> Result<Self, Expected> {
                number(value, unit)?.try_into().map_err(|_| format!("at most {}", Self::MAX))
            }

            fn show(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}

numbers!(u32, u64, usize);

/// No limit is zero: that would not be a limit but an end.
fn number(value: &Value, unit: &str) -> Result<u64, Expected> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if unit == "ms" => {
            text.parse().ok().or_else(|| duration::parse_ms(text).ok())
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| match unit {
            "ms" => "a whole number of milliseconds from 1, or a duration such as `30s`".to_owned(),
            _ => format!("a whole number of {unit} from 1"),
        })
}

/// The unit of addresses. An empty one means none.
const URL: &str = "url";

fn address(text: &str) -> Result<String, Expected> {
    let is_http = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if text.is_empty() || url::Url::parse(text).is_ok_and(is_http) {
        Ok(text.to_owned())
    } else {
        Err("an address such as `https://hooks.example.com`".to_owned())
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

impl Setting for bool {
    fn read(value: &Value, _: &str) -> Result<Self, Expected> {
        match (value, text(value)) {
            (Value::Bool(is_set), _) => Ok(*is_set),
            (_, Some("true")) => Ok(true),
            (_, Some("false")) => Ok(false),
            _ => Err("`true` or `false`".to_owned()),
        }
    }

    fn show(&self) -> Value {
        Value::from(*self)
    }
}

impl Setting for String {
    fn read(value: &Value, unit: &str) -> Result<Self, Expected> {
        match value.as_str() {
            Some(text) if unit == URL => address(text),
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err("text".to_owned()),
        }
    }

    fn show(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Setting for Option<String> {
    fn read(value: &Value, unit: &str) -> Result<Self, Expected> {
        String::read(value, unit).map(Some)
    }

    fn show(&self) -> Value {
        self.as_deref().map_or(Value::Null, Value::from)
    }
}

impl Setting for Option<PathBuf> {
    fn read(value: &Value, _: &str) -> Result<Self, Expected> {
        text(value)
            .map(|text| Some(PathBuf::from(text)))
            .ok_or("a path".to_owned())
    }

    fn show(&self) -> Value {
        let path = self.as_ref().map(|path| path.display().to_string());
        path.map_or(Value::Null, Value::from)
    }
}

impl Setting for Option<Namespace> {
    fn read(value: &Value, _: &str) -> Result<Self, Expected> {
        let named = text(value).filter(|text| is_name(text));
        let named = named.map(|text| Some(Namespace::from(text)));
        named.ok_or("lower-case letters, digits, `-` and `_`, beginning with a letter".to_owned())
    }

    fn show(&self) -> Value {
        let named = self.as_ref().map(Namespace::as_str);
        named.map_or(Value::Null, Value::from)
    }
}

impl Setting for Vec<IpNet> {
    fn read(value: &Value, _: &str) -> Result<Self, Expected> {
        let network = |text: &str| text.parse::<IpNet>().ok();
        list(value, network).ok_or_else(|| "a list of networks such as `127.0.0.0/8`".to_owned())
    }

    fn show(&self) -> Value {
        self.iter().map(ToString::to_string).collect()
    }
}

/// Where name servers listen, where nothing else is said.
const DNS_PORT: u16 = 53;

impl Setting for Vec<SocketAddr> {
    fn read(value: &Value, _: &str) -> Result<Self, Expected> {
        let server = |text: &str| {
            let with_port = text.parse::<SocketAddr>().ok();
            let alone = || text.parse::<IpAddr>().ok();
            with_port.or_else(|| Some(SocketAddr::new(alone()?, DNS_PORT)))
        };
        list(value, server).ok_or_else(|| {
            "a list of addresses such as `10.0.0.53` or `[fd00::53]:5353`".to_owned()
        })
    }

    fn show(&self) -> Value {
        self.iter().map(ToString::to_string).collect()
    }
}

/// A list of the file, or text with commas.
fn list<T>(value: &Value, one: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| one(item.as_str()?.trim()))
            .collect(),
        Value::String(text) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(one)
            .collect(),
        _ => None,
    }
}

impl Setting for LogFormat {
    fn read(value: &Value, _: &str) -> Result<Self, Expected> {
        match text(value) {
            Some("text") => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            _ => Err("`text` or `json`".to_owned()),
        }
    }

    fn show(&self) -> Value {
        Value::from(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_comes_as_number_text_or_duration() {
        assert_eq!(u64::read(&json!(5), "bytes"), Ok(5));
        assert_eq!(usize::read(&json!("5"), "bytes"), Ok(5));
        assert_eq!(u64::read(&json!("2s"), "ms"), Ok(2_000));
        for bad in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!("2s"),
            json!([]),
            json!(null),
        ] {
            assert!(u64::read(&bad, "bytes").is_err(), "{bad}");
        }
        assert_eq!(
            u32::read(&json!(5_000_000_000_u64), "bytes"),
            Err("at most 4294967295".to_owned())
        );
    }

    #[test]
    fn a_switch_is_true_or_false() {
        assert_eq!(bool::read(&json!(true), ""), Ok(true));
        assert_eq!(bool::read(&json!("false"), ""), Ok(false));
        for bad in [json!(1), json!("yes"), json!(""), json!(null)] {
            assert!(bool::read(&bad, "").is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_a_url_or_nothing() {
        for good in ["", "https://hooks.example.com", "http://10.0.0.1:8080/in/"] {
            assert_eq!(String::read(&json!(good), URL), Ok(good.to_owned()));
        }
        for bad in ["hooks.example.com", "ftp://a", "https://"] {
            assert!(String::read(&json!(bad), URL).is_err(), "{bad}");
        }
    }

    #[test]
    fn networks_come_as_a_list_or_with_commas() {
        let expected: Vec<IpNet> = vec![
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ];
        for value in [
            json!(["127.0.0.0/8", "10.0.0.0/8"]),
            json!("127.0.0.0/8, 10.0.0.0/8"),
        ] {
            assert_eq!(Vec::<IpNet>::read(&value, ""), Ok(expected.clone()));
        }
        assert_eq!(Vec::<IpNet>::read(&json!(""), ""), Ok(vec![]));
        assert!(Vec::<IpNet>::read(&json!("localhost"), "").is_err());
    }

    #[test]
    fn name_servers_are_addresses_with_or_without_a_port() {
        let expected: Vec<SocketAddr> = vec![
            "10.0.0.53:53".parse().unwrap(),
            "[fd00::53]:5353".parse().unwrap(),
        ];
        for value in [
            json!(["10.0.0.53", "[fd00::53]:5353"]),
            json!("10.0.0.53,[fd00::53]:5353"),
        ] {
            assert_eq!(Vec::<SocketAddr>::read(&value, ""), Ok(expected.clone()));
        }
        assert_eq!(Vec::<SocketAddr>::read(&json!(""), ""), Ok(vec![]));
        assert!(Vec::<SocketAddr>::read(&json!("dns.example.com"), "").is_err());
    }
}
