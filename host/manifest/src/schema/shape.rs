//! A schema as something to walk into.

use std::rc::Rc;
use std::sync::LazyLock;

use mortise_model::json::Segment;
use serde_json::{Value, json};

use super::kinds::Kinds;

/// How many references and combinations are followed before the answer is "anything".
const NESTING_MAX: usize = 12;

/// Nothing is known.
static ANYTHING: Value = Value::Bool(true);

/// What is known of a value. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shape<'a>(Form<'a>);

#[derive(Clone, Debug)]
enum Form<'a> {
    Schema(Rooted<'a>),
    List(Rc<Shape<'a>>),
    /// Put together of named values; it has no others.
    Object(Rc<[(&'a str, Shape<'a>)]>),
}

/// A schema within the document that its references are resolved in.
#[derive(Clone, Copy, Debug)]
struct Rooted<'a> {
    root: &'a Value,
    schema: &'a Value,
}

/// Why a path leads nowhere.
#[derive(Debug)]
pub(crate) enum Miss<'a> {
    /// An object that has other fields.
    NoField(Vec<&'a str>),
    /// A value of other types.
    WrongKind(Kinds),
}

/// One way to read a schema: schemas that hold together.
type Alternative<'a> = Vec<&'a Value>;

impl<'a> Shape<'a> {
    /// Nothing is known.
    pub fn anything() -> Self {
        Self::of(&ANYTHING)
    }

    /// What a whole schema says.
    pub fn of(schema: &'a Value) -> Self {
        Self(Form::Schema(Rooted {
            root: schema,
            schema,
        }))
    }

    /// A list of such values.
    pub fn list_of(item: Self) -> Self {
        Self(Form::List(Rc::new(item)))
    }

    /// An object of named values.
    pub fn object_of(fields: Vec<(&'a str, Self)>) -> Self {
        Self(Form::Object(fields.into()))
    }

    /// The types that the value may have.
    pub fn kinds(&self) -> Kinds {
        match &self.0 {
            Form::Schema(rooted) => rooted.kinds(),
            Form::List(_) => Kinds::ARRAY,
            Form::Object(_) => Kinds::OBJECT,
        }
    }

    /// The fields that are known, of whatever alternative.
    pub fn fields(&self) -> Vec<&'a str> {
        match &self.0 {
            Form::Schema(rooted) => rooted.fields(),
            Form::List(_) => Vec::new(),
            Form::Object(fields) => fields.iter().map(|(name, _)| *name).collect(),
        }
    }

    /// What is known of any item of the list that this is.
    pub fn item(&self) -> Self {
        match &self.0 {
            // Beyond what is listed one by one; where nothing is there, the items differ.
            Form::Schema(rooted) => rooted
                .follow(&Segment::Index(u32::MAX))
                .unwrap_or_else(|_| Self::anything()),
            Form::List(item) => (**item).clone(),
            Form::Object(_) => Self::anything(),
        }
    }

    /// What is known of a part of the value.
    ///
    /// # Errors
    /// Where no alternative has such a part.
    pub fn follow(&self, segment: &Segment) -> Result<Self, Miss<'a>> {
        match (&self.0, segment) {
            (Form::Schema(rooted), _) => rooted.follow(segment),
            (Form::List(item), Segment::Index(_)) => Ok((**item).clone()),
            (Form::Object(fields), Segment::Field(name)) => fields
                .iter()
                .find(|(known, _)| *known == &**name)
                .map(|(_, shape)| shape.clone())
                .ok_or_else(|| Miss::NoField(self.fields())),
            _ => Err(Miss::WrongKind(self.kinds())),
        }
    }
}

impl<'a> Rooted<'a> {
    fn kinds(&self) -> Kinds {
        let alternatives = self.alternatives(self.schema, NESTING_MAX);
        alternatives
            .iter()
            .fold(Kinds::NONE, |all, schemas| all | kinds_of(schemas))
    }

    fn fields(&self) -> Vec<&'a str> {
        let mut names = Vec::new();
        for schemas in self.alternatives(self.schema, NESTING_MAX) {
            for name in schemas
                .iter()
                .filter_map(|s| properties(s))
                .flat_map(serde_json::Map::keys)
            {
                if !names.contains(&name.as_str()) {
                    names.push(name.as_str());
                }
            }
        }
        names
    }

    fn follow(&self, segment: &Segment) -> Result<Shape<'a>, Miss<'a>> {
        let (wanted, part): (_, &dyn Fn(&[&'a Value]) -> Part<'a>) = match segment {
            Segment::Field(name) => (Kinds::OBJECT, &|schemas| field(schemas, name)),
            Segment::Index(index) => (Kinds::ARRAY, &|schemas| element(schemas, *index)),
        };
        let mut found = Vec::new();
        let mut fits = false;
        for schemas in self.alternatives(self.schema, NESTING_MAX) {
            if !kinds_of(&schemas).meets(wanted) {
                continue;
            }
            fits = true;
            match part(&schemas) {
                Part::Anything => return Ok(Shape::anything()),
                Part::Schema(schema) => found.push(schema),
                Part::Missing => {}
            }
        }
        match found.as_slice() {
            [only] => Ok(Shape(Form::Schema(Self {
                schema: only,
                ..*self
            }))),
            // The alternatives differ: which one it is shows at run time.
            [_, ..] => Ok(Shape::anything()),
            [] if fits => Err(Miss::NoField(self.fields())),
            [] => Err(Miss::WrongKind(self.kinds())),
        }
    }

    fn alternatives(&self, schema: &'a Value, budget: usize) -> Vec<Alternative<'a>> {
        let Some(budget) = budget.checked_sub(1) else {
            return vec![vec![&ANYTHING]];
        };
        let mut together = vec![schema];
        let mut branches = Vec::new();
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            branches.push(self.resolve(target).map_or_else(
                || vec![vec![&ANYTHING]],
                |target| self.alternatives(target, budget),
            ));
        }
        for part in list(schema, "allOf") {
            branches.push(self.alternatives(part, budget));
        }
        for keyword in ["anyOf", "oneOf"] {
            let parts = list(schema, keyword);
            if !parts.is_empty() {
                let parts = parts
                    .iter()
                    .flat_map(|part| self.alternatives(part, budget));
                branches.push(parts.take(64).collect());
            }
        }
        // One of several branches multiplies; the ones with a single reading just hold as well.
        let mut several = Vec::new();
        for branch in branches {
            match <[Alternative<'a>; 1]>::try_from(branch) {
                Ok([single]) => together.extend(single),
                Err(branch) => several.extend(branch),
            }
        }
        if several.is_empty() {
            return vec![together];
        }
        several
            .into_iter()
            .map(|mut alternative| {
                alternative.extend(&together);
                alternative
            })
            .collect()
    }

    /// References within the same document alone.
    fn resolve(&self, target: &str) -> Option<&'a Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }
}

enum Part<'a> {
    Anything,
    Schema(&'a Value),
    Missing,
}

fn kinds_of(schemas: &[&Value]) -> Kinds {
    schemas
        .iter()
        .fold(Kinds::ANY, |all, schema| all & Kinds::of_schema(schema))
}

fn properties(schema: &Value) -> Option<&serde_json::Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn list<'a>(schema: &'a Value, keyword: &str) -> &'a [Value] {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A schema that lists `properties` and says nothing of others is taken to list them all.
fn field<'a>(schemas: &[&'a Value], name: &str) -> Part<'a> {
    let mut closed = false;
    let mut open = None;
    for schema in schemas {
        if let Some(found) = properties(schema).and_then(|properties| properties.get(name)) {
            return Part::Schema(found);
        }
        closed |= properties(schema).is_some();
        for keyword in ["patternProperties", "if"] {
            if schema.get(keyword).is_some() {
                open = Some(Part::Anything);
            }
        }
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            match schema.get(keyword) {
                Some(Value::Bool(false)) => closed = true,
                Some(others) => open = open.or(Some(Part::Schema(others))),
                None => {}
            }
        }
    }
    match open {
        Some(part) => part,
        None if closed => of_file(schemas, name).map_or(Part::Missing, Part::Schema),
        None => Part::Anything,
    }
}

/// What the host says beside the id of a file, whatever the plugin's schema lists.
fn of_file(schemas: &[&Value], name: &str) -> Option<&'static Value> {
    static TEXT: LazyLock<Value> = LazyLock::new(|| json!({ "type": "string" }));
    static SIZE: LazyLock<Value> = LazyLock::new(|| json!({ "type": "integer" }));
    let names_id =
        |schema: &&Value| properties(schema).is_some_and(|all| all.contains_key("$file"));
    schemas.iter().find(|schema| names_id(schema))?;
    match name {
        "name" | "content_type" => Some(&*TEXT),
        "size_bytes" => Some(&*SIZE),
        _ => None,
    }
}

fn element<'a>(schemas: &[&'a Value], index: u32) -> Part<'a> {
    for schema in schemas {
        let first = list(schema, "prefixItems");
        if let Some(schema) = usize::try_from(index).ok().and_then(|n| first.get(n)) {
            return Part::Schema(schema);
        }
        match schema.get("items") {
            Some(Value::Bool(false)) => return Part::Missing,
            Some(items) => return Part::Schema(items),
            None => {}
        }
    }
    Part::Anything
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(schema: &Value, path: &[&str]) -> Result<Kinds, String> {
        let mut shape = Shape::of(schema);
        for name in path {
            let segment = match name.parse() {
                Ok(index) => Segment::Index(index),
                Err(_) => Segment::Field((*name).into()),
            };
            shape = shape.follow(&segment).map_err(|miss| format!("{miss:?}"))?;
        }
        Ok(shape.kinds())
    }

    #[test]
    fn a_path_is_followed_through_references_and_lists() {
        let schema = json!({
            "$ref": "#/$defs/order",
            "$defs": {
                "order": {"type": "object", "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}}},
                "line": {"type": "object", "properties": {"qty": {"type": ["integer", "null"]}}},
            },
        });
        assert_eq!(
            follow(&schema, &["lines", "0", "qty"]),
            Ok(Kinds::NUMBER | Kinds::NULL)
        );
        assert!(follow(&schema, &["lines", "0", "price"]).is_err());
        assert!(follow(&schema, &["lines", "qty"]).is_err());
    }

    #[test]
    fn what_is_open_may_hold_anything() {
        let open = json!({"properties": {"a": {"type": "string"}}, "additionalProperties": true});
        assert_eq!(follow(&open, &["b", "c"]), Ok(Kinds::ANY));
        assert_eq!(follow(&open, &["a"]), Ok(Kinds::STRING));
        let texts = json!({"additionalProperties": {"type": "string"}});
        assert_eq!(follow(&texts, &["b"]), Ok(Kinds::STRING));
        assert!(follow(&texts, &["b", "c"]).is_err());
        assert_eq!(follow(&json!({}), &["b", "0"]), Ok(Kinds::ANY));
        assert!(
            follow(
                &json!({"type": "object", "additionalProperties": false}),
                &["b"]
            )
            .is_err()
        );
    }

    #[test]
    fn a_file_has_what_the_host_says_of_it() {
        let schema = json!({"type": "object", "properties": {"$file": {"type": "string"}}, "required": ["$file"]});
        assert_eq!(follow(&schema, &["name"]), Ok(Kinds::STRING));
        assert_eq!(follow(&schema, &["size_bytes"]), Ok(Kinds::NUMBER));
        assert!(follow(&schema, &["size"]).is_err());
    }

    #[test]
    fn alternatives_are_enough_if_one_fits() {
        let schema = json!({"anyOf": [
            {"type": "null"},
            {"type": "object", "properties": {"a": {"type": "number"}}},
            {"type": "object", "properties": {"b": {"type": "string"}}},
        ]});
        assert_eq!(follow(&schema, &["a"]), Ok(Kinds::NUMBER));
        assert_eq!(follow(&schema, &[]), Ok(Kinds::NULL | Kinds::OBJECT));
        assert!(follow(&schema, &["c"]).is_err());
    }

    #[test]
    fn values_put_together_are_followed_into_their_parts() {
        let number = json!({"type": "number"});
        let listed = json!({"prefixItems": [{"type": "string"}], "items": false});
        let object = Shape::object_of(vec![("a", Shape::of(&number)), ("b", Shape::of(&listed))]);
        let list = Shape::list_of(object);
        let item = list.item();
        assert_eq!(list.kinds(), Kinds::ARRAY);
        assert_eq!(item.fields(), ["a", "b"]);
        assert_eq!(
            item.follow(&Segment::Field("a".into())).unwrap().kinds(),
            Kinds::NUMBER
        );
        assert!(item.follow(&Segment::Field("c".into())).is_err());
        assert!(list.follow(&Segment::Field("a".into())).is_err());
        assert_eq!(Shape::of(&listed).item().kinds(), Kinds::ANY);
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"$ref": "#"});
        assert_eq!(follow(&schema, &["a"]), Ok(Kinds::ANY));
    }
}
