/// Checks values against JSON Schema (2020-12), as far as a plugin needs it.
///
/// Understood: `true` and `false`, `type`, `enum`, `const`, `required`, `properties`,
/// `additionalProperties`, `items`, `minItems`, `maxItems`, `minLength`, `maxLength`, `minimum`,
/// `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `allOf`, `anyOf`, `oneOf`, and `$ref` into the
/// same schema. Any other keyword, `pattern` and `format` among them, is for readers: check such a
/// thing in the operation.
#ifndef MORTISE_SCHEMA_H
#define MORTISE_SCHEMA_H

#include "mortise/json.h"

/// Where a value does not fit, and why.
typedef struct {
    /// JSON Pointer (RFC 6901) of the field.
    const char *field;
    /// What is wrong: lower case, no full stop.
    const char *problem;
} mortise_misfit;

/// Whether a value fits; `misfit` says where not.
bool mortise_fits(const mortise_json *value, const char *schema, mortise_misfit *misfit);

/// The same with a schema that was read already.
bool mortise_fits_schema(const mortise_json *value, const mortise_json *schema, mortise_misfit *misfit);

#endif
