package main

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/check"
)

var checkAccount = check.Check(func() (check.Account, error) {
	response, err := send(mortise.Get("/me"))
	if err != nil {
		return check.Account{}, err
	}
	var me struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	if err := response.JSON(&me); err != nil {
		return check.Account{}, err
	}
	return check.Account{ID: me.ID, Label: me.Name}, nil
})
