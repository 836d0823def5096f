#include "mortise_fake.h"

static const char INPUT[] = "{\"ticket-id\":\"t/1\",\"file\":{\"$file\":\"photo\"}}";

static void sends_the_file_as_a_part(void) {
    fake_file("photo", "printer.png", "image/png", "content", 7);
    fake_answer(201, "{\"id\":\"f-1\",\"size_bytes\":7}");
    CHECK_JSON(fake_invoke("upload-file", INPUT), "{\"id\":\"f-1\",\"size-bytes\":7}");
    CHECK_TEXT(fake_url(0), "https://api.desk.example/tickets/t%2F1/files");
    CHECK_TEXT(fake_header(0, "idempotency-key"), "test-key");
    const fake_part_info *part = fake_part(0, 0);
    CHECK(part != NULL);
    CHECK_TEXT(part->name, "file");
    CHECK_TEXT(part->file_name, "printer.png");
    CHECK_TEXT(part->content_type, "image/png");
    CHECK_TEXT(part->file, "photo");
    CHECK(fake_part(0, 1) == NULL);
}

static void a_file_that_is_not_there_is_rejected(void) {
    CHECK(fake_invoke("upload-file", INPUT) == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "there is no file `photo`");
    CHECK_TEXT(fake_failure()->field, "/file");
    CHECK_INTEGER(fake_requests(), 0);
}

int main(void) {
    RUN(sends_the_file_as_a_part);
    RUN(a_file_that_is_not_there_is_rejected);
    return fake_end();
}
