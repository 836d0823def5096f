/// The transform `tidy-contact`.
#include "operations.h"

#include <string.h>

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/// Without white space at both ends, and with one space for each inside.
static char *squeeze(const char *text) {
    char *out = mortise_alloc(strlen(text) + 1);
    size_t length = 0;
    for (; *text != '\0'; text += 1) {
        if (!is_space(*text)) {
            out[length++] = *text;
        } else if (length > 0 && out[length - 1] != ' ') {
            out[length++] = ' ';
        }
    }
    if (length > 0 && out[length - 1] == ' ') {
        out[length - 1] = '\0';
    }
    return out;
}

static char *in_lower_case(const char *text) {
    char *out = squeeze(text);
    for (char *c = out; *c != '\0'; c += 1) {
        *c = lower(*c);
    }
    return out;
}

/// The digits, behind a `+` where there was one.
static char *digits(const char *text) {
    char *out = mortise_alloc(strlen(text) + 1);
    size_t length = 0;
    for (; *text != '\0'; text += 1) {
        if ((*text >= '0' && *text <= '9') || (*text == '+' && length == 0)) {
            out[length++] = *text;
        }
    }
    return out;
}

static const mortise_json *tidy_contact(const mortise_json *config, const mortise_json *record) {
    const char *name = mortise_string(record, "name");
    const char *email = mortise_string(record, "email");
    const char *phone = mortise_string(record, "phone");
    if (mortise_failed() != NULL) {
        return NULL;
    }
    if (strchr(email, '@') == NULL) {
        mortise_fail(MORTISE_REJECT, "the email has no @");
        return mortise_with_field("/email");
    }
    mortise_json *contact = mortise_new_object();
    mortise_set_string(contact, "name", squeeze(name));
    mortise_set_string(contact, "email", in_lower_case(email));
    mortise_set_string(contact, "phone", phone == NULL ? NULL : digits(phone));
    mortise_set_string(contact, "country", mortise_string_or(config, "country", "DE"));
    return mortise_one(contact);
}

static const char CONFIG[] = MORTISE_JSON({
    "type": "object",
    "properties": {
        "country": {
            "description": "Two letters.",
            "type": "string",
            "minLength": 2,
            "maxLength": 2,
            "pattern": "^[A-Z]{2}$",
            "default": "DE"
        }
    }
});

static const char RECORD[] = MORTISE_JSON({
    "type": "object",
    "required": ["name", "email"],
    "properties": {
        "name": {"type": "string"},
        "email": {"type": "string"},
        "phone": {"type": "string"}
    }
});

static const char OUTPUT[] = MORTISE_JSON({
    "type": "object",
    "required": ["name", "email", "country"],
    "properties": {
        "name": {"type": "string"},
        "email": {"type": "string"},
        "phone": {"type": "string"},
        "country": {"type": "string"}
    }
});

static const char EXAMPLES[] = MORTISE_JSON([{
    "title": "a contact that was typed in a hurry",
    "input": {"country": "AT"},
    "records": [{"name": "  Ada   Lovelace ", "email": " Ada@Example.COM", "phone": "+43 (0) 1 / 234"}],
    "output": [{"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+4301234", "country": "AT"}]
}]);

const mortise_transform TIDY_CONTACT = {
    .name = "tidy-contact",
    .summary = "tidies name, email and phone of a contact",
    .config = CONFIG,
    .record = RECORD,
    .output = OUTPUT,
    .examples = EXAMPLES,
    .apply = tidy_contact,
};
