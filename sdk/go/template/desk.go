package main

import (
	"encoding/json"
	"strings"

	mortise "github.com/mortise-hub/mortise/sdk/go"
)

// Settings are a connection's, those that are not secret.
type Settings struct {
	BaseURL string `json:"base-url" jsonschema:"format=uri,default=https://api.desk.example" jsonschema_description:"where Desk is"`
}

// send sends a request whose address is relative to the base address, and makes a failure of what Desk
// calls an error.
func send(request *mortise.Request) (*mortise.Response, error) {
	var settings Settings
	if err := mortise.Settings(&settings); err != nil {
		return nil, err
	}
	request.URL = strings.TrimRight(settings.BaseURL, "/") + request.URL
	response, err := request.Send()
	if err != nil {
		return nil, err
	}
	if failure := response.Failure(); failure != nil {
		return nil, explain(failure, response.Bytes())
	}
	return response, nil
}

// explain adds what Desk says: `{"error":{"code","message","field"}}`.
func explain(failure *mortise.Failure, body []byte) *mortise.Failure {
	var said struct {
		Error struct{ Code, Message, Field string }
	}
	if json.Unmarshal(body, &said) != nil {
		return failure
	}
	if said.Error.Message != "" {
		failure.Message = said.Error.Message
	}
	return failure.WithCode(said.Error.Code).WithField(said.Error.Field)
}
