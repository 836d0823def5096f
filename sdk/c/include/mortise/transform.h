/// Turns records into records and reaches nothing.
#ifndef MORTISE_TRANSFORM_H
#define MORTISE_TRANSFORM_H

#include "mortise/failure.h"

typedef struct {
    /// Kebab-case, unique in the plugin.
    const char *name;
    /// One sentence: lower case, no full stop.
    const char *summary;
    /// JSON Schemas of the step's `with`, of one record as it comes, and of one as it leaves.
    const char *config;
    const char *record;
    const char *output;
    /// JSON list of examples, or `NULL`.
    const char *examples;
    /// An array of none, one or more new records, or a failure of this record alone.
    const mortise_json *(*apply)(const mortise_json *config, const mortise_json *record);
    /// Instead of `apply`: one value of an array of all records.
    const mortise_json *(*combine)(const mortise_json *config, const mortise_json *records);
} mortise_transform;

/// An array of one record; `NULL` of `NULL`.
const mortise_json *mortise_one(const mortise_json *record);

#endif
