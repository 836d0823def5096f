package main

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/actions"
)

// Upload is the input of `upload-file`.
type Upload struct {
	TicketID string       `json:"ticket-id" jsonschema_description:"the ticket that gets the file"`
	File     mortise.File `json:"file" jsonschema_description:"what is uploaded"`
}

// Uploaded is its output.
type Uploaded struct {
	ID        string `json:"id"`
	SizeBytes uint64 `json:"size-bytes"`
}

var uploadFile = actions.Action[Upload, Uploaded]{
	Name:    "upload-file",
	Summary: "adds a file to a ticket",
	Repeat:  mortise.Keyed,
	Examples: []mortise.Example{{
		Title:  "A photo",
		Input:  Upload{TicketID: "t-1", File: mortise.File{ID: "photo"}},
		Output: Uploaded{ID: "f-1", SizeBytes: 12},
	}},
	Invoke: func(input Upload, _ actions.Turn) (actions.Outcome[Uploaded], error) {
		info, err := input.File.Stat()
		if err != nil {
			return actions.Failed[Uploaded](mortise.Reject(err.Error()).WithField("/file"))
		}
		// The host puts the file into the request: its content never passes through here.
		part := mortise.Part{Name: "file", FileName: info.Name, ContentType: info.ContentType, Body: input.File.Body()}
		path := "/tickets/" + mortise.Encode(input.TicketID) + "/files"
		response, err := send(mortise.Post(path).Idempotent().WithBody(mortise.Multipart{part}))
		if err != nil {
			return actions.Failed[Uploaded](err)
		}
		var made struct {
			ID        string `json:"id"`
			SizeBytes uint64 `json:"size_bytes"`
		}
		if err := response.JSON(&made); err != nil {
			return actions.Failed[Uploaded](err)
		}
		return actions.Done(Uploaded(made))
	},
}
