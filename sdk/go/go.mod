module github.com/mortise-hub/mortise/sdk/go

go 1.26
