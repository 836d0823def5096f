/// The check: the cheapest request that needs the token.
#include "desk.h"

static const char ME[] = MORTISE_JSON({
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}}
});

mortise_account *desk_check(void) {
    const mortise_json *me = desk_send(mortise_get(desk_url("/me")), ME);
    return mortise_account_of(mortise_string(me, "id"), mortise_string(me, "name"));
}
