//! GraphQL.
