#include "desk.h"

#include <string.h>

const char DESK_SETTINGS[] = MORTISE_JSON({
    "type": "object",
    "properties": {
        "base-url": {
            "description": "Where Desk answers.",
            "type": "string",
            "format": "uri",
            "default": "https://api.desk.example"
        }
    }
});

const char DESK_AUTHENTICATION[] = MORTISE_JSON([{
    "id": "api-key",
    "title": "API key",
    "kind": "secrets",
    "secrets": [
        {"name": "token", "use": "inject"},
        {"name": "signing-secret", "use": "sign", "algorithms": ["hmac-sha256"]}
    ],
    "placements": [
        {"in": "header", "name": "authorization", "template": "Bearer {secrets.token}"}
    ]
}]);

char *desk_url(const char *path) {
    const mortise_json *settings = mortise_settings();
    if (settings == NULL) {
        return NULL;
    }
    const char *base = mortise_string_or(settings, "base-url", "https://api.desk.example");
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/') {
        length -= 1;
    }
    return mortise_format("%s%s", mortise_copy(base, length), path);
}

/// Desk says what is wrong as `{"error": {"code", "message", "field"}}`.
static void explain(const mortise_response *response) {
    size_t length;
    const char *body = mortise_response_body(response, &length);
    const mortise_json *error = mortise_member(mortise_parse(body, length, NULL), "error");
    mortise_with_message(mortise_string(error, "message"));
    mortise_with_code(mortise_string(error, "code"));
    mortise_with_field(mortise_string(error, "field"));
}

const mortise_json *desk_send(mortise_request *request, const char *schema) {
    mortise_response *response = mortise_send(request);
    if (mortise_ok(response) == NULL) {
        explain(response);
        return NULL;
    }
    return mortise_answer(response, schema);
}

mortise_json *desk_ticket(const mortise_json *answer) {
    if (answer == NULL) {
        return NULL;
    }
    mortise_json *ticket = mortise_new_object();
    mortise_set(ticket, "id", mortise_member(answer, "id"));
    mortise_set(ticket, "subject", mortise_member(answer, "subject"));
    mortise_set(ticket, "status", mortise_member(answer, "status"));
    mortise_set(ticket, "created-at", mortise_member(answer, "created_at"));
    return ticket;
}
