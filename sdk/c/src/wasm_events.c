#ifdef __wasm__

#include <string.h>

#include "wasm.h"

#if defined(MORTISE_ROLE_POLLING) || defined(MORTISE_ROLE_WEBHOOKS)
static plugin_option_string_t give_optional(const char *text) {
    plugin_option_string_t option = {.is_some = text != NULL};
    if (text != NULL) {
        option.val = wasm_give(text);
    }
    return option;
}

static mortise_plugin_events_event_t *give_events(const mortise_events *events) {
    mortise_plugin_events_event_t *list = wasm_give_list(events->count, sizeof *list);
    for (size_t index = 0; index < events->count; index += 1) {
        const mortise_event *event = &events->items[index];
        list[index].id = wasm_give(event->id);
        list[index].occurred_at = give_optional(event->occurred_at);
        list[index].ordering_key = give_optional(event->ordering_key);
        list[index].payload = wasm_give_json(event->payload);
    }
    return list;
}
#endif

#ifdef MORTISE_ROLE_POLLING
bool exports_mortise_plugin_polling_poll(plugin_string_t *operation, exports_mortise_plugin_polling_json_t *input,
                                         exports_mortise_plugin_polling_json_t *maybe_cursor,
                                         exports_mortise_plugin_polling_news_t *ret,
                                         exports_mortise_plugin_polling_failure_t *err) {
    const mortise_news *news = mortise_call_poll(wasm_take(*operation), wasm_text(input), wasm_text(maybe_cursor));
    if (news == NULL) {
        return wasm_give_failure(err, NULL);
    }
    ret->events.len = news->events.count;
    ret->events.ptr = give_events(&news->events);
    ret->cursor = wasm_give_json(news->cursor);
    ret->more = news->more;
    return true;
}
#endif

#ifdef MORTISE_ROLE_WEBHOOKS
static mortise_incoming take_request(const exports_mortise_plugin_webhooks_request_t *request) {
    mortise_pair *headers = mortise_alloc_list(request->headers.len, sizeof *headers);
    for (size_t index = 0; index < request->headers.len; index += 1) {
        headers[index].name = wasm_take(request->headers.ptr[index].f0);
        headers[index].value = wasm_take(request->headers.ptr[index].f1);
    }
    const mortise_incoming incoming = {
        .method = wasm_take(request->method),
        .path_and_query = wasm_take(request->path_and_query),
        .headers = headers,
        .header_count = request->headers.len,
        .body = request->body.len == 0 ? "" : (const char *)request->body.ptr,
        .body_length = request->body.len,
    };
    return incoming;
}

static void give_reply(const mortise_reply *reply, exports_mortise_plugin_webhooks_response_t *out) {
    out->status = reply->status;
    if (reply->content_type != NULL) {
        out->headers.len = 1;
        out->headers.ptr = wasm_give_list(1, sizeof *out->headers.ptr);
        out->headers.ptr[0].f0 = wasm_give("content-type");
        out->headers.ptr[0].f1 = wasm_give(reply->content_type);
    }
    out->body.len = reply->body_length;
    out->body.ptr = wasm_give_list(reply->body_length, 1);
    if (reply->body_length > 0) {
        memcpy(out->body.ptr, reply->body, reply->body_length);
    }
}

bool exports_mortise_plugin_webhooks_receive(plugin_string_t *operation, exports_mortise_plugin_webhooks_json_t *input,
                                             exports_mortise_plugin_webhooks_json_t *maybe_memory,
                                             exports_mortise_plugin_webhooks_request_t *request,
                                             exports_mortise_plugin_webhooks_reception_t *ret,
                                             exports_mortise_plugin_webhooks_failure_t *err) {
    const mortise_incoming incoming = take_request(request);
    const mortise_reception *reception = mortise_call_receive(wasm_take(*operation), wasm_text(input),
                                                              wasm_text(maybe_memory), &incoming);
    if (reception == NULL) {
        return wasm_give_failure(err, NULL);
    }
    memset(ret, 0, sizeof *ret);
    ret->events.len = reception->events.count;
    ret->events.ptr = give_events(&reception->events);
    ret->answer.is_some = reception->reply != NULL;
    if (ret->answer.is_some) {
        give_reply(reception->reply, &ret->answer.val);
    }
    ret->memory.is_some = reception->memory != NULL;
    if (ret->memory.is_some) {
        ret->memory.val = wasm_give_json(reception->memory);
    }
    return true;
}

bool exports_mortise_plugin_webhooks_subscribe(plugin_string_t *operation,
                                               exports_mortise_plugin_webhooks_json_t *input, plugin_string_t *url,
                                               exports_mortise_plugin_webhooks_json_t *maybe_memory,
                                               exports_mortise_plugin_webhooks_subscription_t *ret,
                                               exports_mortise_plugin_webhooks_failure_t *err) {
    const mortise_subscription *subscription = mortise_call_subscribe(wasm_take(*operation), wasm_text(input),
                                                                      wasm_take(*url), wasm_text(maybe_memory));
    if (subscription == NULL) {
        return wasm_give_failure(err, NULL);
    }
    ret->memory = wasm_give_json(subscription->memory);
    ret->secrets.len = subscription->secret_count;
    ret->secrets.ptr = wasm_give_list(subscription->secret_count, sizeof *ret->secrets.ptr);
    for (size_t index = 0; index < subscription->secret_count; index += 1) {
        ret->secrets.ptr[index].f0 = wasm_give(subscription->secrets[index].name);
        ret->secrets.ptr[index].f1 = wasm_give(subscription->secrets[index].value);
    }
    ret->renew_after_ms.is_some = subscription->renew_after_ms != 0;
    ret->renew_after_ms.val = subscription->renew_after_ms;
    return true;
}

bool exports_mortise_plugin_webhooks_unsubscribe(plugin_string_t *operation,
                                                 exports_mortise_plugin_webhooks_json_t *input,
                                                 exports_mortise_plugin_webhooks_json_t *memory,
                                                 exports_mortise_plugin_webhooks_failure_t *err) {
    const bool is_done = mortise_call_unsubscribe(wasm_take(*operation), wasm_text(input), wasm_text(memory));
    return is_done ? true : wasm_give_failure(err, NULL);
}
#endif

#endif
