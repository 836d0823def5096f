package mortise

import (
	"encoding/json"
	"fmt"
)

// Plugin is what a plugin says about itself, apart from its operations, which [Export] adds.
type Plugin struct {
	// Name is `namespace/name`.
	Name string
	// Version is a semantic version.
	Version string
	// Licence is an SPDX expression.
	Licence string
	// Title is the application's own name, for people.
	Title string
	// Summary is one sentence: lower case, no full stop.
	Summary string
	// Settings is the schema of a connection's settings: `mortise.SchemaOf[Settings]()`.
	Settings Schema
	// Rate is how often the application may be asked, per connection.
	Rate *Rate
	// Hosts are what the plugin would like to reach; the operator grants them or not.
	Hosts []string
	// Origins are where the credential may go: exact ones, or templates over the settings.
	Origins []string
	// Authentication holds the ways to authenticate; a connection picks one.
	Authentication []Scheme
}

// Exportable is what [Export] takes: an action, a trigger, a transform, the check.
type Exportable interface {
	// Register is called once, before anything else.
	Register(registry *Registry)
}

// Registry is where parts say what the descriptor tells of them.
type Registry struct {
	operations []func() Operation
	taken      map[string]bool
	twice      string
}

// Operation adds an entry of the descriptor. It is made when somebody asks for it, and not at each call.
func (r *Registry) Operation(role Role, name string, describe func() Operation) {
	r.Only(string(role) + " `" + name + "`")
	r.operations = append(r.operations, describe)
}

// Only remembers what is registered twice, so that [Describe] says it.
func (r *Registry) Only(what string) {
	if r.taken[what] {
		r.twice = what
	}
	r.taken[what] = true
}

var exported struct {
	plugin   Plugin
	registry Registry
}

// Export makes the component of its parts. Call it once, from a function `init` of package `main`: it
// has to be done when the host calls. Which interfaces the component exports follows from the packages
// that are imported, see the package documentation.
func Export(plugin Plugin, parts ...Exportable) {
	exported.registry = Registry{taken: map[string]bool{}}
	exported.plugin = plugin
	for _, part := range parts {
		part.Register(&exported.registry)
	}
}

// Describe gives the descriptor of what was exported. It panics where something was exported twice.
func Describe() Descriptor {
	if twice := exported.registry.twice; twice != "" {
		panic(fmt.Sprintf("mortise: there is more than one %s", twice))
	}
	plugin := exported.plugin
	descriptor := Descriptor{
		SchemaVersion: SchemaVersion, Name: plugin.Name, Version: plugin.Version, Licence: plugin.Licence,
		Title: plugin.Title, Summary: plugin.Summary, Settings: plugin.Settings, Rate: plugin.Rate,
		Hosts: plugin.Hosts, Origins: plugin.Origins, Authentication: plugin.Authentication,
		Operations: []Operation{},
	}
	for _, describe := range exported.registry.operations {
		descriptor.Operations = append(descriptor.Operations, describe())
	}
	return descriptor
}

func describeText() string {
	text, err := json.Marshal(Describe())
	if err != nil {
		panic("mortise: the descriptor cannot be written as JSON: " + err.Error())
	}
	return string(text)
}
