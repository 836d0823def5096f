// Tests of the SDK that need more than the SDK: it has no requirements of its own.
module github.com/mortise-hub/mortise/sdk/go/tests

go 1.26.0

require (
	github.com/mortise-hub/mortise/sdk/go v0.1.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	golang.org/x/mod v0.43.0
)

require golang.org/x/text v0.14.0 // indirect

replace github.com/mortise-hub/mortise/sdk/go => ../
