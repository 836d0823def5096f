//! What a search asks for, in HubSpot's words and in a step's.

use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PropertyValue;

/// The most filters that HubSpot takes in one group, and in all of them.
const FILTERS_OF_GROUP: usize = 6;
const FILTERS: usize = 18;

/// A condition of a step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Filter {
    /// Internal name of the property.
    property: String,
    /// How it is compared.
    operator: Operator,
    /// What it is compared with; times are milliseconds since 1970 or RFC 3339.
    value: Option<PropertyValue>,
    /// The upper end, for `BETWEEN`.
    high_value: Option<PropertyValue>,
    /// What it is compared with, for `IN` and `NOT_IN`; in lower case.
    values: Option<Vec<PropertyValue>>,
}

impl Filter {
    /// A property that is just so.
    pub fn equal(property: &str, value: String) -> Self {
        Self {
            property: property.to_owned(),
            operator: Operator::Eq,
            value: Some(PropertyValue::Text(value)),
            high_value: None,
            values: None,
        }
    }
}

/// HubSpot's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    HasProperty,
    NotHasProperty,
    ContainsToken,
    NotContainsToken,
}

/// A condition as HubSpot takes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Term {
    property_name: String,
    operator: Operator,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<PropertyValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high_value: Option<PropertyValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<PropertyValue>>,
}

impl From<Filter> for Term {
    fn from(filter: Filter) -> Self {
        Self {
            property_name: filter.property,
            operator: filter.operator,
            value: filter.value,
            high_value: filter.high_value,
            values: filter.values,
        }
    }
}

impl Term {
    fn number(property: &str, operator: Operator, value: &impl ToString) -> Self {
        Self {
            property_name: property.to_owned(),
            operator,
            value: Some(PropertyValue::Text(value.to_string())),
            high_value: None,
            values: None,
        }
    }

    /// A property that is at least so large.
    pub fn at_least(property: &str, value: &impl ToString) -> Self {
        Self::number(property, Operator::Gte, value)
    }

    /// A property that is at most so large.
    pub fn at_most(property: &str, value: &impl ToString) -> Self {
        Self::number(property, Operator::Lte, value)
    }

    /// A property that is larger.
    pub fn above(property: &str, value: &impl ToString) -> Self {
        Self::number(property, Operator::Gt, value)
    }
}

/// The one order that a search may have.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    property_name: String,
    direction: Direction,
}

/// Up or down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// The smallest or oldest first.
    #[default]
    Ascending,
    /// The largest or newest first.
    Descending,
}

impl Order {
    /// By a property.
    pub fn by(property: &str, direction: Direction) -> Self {
        Self {
            property_name: property.to_owned(),
            direction,
        }
    }
}

/// Conditions that all have to hold.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    filters: Vec<Term>,
}

/// A search: one of the groups has to hold.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    pub filter_groups: Vec<Group>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    pub sorts: Vec<Order>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<String>,
    pub limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Query {
    /// One of these groups has to hold.
    pub fn any(groups: Vec<Vec<Term>>) -> Self {
        let groups = groups.into_iter().map(|filters| Group { filters });
        Self {
            filter_groups: groups.collect(),
            ..Self::default()
        }
    }

    /// Whether every group has room for one more condition.
    pub fn has_room(&self) -> bool {
        let lengths = self.filter_groups.iter().map(|group| group.filters.len());
        let total: usize = lengths.clone().sum();
        lengths.max().unwrap_or_default() < FILTERS_OF_GROUP
            && total + self.filter_groups.len() <= FILTERS
    }

    /// A condition that has to hold besides.
    pub fn and(&mut self, term: &Term) {
        if self.filter_groups.is_empty() {
            self.filter_groups.push(Group::default());
        }
        for group in &mut self.filter_groups {
            group.filters.push(term.clone());
        }
    }
}

/// The groups of a step, which writes either one or several.
pub fn groups(filters: Vec<Filter>, several: Vec<Vec<Filter>>) -> Result<Vec<Vec<Term>>, Failure> {
    let groups = match (filters.is_empty(), several.is_empty()) {
        (true, _) => several,
        (false, true) => vec![filters],
        (false, false) => {
            let message = "a search has either `filters` or `any-of`";
            return Err(Failure::misconfigured(message).with_field("/any-of"));
        }
    };
    let terms = |group: Vec<Filter>| group.into_iter().map(Term::from).collect();
    Ok(groups.into_iter().map(terms).collect())
}
