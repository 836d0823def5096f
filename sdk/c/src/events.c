#include <string.h>

#include "internal.h"

mortise_event *mortise_add_event(mortise_events *events, const char *id, const mortise_json *payload) {
    if (id == NULL || payload == NULL) {
        return NULL;
    }
    events->items = mortise_grow(events->items, events->count, &events->room, sizeof *events->items);
    mortise_event *event = &events->items[events->count];
    memset(event, 0, sizeof *event);
    event->id = mortise_copy_text(id);
    event->payload = payload;
    events->count += 1;
    return event;
}

bool mortise_starts_now(const mortise_json *input, const mortise_json *cursor) {
    return cursor == NULL && strcmp(mortise_string_or(input, "start", "now"), "beginning") != 0;
}

mortise_news *mortise_news_from(const mortise_json *cursor, bool more) {
    if (cursor == NULL) {
        return NULL;
    }
    mortise_news *news = mortise_alloc(sizeof *news);
    news->cursor = cursor;
    news->more = more;
    return news;
}

mortise_reception *mortise_received(void) { return mortise_alloc(sizeof(mortise_reception)); }

mortise_reply *mortise_reply_text(uint16_t status, const char *text) {
    mortise_reply *reply = mortise_alloc(sizeof *reply);
    reply->status = status;
    if (text != NULL) {
        reply->content_type = "text/plain; charset=utf-8";
        reply->body = mortise_copy_text(text);
        reply->body_length = strlen(text);
    }
    return reply;
}

mortise_subscription *mortise_subscribed(const mortise_json *memory) {
    if (memory == NULL) {
        return NULL;
    }
    mortise_subscription *subscription = mortise_alloc(sizeof *subscription);
    subscription->memory = memory;
    return subscription;
}

void mortise_keep_secret(mortise_subscription *subscription, const char *name, const char *value) {
    if (subscription == NULL || value == NULL) {
        return;
    }
    const size_t count = subscription->secret_count;
    mortise_pair *larger = mortise_alloc_list(count + 1, sizeof *larger);
    if (count > 0) {
        memcpy(larger, subscription->secrets, count * sizeof *larger);
    }
    larger[count].name = mortise_copy_text(name);
    larger[count].value = mortise_copy_text(value);
    subscription->secrets = larger;
    subscription->secret_count = count + 1;
}

const char *mortise_incoming_query(const mortise_incoming *request, const char *name) {
    const char *at = request == NULL ? NULL : strchr(request->path_and_query, '?');
    while (at != NULL) {
        at += 1;
        const size_t whole = strcspn(at, "&");
        const char *equals = memchr(at, '=', whole);
        const size_t name_length = equals == NULL ? whole : (size_t)(equals - at);
        if (strcmp(mortise_decode(at, name_length), name) == 0) {
            return equals == NULL ? "" : mortise_decode(equals + 1, whole - name_length - 1);
        }
        at = at[whole] == '&' ? at + whole : NULL;
    }
    return NULL;
}

const mortise_json *mortise_incoming_json(const mortise_incoming *request, const char *schema) {
    if (request == NULL || mortise_failed() != NULL) {
        return NULL;
    }
    return mortise_read(request->body, request->body_length, schema, "webhook's body", MORTISE_REJECT);
}
