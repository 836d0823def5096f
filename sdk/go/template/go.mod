module sample-plugin

go 1.26

require github.com/mortise-hub/mortise/sdk/go v0.1.0

replace github.com/mortise-hub/mortise/sdk/go => ./mortise-sdk
