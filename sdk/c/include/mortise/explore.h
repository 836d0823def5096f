/// What only the connected account knows: choices for a field, schemas of custom objects.
#ifndef MORTISE_EXPLORE_H
#define MORTISE_EXPLORE_H

#include "mortise/failure.h"

/// Which choices are wanted.
typedef struct {
    const char *operation;
    /// JSON Pointer of the field.
    const char *field;
    /// What is known of the input.
    const mortise_json *input;
    /// What a person typed so far, or `NULL`.
    const char *query;
    /// The page after the one that gave this token, or `NULL`.
    const mortise_json *page;
} mortise_question;

typedef struct {
    const mortise_json *value;
    /// What a person sees.
    const char *label;
} mortise_choice;

typedef struct {
    mortise_choice *items;
    size_t count;
    size_t room;
    /// Asks for the next page; `NULL` at the end.
    const mortise_json *next;
} mortise_choices;

/// No choices so far.
mortise_choices *mortise_choices_new(void);
void mortise_add_choice(mortise_choices *choices, const mortise_json *value, const char *label);

/// Schemas of an operation, given what is known of its input.
typedef struct {
    const mortise_json *input;
    const mortise_json *output;
} mortise_schemas;

/// For all operations of the plugin.
typedef struct {
    mortise_choices *(*options)(const mortise_question *question);
    mortise_schemas *(*schemas)(const char *operation, const mortise_json *input);
} mortise_explore;

#endif
