/// From names and JSON text to the functions of a plugin and back.
#include <string.h>

#include "mortise_fake.h"

static void a_suspension_waits_for_its_callback(void) {
    fake_callback_url("https://hooks.example/c");
    fake_answer(202, "{\"job\":1}");
    const mortise_outcome *outcome = fake_start("render", "{\"scene\":\"sea\"}");
    CHECK(outcome != NULL && outcome->kind == MORTISE_SUSPENDED && outcome->callback && !outcome->has_poll_after);
    CHECK_TEXT(fake_body(0), "{\"scene\":\"sea\",\"call\":\"https://hooks.example/c\"}");
    const mortise_outcome *later = fake_resume("render", "{\"scene\":\"sea\"}", outcome->token, NULL);
    CHECK(later != NULL && later->has_poll_after && !later->callback);
    CHECK_INTEGER(later->poll_after_ms, 5000);
    CHECK_JSON(later->token, "{\"job\":1}");
    CHECK_JSON(fake_resume("render", "{\"scene\":\"sea\"}", later->token, "{\"video\":1}")->output, "{\"video\":1}");
}

static void without_a_callback_address_nothing_is_sent(void) {
    CHECK(fake_start("render", "{\"scene\":\"sea\"}") == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "this test has no callback address");
    CHECK_INTEGER(fake_requests(), 0);
}

static void state_files_and_log_are_kept(void) {
    CHECK_JSON(fake_invoke("count", "null"), "\"file-1\"");
    CHECK_JSON(fake_invoke("count", "null"), "\"file-2\"");
    CHECK_TEXT(fake_state_text("count"), "2");
    CHECK_TEXT(fake_file_text("file-2"), "2");
    CHECK_TEXT(fake_log(1), "info: counted to=2");
    CHECK_TEXT(fake_log(2), NULL);
}

static void what_is_not_there_is_misconfigured(void) {
    CHECK(fake_invoke("missing", "{}") == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "this plugin has no action called `missing`");
    CHECK(fake_poll("missing", "{}", NULL) == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "this plugin has no polling called `missing`");
    CHECK(fake_apply("missing", "{}", "{}") == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "this plugin has no transform called `missing`");
    CHECK(fake_check() == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "this plugin has no check");
    CHECK(fake_schemas("fetch", "{}") == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "this plugin knows no schemas");
}

static void each_item_of_a_batch_has_its_own_end(void) {
    const mortise_result *results = fake_batch("send-all", "[{\"text\":\"a\"},{},{\"text\":\"bad\"},{\"text\":\"b\"}]");
    CHECK(results != NULL);
    CHECK_JSON(results[0].output, "\"key-0\"");
    CHECK_TEXT(results[1].failure->message, "the input does not fit: `text` is missing");
    CHECK_INTEGER(results[1].failure->record, 1);
    CHECK_TEXT(results[2].failure->message, "a bad text");
    CHECK_INTEGER(results[2].failure->record, 2);
    CHECK_JSON(results[3].output, "\"key-3\"");
}

static void a_batch_fails_as_a_whole(void) {
    CHECK(fake_batch("send-all", "[{\"text\":\"all\"}]") == NULL);
    CHECK_FAILURE(MORTISE_RETRY, "the application is away");
    CHECK(fake_batch("send-all", "[{\"text\":\"a\"},{\"text\":\"nothing\"}]") == NULL);
    CHECK_FAILURE(MORTISE_UNCLEAR, "`send-all` gave no result for the item 1");
}

static void a_webhook_answers_and_registers_itself(void) {
    const mortise_reception *proof = fake_receive("paid", "{}", NULL,
                                                  fake_incoming("GET", "/x?a=1&challenge=a%20b", ""));
    CHECK(proof != NULL && proof->reply != NULL && proof->events.count == 0);
    CHECK_TEXT(proof->reply->body, "a b");
    CHECK_JSON(proof->memory, "\"proven\"");
    const mortise_reception *paid = fake_receive("paid", "{}", "\"m\"", fake_incoming("POST", "/x", "{\"id\":\"p1\"}"));
    CHECK(paid != NULL && paid->reply == NULL && paid->memory == NULL);
    CHECK_TEXT(paid->events.items[0].id, "p1");
    const mortise_subscription *subscription = fake_subscribe("paid", "{}", "https://hooks.example/p", NULL);
    CHECK(subscription != NULL);
    CHECK_JSON(subscription->memory, "\"https://hooks.example/p\"");
    CHECK_INTEGER(subscription->secret_count, 2);
    CHECK_TEXT(subscription->secrets[1].name, "other");
    CHECK(fake_unsubscribe("paid", "{}", "\"here\""));
    CHECK(!fake_unsubscribe("paid", "{}", "\"gone\""));
    CHECK_FAILURE(MORTISE_REJECT, "it is gone");
}

static void all_records_become_one_value(void) {
    const mortise_result *results = fake_apply_all("sum", "{}", "[1,2,3]");
    CHECK(results != NULL);
    CHECK_JSON(results[0].output, "[6]");
    CHECK_JSON(results[2].output, "[]");
    CHECK_JSON(fake_apply_all("sum", "{}", "[]")[0].output, "[0]");
    CHECK(fake_apply_all("sum", "{}", "[1,\"x\"]") == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "the record does not fit: expected integer, found string");
    CHECK_INTEGER(fake_failure()->record, 1);
}

static void choices_have_labels(void) {
    const mortise_choices *choices = fake_options("fetch", "/url", "{}", "ex");
    CHECK(choices != NULL && choices->count == 1 && choices->next == NULL);
    CHECK_TEXT(choices->items[0].label, "ex in /url");
}

static void the_first_failure_sticks(void) {
    mortise_fail(MORTISE_UNCLEAR, "first %d", 1);
    mortise_fail(MORTISE_REJECT, "second");
    mortise_with_code("c");
    const mortise_failure *failure = mortise_take_failure();
    CHECK_TEXT(failure->message, "first 1");
    CHECK_TEXT(failure->code, "c");
    CHECK(mortise_failed() == NULL);
}

static void the_world_is_held_against_the_plugin(void) {
    CHECK_TEXT(fake_examine(), NULL);
    CHECK_TEXT(fake_examine_world("template/wit/world.wit"),
               "`template/wit/world.wit` exports `check`, which `MORTISE_PLUGIN` does not have");
    CHECK_TEXT(fake_examine_world("nowhere"), "there is no `nowhere`");
}

int main(void) {
    RUN(a_suspension_waits_for_its_callback);
    RUN(without_a_callback_address_nothing_is_sent);
    RUN(state_files_and_log_are_kept);
    RUN(what_is_not_there_is_misconfigured);
    RUN(each_item_of_a_batch_has_its_own_end);
    RUN(a_batch_fails_as_a_whole);
    RUN(a_webhook_answers_and_registers_itself);
    RUN(all_records_become_one_value);
    RUN(choices_have_labels);
    RUN(the_first_failure_sticks);
    RUN(the_world_is_held_against_the_plugin);
    return fake_end();
}
