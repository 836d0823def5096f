import pytest
from mortise_sdk import Disposition, Failure, File, fake, http
from mortise_sdk.fake import Answer, FakeFile, Host

from plugin.upload_file import upload_file


def test_the_file_goes_into_a_form_without_being_read():
    example = upload_file.examples[0]
    photo = FakeFile(b"hello world!", "image/png", "fire.png")
    answers = [Answer.json(201, {"id": "f-1", "size_bytes": 12})]
    with Host(answers=answers, files={"photo": photo}) as host:
        assert fake.invoke(upload_file, example.input) == example.output
    request = host.requests[0]
    assert request.url == "https://api.desk.example/tickets/t-1/files"
    assert request.header("idempotency-key") == "test-key"
    assert request.body == [http.Part("file", File("photo"), "fire.png", "image/png")]


def test_a_file_that_is_not_there_is_rejected():
    with Host(), pytest.raises(Failure) as raised:
        fake.invoke(upload_file, {"ticket-id": "t-1", "file": {"$file": "photo"}})
    assert raised.value.disposition is Disposition.REJECT
