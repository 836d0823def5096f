/// The action `upload-file`: the content of the file never passes through the plugin.
#include "operations.h"

static const char UPLOADED[] = MORTISE_JSON({
    "type": "object",
    "required": ["id", "size_bytes"],
    "properties": {"id": {"type": "string"}, "size_bytes": {"type": "integer", "minimum": 0}}
});

static mortise_outcome *upload_file(const mortise_json *input, const mortise_turn *turn) {
    (void)turn;
    const char *file = mortise_file_id(mortise_member(input, "file"));
    const mortise_file_info *info = mortise_file_stat(file);
    if (info == NULL) {
        return mortise_with_field("/file");
    }

    const char *ticket = mortise_encode(mortise_string(input, "ticket-id"));
    mortise_request *request = mortise_post(desk_url(mortise_format("/tickets/%s/files", ticket)));
    mortise_idempotent(request);
    mortise_part_file(request, "file", info->content_type, info->name, file);
    const mortise_json *answer = desk_send(request, UPLOADED);
    if (answer == NULL) {
        return NULL;
    }

    mortise_json *output = mortise_new_object();
    mortise_set(output, "id", mortise_member(answer, "id"));
    mortise_set(output, "size-bytes", mortise_member(answer, "size_bytes"));
    return mortise_done(output);
}

static const char INPUT[] = MORTISE_JSON({
    "type": "object",
    "required": ["ticket-id", "file"],
    "properties": {
        "ticket-id": {"description": "The ticket that it belongs to.", "type": "string", "minLength": 1},
        "file": {
            "description": "A file of the run.",
            "type": "object",
            "required": ["$file"],
            "properties": {"$file": {"type": "string"}}
        }
    }
});

static const char OUTPUT[] = MORTISE_JSON({
    "type": "object",
    "required": ["id", "size-bytes"],
    "properties": {"id": {"type": "string"}, "size-bytes": {"type": "integer", "minimum": 0}}
});

static const char EXAMPLES[] = MORTISE_JSON([{
    "title": "A photo",
    "input": {"ticket-id": "t-1", "file": {"$file": "photo"}},
    "output": {"id": "f-1", "size-bytes": 12}
}]);

const mortise_action UPLOAD_FILE = {
    .name = "upload-file",
    .summary = "attaches a file to a ticket",
    .repeat = MORTISE_KEYED,
    .input = INPUT,
    .output = OUTPUT,
    .examples = EXAMPLES,
    .invoke = upload_file,
};
