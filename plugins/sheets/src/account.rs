//! `check`: whether the credential is taken. Google Sheets does not tell whose it is.

use mortise_sdk::http::Request;
use mortise_sdk::{Check, Failure};
use plugin_google::ask;
use serde::Deserialize;
use serde_json::json;

use crate::sheets::{self, Spreadsheet};

/// No spreadsheet has this id: that Google looks for it shows that the credential is good.
const NOBODYS: &str = "mortise-connection-check";

/// The plugin's check.
pub struct Account;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    spreadsheet_id: String,
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    title: String,
}

impl Check for Account {
    fn check() -> Result<mortise_sdk::Account, Failure> {
        let settings = sheets::settings()?;
        let who = settings.client_email;
        let (id, label) = match settings.spreadsheet_id {
            Some(named) => {
                let opened = open(&named)?;
                let by = who
                    .as_ref()
                    .map_or_else(String::new, |who| format!(" by {who}"));
                let label = format!("{}{by}", opened.properties.title);
                (who.unwrap_or(opened.spreadsheet_id), label)
            }
            None => {
                probe()?;
                let who = who.unwrap_or_else(|| "a person's account".to_owned());
                (who.clone(), who)
            }
        };
        Ok(mortise_sdk::Account {
            id,
            label,
            scopes: Vec::new(),
            settings: json!({}),
        })
    }
}

fn open(named: &str) -> Result<Opened, Failure> {
    let request = Spreadsheet::of(Some(named))?.get("spreadsheetId,properties.title");
    ask(request)?.json()
}

fn probe() -> Result<(), Failure> {
    let url = Spreadsheet::of(Some(NOBODYS))?.url("");
    let asked = ask(Request::get(url).query("fields", "spreadsheetId"));
    match asked {
        Ok(_) => Ok(()),
        Err(failure)
            if failure
                .cause
                .as_ref()
                .is_some_and(|cause| cause.status == Some(404)) =>
        {
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}
