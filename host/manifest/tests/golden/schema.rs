//! The JSON Schema that editors use.
