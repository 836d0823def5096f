//! The transform `template`.

mod explain;
mod render;

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use mortise_sdk::descriptor::{schema_in, schema_out};
use mortise_sdk::json::sentence;
use mortise_sdk::{Example, Failure, Outcomes, RawTransform};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

/// What one text may cost, in steps of the engine: some milliseconds.
const STEPS_MAX: u64 = 500_000;

/// The name of the one template, and of its text in the output.
const TEXT: &str = "text";

/// Makes a text of each record, or several under their names.
pub struct Template;

/// What a step says.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Config {
    /// The template; its text is the field `text` of the output.
    #[serde(default)]
    template: Option<String>,
    /// Several templates; their texts are the fields of the output that have their names.
    #[serde(default)]
    templates: BTreeMap<String, String>,
    /// What happens to values that are put into the text.
    #[serde(default)]
    escape: Escape,
    /// Leaves out the line break after a block (`{% … %}`) and the space before it.
    #[serde(default)]
    trim_blocks: bool,
}

/// What happens to values that are put into the text.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Escape {
    /// Nothing.
    #[default]
    None,
    /// What HTML would read as markup is written so that it does not, except after the filter `safe`.
    Html,
}

impl Config {
    /// The templates by name.
    fn templates(self) -> Result<BTreeMap<String, String>, Failure> {
        match (self.template, self.templates.is_empty()) {
            (Some(template), true) => Ok(BTreeMap::from([(TEXT.to_owned(), template)])),
            (None, false) => Ok(self.templates),
            _ => Err(Failure::misconfigured(
                "a step has either `template` or `templates`",
            )),
        }
    }
}

impl RawTransform for Template {
    const NAME: &'static str = "template";
    const SUMMARY: &'static str =
        "makes texts of each record by templates in the language of Jinja";

    fn config_schema() -> Schema {
        schema_in::<Config>()
    }

    fn output_schema() -> Schema {
        schema_out::<BTreeMap<String, String>>()
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "a line for each item",
                json!({ "template": "Hello {{ name }},\n{% for item in items %}- {{ item.sku }}: {{ \"%.2f\"|format(item.price) }}\n{% endfor %}", "trim-blocks": true }),
            )
            .records(vec![json!({ "name": "Ann", "items": [{ "sku": "A", "price": 9.5 }, { "sku": "B", "price": 12 }] })])
            .output(json!([{ "text": "Hello Ann,\n- A: 9.50\n- B: 12.00\n" }])),
            Example::new(
                "subject and body of a message in HTML",
                json!({
                    "templates": {
                        "subject": "Order {{ id }}",
                        "body": "<p>{{ note | default('no note', true) }}</p>",
                    },
                    "escape": "html",
                }),
            )
            .records(vec![json!({ "id": 7, "note": "a < b" }), json!({ "id": 8, "note": null })])
            .output(json!([
                { "subject": "Order 7", "body": "<p>a &lt; b</p>" },
                { "subject": "Order 8", "body": "<p>no note</p>" },
            ])),
        ]
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config: Config = serde_json::from_str(config).map_err(|error| {
            let why = sentence(&error);
            Failure::misconfigured(format!("the configuration does not fit: {why}"))
        })?;
        let mut environment = environment(&config);
        let templates = config.templates()?;
        for (name, source) in &templates {
            let added = environment.add_template(name, source);
            added.map_err(|error| explain::syntax(name, &error))?;
        }
        let apply = |(index, record): (usize, &String)| {
            outputs(&environment, &templates, record).map_err(|failure| failure.with_record(index))
        };
        Ok(records.iter().enumerate().map(apply).collect())
    }
}

/// Has no loader, so that a template is found by nobody but the author of the step.
fn environment<'a>(config: &Config) -> Environment<'a> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(false);
    environment.set_fuel(Some(STEPS_MAX));
    environment.set_keep_trailing_newline(true);
    environment.set_trim_blocks(config.trim_blocks);
    environment.set_lstrip_blocks(config.trim_blocks);
    let escape = match config.escape {
        Escape::None => AutoEscape::None,
        Escape::Html => AutoEscape::Html,
    };
    environment.set_auto_escape_callback(move |_| escape);
    environment
}

/// The one output of a record.
fn outputs(
    environment: &Environment<'_>,
    templates: &BTreeMap<String, String>,
    record: &str,
) -> Result<Vec<String>, Failure> {
    let record: Value = serde_json::from_str(record).map_err(|error| {
        Failure::reject(format!("the record is not JSON: {}", sentence(&error)))
    })?;
    let context = render::context(&record);
    let mut texts = BTreeMap::new();
    for name in templates.keys() {
        texts.insert(name, render::render(environment, name, &context)?);
    }
    let output = serde_json::to_string(&texts);
    output
        .map(|output| vec![output])
        .map_err(|error| Failure::reject(error.to_string()))
}

#[cfg(test)]
mod tests;
