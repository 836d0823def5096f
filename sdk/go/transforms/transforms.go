// Package transforms is the role that turns records into records and reaches nothing: neither HTTP nor
// files, neither time nor chance, so the same records always give the same result.
package transforms

import (
	"errors"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Transform is one transform, record by record.
type Transform[Config, Record, Output any] struct {
	// Name is in kebab-case and unique in the plugin.
	Name string
	// Summary is one sentence: lower case, no full stop.
	Summary  string
	Examples []mortise.Example
	// Apply gives none, one or more new records, or a failure of this record alone.
	Apply func(config Config, record Record) ([]Output, error)
}

// Raw is a transform that reads and writes the JSON text itself: for all records at once, or for speed.
type Raw struct {
	Name, Summary string
	// Records says whether it sees each record alone. With [mortise.RecordsAll] the first outcome holds
	// the one result and the others are empty.
	Records mortise.Records
	// Config is the schema of the step's `with`, Record that of one record as it comes, Output as it
	// leaves; an empty one takes anything.
	Config, Record, Output mortise.Schema
	Examples               []mortise.Example
	// Apply gives one outcome for each record; an error is a failure of the whole step.
	Apply func(config string, records []string) ([]Outcome, error)
}

// Outcome is what became of one record: new records as JSON, or a failure of its own.
type Outcome struct {
	Records []string
	Err     error
}

// Call is how the host calls the transform, through JSON.
func (t Transform[Config, Record, Output]) Call(config string, records []string) ([]Outcome, error) {
	settings, err := export.Read[Config](config, "configuration")
	if err != nil {
		var failure *mortise.Failure
		if errors.As(err, &failure) {
			failure.Disposition = mortise.DispositionMisconfigured
		}
		return nil, err
	}
	outcomes := make([]Outcome, len(records))
	for i, text := range records {
		made, err := t.one(settings, text)
		if err != nil {
			err = mortise.AsFailure(err).WithRecord(i)
		}
		outcomes[i] = Outcome{made, err}
	}
	return outcomes, nil
}

func (t Transform[Config, Record, Output]) one(config Config, text string) ([]string, error) {
	record, err := export.Read[Record](text, "record")
	if err != nil {
		return nil, err
	}
	made, err := t.Apply(config, record)
	if err != nil {
		return nil, err
	}
	return export.WriteAll(made)
}

// Call is how the host calls the transform.
func (r Raw) Call(config string, records []string) ([]Outcome, error) {
	return r.Apply(config, records)
}

var table = map[string]func(config string, records []string) ([]Outcome, error){}

// Register makes the transform a part of the component.
func (t Transform[Config, Record, Output]) Register(registry *mortise.Registry) {
	registry.Operation(mortise.RoleTransform, t.Name, func() mortise.Operation {
		return mortise.Operation{
			Name: t.Name, Role: mortise.RoleTransform, Summary: t.Summary, Repeat: mortise.Safe,
			Input: mortise.SchemaOf[Config](), Record: mortise.SchemaOf[Record](), Output: mortise.SchemaOf[Output](),
			Records: mortise.RecordsEach, Examples: t.Examples,
		}
	})
	table[t.Name] = t.Call
}

// Register makes the transform a part of the component.
func (r Raw) Register(registry *mortise.Registry) {
	registry.Operation(mortise.RoleTransform, r.Name, func() mortise.Operation {
		return mortise.Operation{
			Name: r.Name, Role: mortise.RoleTransform, Summary: r.Summary, Repeat: mortise.Safe,
			Input: orAny(r.Config), Record: orAny(r.Record), Output: orAny(r.Output),
			Records: r.Records, Examples: r.Examples,
		}
	})
	table[r.Name] = r.Call
}

func orAny(schema mortise.Schema) mortise.Schema {
	if schema == nil {
		return mortise.Schema{}
	}
	return schema
}

func call(operation, config string, records []string) ([]Outcome, error) {
	if transform, ok := table[operation]; ok {
		return transform(config, records)
	}
	return nil, export.Unknown(operation, "transform")
}
